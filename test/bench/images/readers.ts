import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** What readers got. */
export interface ReadersCount {
  readonly requests: number;
  /** Answers that were no 200, or neither of the texts that may be there. */
  readonly failures: number;
}

export interface Readers {
  stop(): Promise<ReadersCount>;
}

/** Has several readers ask for a URL, each again as soon as it has an answer. */
export function startReaders(url: string, count: number, texts: readonly string[]): Readers {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  let [requests, failures, stopped] = [0, 0, false];
  const read = async (): Promise<void> => {
    while (!stopped) {
      const { status, body } = await ask(url, agent);
      requests += 1;
      if (status !== 200 || !texts.includes(body)) failures += 1;
    }
  };
  const all = Promise.all(Array.from({ length: count }, read));
  return {
    stop: async () => {
      stopped = true;
      await all;
      agent.destroy();
      return { requests, failures };
    },
  };
}

async function ask(url: string, agent: Agent): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent }, resolve).once('error', reject);
  });
  return { status: response.statusCode, body: await text(response) };
}
