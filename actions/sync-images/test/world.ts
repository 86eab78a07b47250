import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeAction, type ExecutionResult } from '@tagflow/action-kit';
import { type LabSftpServer, startLabImageServer, startLabSftpServer } from '@tagflow/lab';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash, type Visibility } from '@tagflow/model';
import type { ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

export const hash = parseFullHash(`${'a'.repeat(40)}_${'1'.repeat(8)}`);
export const otherHash = parseFullHash(`${'b'.repeat(40)}_${'2'.repeat(8)}`);

const files: Readonly<Record<string, Buffer>> = {
  'ironic-python-agent.tar': Buffer.alloc(20_001, 'agent'),
  'overcloud-full.tar': Buffer.alloc(200_003, 'overcloud'),
};
export const totalBytes = '220004';

export type Inputs = Readonly<Record<string, string>>;

export interface World {
  /** What the servers serve. */
  readonly root: string;
  /** The same folder for readers. */
  readonly web: string;
  readonly sftp: LabSftpServer;
  /** A folder with built files, and its file: URL. */
  readonly built: string;
  readonly builtUrl: string;
  /** The inputs that log in to the sftp server. */
  readonly login: Inputs;
  file(name: string, text: string): Promise<string>;
  run(inputs: Inputs): Promise<ExecutionResult>;
}

export async function startWorld(t: ExecutionContext): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'sync-images-'));
  const root = join(folder, 'root');
  const built = join(folder, 'built');
  for (const path of [root, built]) await mkdir(path);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(built, name), bytes);
  const sftp = await startLabSftpServer({ root });
  const web = await startLabImageServer({ root });
  t.teardown(async () => {
    await sftp.close();
    await web.close();
  });
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, `${sftp.hostKey.trimEnd()}\n`);
  let runs = 0;
  return {
    root,
    web: web.url,
    sftp,
    built,
    builtUrl: pathToFileURL(built).href,
    login: { 'ssh-key': sftp.privateKey, 'known-hosts': knownHosts },
    file: async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    run: async (inputs) => {
      const outDir = join(folder, `out-${++runs}`);
      await mkdir(outDir);
      const silent = (): void => undefined;
      return executeAction(action, new Map(Object.entries(inputs)), {
        clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
        log: { debug: silent, info: silent, warning: silent },
        progress: silent,
        signal: new AbortController().signal,
        outDir,
        cwd: folder,
        actor: 'test',
        random: () => 0.5,
        env: { HOME: folder },
      });
    },
  };
}

export function imagesSet(visibility: Visibility = 'public'): ArtifactSet {
  const images = Object.entries(files).map(([name, bytes]) => {
    const digest = (kind: string): string => createHash(kind).update(bytes).digest('hex');
    return { name, size: bytes.length, sha256: digest('sha256'), md5: digest('md5'), visibility };
  });
  return { fullHash: hash, release: 'master', repository: { url: null, builds: [] }, containers: [], images };
}

export const containersPart = formatSet({
  ...imagesSet(),
  images: [],
  containers: [{ name: 'heat-api', digest: parseDigest(`sha256:${'c'.repeat(64)}`) }],
});

export function configOf(world: World): string {
  return `
release: master
distro: centos9
dlrn: {api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos'}
image-stores:
  rdo: {url: '${world.sftp.url}/rdo', read-url: '${world.web}/rdo', path: '{distro}/{release}/{hash}', link: '{distro}/{release}/{label}'}
  rh1: {url: '${world.sftp.url}/rh1'}
  inside: {url: 'file:inside', visibility: internal}
phases:
  upstream:
    pin: {from: consistent, to: tripleo-ci-testing}
    build:
      images: {command: [make], store: rdo, files: [ironic-python-agent.tar, overcloud-full.tar]}
    promote:
      from: tripleo-ci-testing
      to: current-tripleo
      criteria: {all-of: [job-one]}
      images: {destinations: [rdo]}
    mirror: [{from: rdo, to: rh1}]
  rdo-phase-1:
    promote:
      from: current-tripleo
      to: current-tripleo-rdo
      criteria: {all-of: [job-one]}
  rdo-phase-2:
    fetch: {from: rdo, cache: ~/cache}
    promote:
      from: current-tripleo-rdo
      to: current-tripleo-rdo-internal
      criteria: {all-of: [job-one]}
`;
}
