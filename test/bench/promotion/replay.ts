import { Agent, request } from 'node:http';
import type { SFTPWrapper } from 'ssh2';
import ssh2 from 'ssh2';
import { type BenchHash, imageLinks, label, mediaType, type Servers, type TaggedManifest } from './servers.ts';

/** The writes of one label in one place, and nothing else. */
export interface Replay {
  /** Tags all containers of a hash; `reads` asks for each tag before and after. */
  tags(registry: 0 | 1, name: string, hash: BenchHash, options?: { readonly reads: boolean }): Promise<void>;
  links(name: string, hash: BenchHash): Promise<void>;
  promotion(name: string, hash: BenchHash): Promise<void>;
  close(): void;
}

/** As many as each registry of a promotion gets. */
const atOnce = 16;

/** Opens the connections that a promotion has open already when it flips. */
export async function openReplay(servers: Servers): Promise<Replay> {
  const { registries, dlrn, imagesRoot } = servers;
  const agents = registries.map(() => new Agent({ keepAlive: true, maxSockets: atOnce }));
  const dlrnAgent = new Agent({ keepAlive: true });
  const { client, session } = await openSession(servers);
  const login = `Basic ${Buffer.from(`${dlrn.username}:${dlrn.password}`).toString('base64')}`;
  const replay: Replay = {
    async tags(index, name, { manifests }, { reads } = { reads: false }) {
      const left = [...manifests];
      const agent = agents[index];
      const tag = async ({ repository, text }: TaggedManifest): Promise<void> => {
        const url = `${registries[index].url}/v2/${repository}/manifests/${name}`;
        const look = { method: 'HEAD', agent, headers: { accept: mediaType }, body: '', status: 200 };
        if (reads) await send(url, look);
        await send(url, { method: 'PUT', agent, headers: { 'content-type': mediaType }, body: text, status: 201 });
        if (reads) await send(url, look);
      };
      const work = async (): Promise<void> => {
        for (let next = left.pop(); next !== undefined; next = left.pop()) await tag(next);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
    },
    async links(name, { fullHash }) {
      for (const link of imageLinks) {
        const path = `${imagesRoot}/${link.replace('{label}', name)}`;
        const up = '../'.repeat(link.split('/').length - 1);
        await called((done) => session.symlink(`${up}master/rdo_trunk/${fullHash}`, `${path}.replay`, done));
        await called((done) => session.ext_openssh_rename(`${path}.replay`, path, done));
      }
    },
    promotion(name, { build }) {
      const { commitHash: commit_hash, distroHash: distro_hash, extendedHash: extended_hash } = build;
      const body = JSON.stringify({ commit_hash, distro_hash, extended_hash, promote_name: name });
      const headers = { 'content-type': 'application/json', authorization: login };
      return send(`${dlrn.apiUrl}/api/promote`, { method: 'POST', agent: dlrnAgent, headers, body, status: 201 });
    },
    close() {
      client.end();
      for (const agent of [...agents, dlrnAgent]) agent.destroy();
    },
  };
  return replay;
}

/** What the writes of a flip take where the servers are asked for nothing else. Milliseconds. */
export interface Floor {
  /** The slowest place of `previous-<label>`, then that of the label, then DLRN twice: each server measured alone. */
  readonly alone: number;
  /** Of it what comes after `previous-<label>` in containers and images. */
  readonly mix: number;
  /** As `alone`, with both registries at once, which share this machine's cores. */
  readonly together: number;
  /** As `together`, with a read of each tag before its write and after it. */
  readonly withReads: number;
  readonly parts: ReadonlyMap<string, number>;
}

/** Makes once more the writes that bring the label to `to` and `previous-<label>` to `kept`. */
export async function measureFloor(replay: Replay, to: BenchHash, kept: BenchHash): Promise<Floor> {
  const parts = new Map<string, number>();
  const timed = async (part: string, work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    const ms = performance.now() - start;
    parts.set(part, ms);
    return ms;
  };
  const both = (name: string, hash: BenchHash, reads: boolean): Promise<unknown> =>
    Promise.all(([0, 1] as const).map((index) => replay.tags(index, name, hash, { reads })));
  const places = async (name: string, hash: BenchHash) => {
    const links = await timed(`links of ${name}`, () => replay.links(name, hash));
    const rdo = await timed(`tags ${name} in rdo`, () => replay.tags(0, name, hash));
    const docker = await timed(`tags ${name} in docker`, () => replay.tags(1, name, hash));
    const together = await timed(`tags ${name} in both at once`, () => both(name, hash, false));
    const withReads = await timed(`tags ${name} in both at once, read before and after`, () => both(name, hash, true));
    return { alone: Math.max(rdo, docker, links), together, withReads };
  };
  const previous = await places(`previous-${label}`, kept);
  const own = await places(label, to);
  const dlrn =
    (await timed(`DLRN previous-${label}`, () => replay.promotion(`previous-${label}`, kept))) +
    (await timed(`DLRN ${label}`, () => replay.promotion(label, to)));
  return {
    alone: previous.alone + own.alone + dlrn,
    mix: own.alone + dlrn,
    together: previous.together + own.together + dlrn,
    withReads: previous.withReads + own.withReads + dlrn,
    parts,
  };
}

async function openSession({ sshd }: Servers): Promise<{ client: ssh2.Client; session: SFTPWrapper }> {
  const { username, hostname, port } = new URL(sshd.url);
  const client = new ssh2.Client();
  const session = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.once('error', reject);
    client.once('ready', () => client.sftp((error, opened) => (error ? reject(error) : resolve(opened))));
    client.connect({ host: hostname, port: Number(port), username, privateKey: sshd.privateKey });
  });
  client.setNoDelay(true);
  return { client, session };
}

interface Sent {
  readonly method: string;
  readonly agent: Agent | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

/** Sends a request and looks at nothing of the answer but whether it was done. */
function send(url: string, { method, agent, headers, body, status }: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const sent = request(url, agent === undefined ? options : { ...options, agent });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === status) resolve();
        else reject(new Error(`${method} ${url}: ${String(answer.statusCode)}`));
      });
    });
    sent.end(body);
  });
}

function called(call: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}
