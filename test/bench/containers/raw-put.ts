import { Agent, type IncomingMessage, request, type RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BenchRegistries } from './registries.ts';

const connections = 16;

/**
 * Writes each distinct blob of the source to the target once, the way it comes: no manifest, no mount, no digest looked
 * at. What no client can be faster than.
 */
export async function putBlobsOnce({ seed, source, target }: BenchRegistries): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const left = Object.entries(seed.blobs);
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [digest, { size, repository }] = next;
      const opened = await send(`${target.url}/v2/${repository}/blobs/uploads/`, { agent, method: 'POST' }, 0, null);
      opened.resume();
      const blob = await send(`${source.url}/v2/${repository}/blobs/${digest}`, { agent, method: 'GET' }, 0, null);
      const location = `${opened.headers.location ?? ''}&digest=${digest}`;
      const done = await send(location, { agent, method: 'PUT' }, size, blob);
      done.resume();
      if (done.statusCode !== 201) throw new Error(`PUT ${repository}@${digest}: ${done.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
}

async function send(
  url: string,
  options: RequestOptions,
  length: number,
  body: Readable | null,
): Promise<IncomingMessage> {
  const outgoing = request(url, { ...options, headers: { 'content-length': length } });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  if (body === null) outgoing.end();
  else await pipeline(body, outgoing);
  return answered;
}
