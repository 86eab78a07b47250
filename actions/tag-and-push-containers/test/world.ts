import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import { type LabRegistry, type LabRegistryOptions, startLabRegistry } from '@tagflow/lab';
import { type ArtifactSet, type Clock, type FullHash, parseFullHash, parseSet } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

export const hash = parseFullHash('0123456789abcdef0123456789abcdef');
export const names = ['base', 'heat-api', 'nova-api'];

type Texts = Readonly<Record<string, string>>;

/** A folder of this test, with registries and runs of the action. */
export interface World {
  readonly folder: string;
  /** Stands still but for sleepers, each of whom moves it on. */
  readonly clock: Clock;
  readonly warnings: string[];
  /** Every line that was said, warnings and progress too. */
  readonly said: string[];
  registry(options?: LabRegistryOptions): Promise<LabRegistry>;
  /** Serves texts by path, and 404 for any other; returns the address. */
  serve(texts: Texts): Promise<string>;
  file(name: string, text: string): Promise<string>;
  /** Relative paths are below the folder; each run has an empty folder for its outputs. */
  run(inputs: Texts, env?: Texts): Promise<ExecutionResult>;
  /** Returns everything that the runs have shown, with the files that they left. */
  shown(results: readonly ExecutionResult[]): Promise<string>;
}

export async function makeWorld(t: ExecutionContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-containers-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const warnings: string[] = [];
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const outDirs: string[] = [];
  let time = Date.parse('2026-01-01T00:00:00Z');
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      time += ms;
    },
  };
  return {
    ...{ folder, clock, warnings, said },
    async registry(options) {
      const registry = await startLabRegistry({ now: clock.now, ...options });
      t.teardown(() => registry.close());
      return registry;
    },
    async serve(texts) {
      const server = createServer((request, response) => {
        const body = texts[request.url ?? ''];
        response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/plain' });
        response.end(body ?? 'not here');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.teardown(() => server.close());
      t.teardown(() => server.closeAllConnections());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async file(name, text) {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    async run(inputs, env = {}) {
      const outDir = await mkdtemp(join(folder, 'out-'));
      outDirs.push(outDir);
      return executeAction(action, new Map(Object.entries(inputs)), {
        clock,
        log: {
          debug: say,
          info: say,
          warning(message) {
            warnings.push(message);
            say(message);
          },
        },
        progress: (event) => say(JSON.stringify(event)),
        signal: new AbortController().signal,
        ...{ outDir, cwd: folder, actor: 'test', random: () => 0.5, env },
      });
    },
    async shown(results) {
      const files = outDirs.map(async (dir) => {
        const paths = (await readdir(dir)).map((name) => join(dir, name));
        return Promise.all(paths.map((path) => readFile(path, 'utf8')));
      });
      return JSON.stringify([results, said, await Promise.all(files)]);
    },
  };
}

export interface Seed {
  readonly tag?: string;
  /** Makes the images others than those of another salt. */
  readonly salt?: string;
  readonly names?: readonly string[];
  /** Such as `ns/openstack-{name}`, which is the default. */
  readonly repository?: string;
  readonly architecture?: string;
}

/** Puts an image for each name: a base that all share, and a layer of its own. */
export async function seed(registry: LabRegistry, given: Seed = {}): Promise<ArtifactSet['containers']> {
  const { tag = hash, salt = '', repository = 'ns/openstack-{name}' } = given;
  const containers = [];
  for (const name of given.names ?? names) {
    const layers = [Buffer.alloc(100_000, 'base'), Buffer.from(`layer of ${name}${salt}`)];
    const more = given.architecture === undefined ? {} : { architecture: given.architecture };
    const image = { layers, labels: { name }, ...more };
    containers.push({ name, digest: await registry.putImage(repository.replace('{name}', name), [tag], image) });
  }
  return containers;
}

/** Returns inputs that copy from `ns` to `ns`, by URL. */
export function between(source: LabRegistry, ...targets: readonly LabRegistry[]) {
  return {
    source: `${source.url}/ns`,
    destinations: targets.map(({ url }) => `${url}/ns`).join(', '),
    'name-pattern': 'openstack-{name}',
    'full-hash': hash as FullHash,
    release: 'master',
  };
}

/** What containers.json tells. */
export interface ContainersFile {
  readonly schema: string;
  readonly containers: readonly { readonly name: string; readonly digest: string; readonly why: string }[];
  readonly excluded: readonly { readonly name: string; readonly why: string }[];
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
  readonly destinations: readonly {
    readonly place: string;
    readonly isOptional: boolean;
    readonly copied: readonly string[];
    readonly present: readonly string[];
    readonly debt: string | null;
    readonly writes: readonly string[];
  }[];
}

export async function readContainers({ outputs }: ExecutionResult): Promise<ContainersFile> {
  return JSON.parse(await readFile(outputs['containers'] ?? '', 'utf8')) as ContainersFile;
}

export async function readSet({ outputs }: ExecutionResult): Promise<ArtifactSet> {
  return parseSet(await readFile(outputs['set'] ?? '', 'utf8'), 'set');
}

export interface ConfigParts {
  /** What stands below `phases.upstream.promote.containers`. */
  readonly containers?: string;
  /** More keys of the registry `docker`. */
  readonly docker?: string;
  readonly dlrn?: { readonly apiUrl: string; readonly reposUrl: string };
  /** What rdo-phase-1 promotes besides images. */
  readonly next?: string;
}

/** Returns a tagflow.yaml of two phases and two registries. */
export function configOf(source: LabRegistry, target: LabRegistry, parts: ConfigParts = {}): string {
  const { containers = 'source: rdo, destinations: [rdo, docker]', docker = '', next = '' } = parts;
  const { apiUrl, reposUrl } = parts.dlrn ?? { apiUrl: 'http://127.0.0.1:1/api', reposUrl: 'http://127.0.0.1:1/repos' };
  return `
release: master
distro: centos9
dlrn: {api-url: "${apiUrl}", repos-url: "${reposUrl}"}
registries:
  rdo: {url: "${source.url}/ns", names: "openstack-{name}"}
  docker: {url: "${target.url}/ns", names: "openstack-{name}"${docker}}
image-stores:
  public: {url: "file:./images"}
phases:
  upstream:
    pin: {from: consistent, to: tripleo-ci-testing}
    test: {command: ["true"], jobs: [job-one]}
    promote:
      from: tripleo-ci-testing
      to: current-tripleo
      criteria: {all-of: [job-one]}
      containers: {${containers}}
  rdo-phase-1:
    test: {command: ["true"], jobs: [job-one]}
    promote:
      from: current-tripleo
      to: current-tripleo-rdo
      criteria: {all-of: [job-one]}
      images: {destinations: [public]}
      ${next}
`;
}
