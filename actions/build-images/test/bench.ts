import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import type { Clock } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

export const fullHash = `${'a'.repeat(40)}_${'b'.repeat(8)}`;
export const otherHash = `${'c'.repeat(40)}_${'d'.repeat(8)}`;
const builder = fileURLToPath(new URL('builder.ts', import.meta.url));

export const repositoryOf = (hash: string, server = 'https://trunk.example/centos9'): string =>
  `[delorean]\nname=delorean\nbaseurl=${server}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}\nenabled=1\n`;

/** A DLRN of one file. What it gives may be changed. */
export async function startTree(t: ExecutionContext) {
  const given: { text: string | null; reads: number; afterRead: () => void } = {
    text: repositoryOf(fullHash),
    reads: 0,
    afterRead: () => undefined,
  };
  const server = createServer(({ url = '' }, response) => {
    const isIt = given.text !== null && url === `/aa/aa/${fullHash}/delorean.repo`;
    response.writeHead(isIt ? 200 : 404).end(isIt ? given.text : 'nothing');
    given.reads += 1;
    given.afterRead();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { given, repoUrl: `http://127.0.0.1:${port}/aa/aa/${fullHash}` };
}

interface BenchOptions {
  /** Arguments of the builders. */
  readonly images?: string;
  readonly containers?: string;
  readonly registry?: string;
  readonly clock?: Clock;
}

function config({ images = '', containers = '', registry = 'http://127.0.0.1:1' }: BenchOptions): string {
  const command = (args: string) =>
    `[${[execPath, builder, ...args.split(' ').filter(Boolean)].map((arg) => JSON.stringify(arg)).join(', ')}]`;
  const internal = `{ command: ${command(images)}, store: internal, files: [a.img], base-image: base.img, visibility: internal }`;
  return `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos' }
registries: { rdo: { url: '${registry}/tripleomaster', names: 'openstack-{name}' } }
image-stores:
  public: { url: 'file:images-store' }
  internal: { url: 'file:internal-store', visibility: internal }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing }
    build:
      images: { command: ${command(images)}, store: public, files: [a.img, b.img], base-image: centos.qcow2 }
      containers: { command: ${command(containers)}, registry: rdo, env: { OWN: mine } }
    test: { command: [run], jobs: [one] }
    promote: { from: tripleo-ci-testing, to: current-tripleo, criteria: { all-of: [one] } }
  rdo-phase-1:
    test: { command: [run], jobs: [two] }
    promote: { from: current-tripleo, to: current-tripleo-rdo, criteria: { all-of: [two] } }
  rdo-phase-2:
    fetch: { from: public }
    build: { images: ${internal} }
    test: { command: [run], jobs: [three] }
    promote: { from: current-tripleo-rdo, to: current-tripleo-rdo-internal, criteria: { all-of: [three] } }
`;
}

/** A folder with a tagflow.yaml, whose builders leave what the options say. */
export async function bench(t: ExecutionContext, options: BenchOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-build-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'tagflow.yaml'), config(options));
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const run = (inputs: Readonly<Record<string, string>>) =>
    executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, ...inputs })), {
      clock: options.clock ?? systemClock,
      log: { debug: say, info: say, warning: say },
      progress: () => undefined,
      signal: new AbortController().signal,
      outDir: folder,
      cwd: folder,
      actor: 'test',
      random: () => 0,
      env: { PATH: env['PATH'] },
    });
  const phase = { config: 'tagflow.yaml', phase: 'upstream' };
  /** A builder without config. */
  const alone = (args: string) => ({ command: `${execPath} ${builder} ${args}`, release: 'master', files: 'a.img' });
  return {
    ...{ folder, said, run, alone, command: `${execPath} ${builder}` },
    images: { ...phase, kind: 'images' },
    containers: { ...phase, kind: 'containers' },
  };
}
