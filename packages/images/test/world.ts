import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startLabImageServer, startLabSftpServer } from '@tagflow/lab';
import { type ArtifactSet, type Effects, type ImageEntry, parseFullHash, type Visibility } from '@tagflow/model';
import { openStore, type Store } from '@tagflow/store';
import type { ExecutionContext } from 'ava';

export const hashA = parseFullHash(`${'a'.repeat(40)}_${'1'.repeat(8)}`);
export const hashB = parseFullHash(`${'b'.repeat(40)}_${'2'.repeat(8)}`);

/** Effects whose clock begins at the files' own time, and passes over every wait at once. */
export function testEffects(signal: AbortSignal = new AbortController().signal): Effects & { said: string[] } {
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  let slept = 0;
  return {
    said,
    signal,
    log: { debug: () => undefined, info: say, warning: say },
    progress: () => undefined,
    clock: {
      now: () => Date.now() + slept,
      sleep: (ms) => {
        slept += ms;
        return Promise.resolve();
      },
    },
  };
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns a new folder, which goes when the tests of the file have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-images-'));
  folders.push(folder);
  return folder;
}

export const openFolder = (root: string): Store => openStore(pathToFileURL(root), { effects: testEffects() });

export interface World {
  readonly root: string;
  readonly store: Store;
}

export async function folderWorld(_t: ExecutionContext): Promise<World> {
  const root = await temporaryFolder();
  return { root, store: openFolder(root) };
}

type SftpOptions = Omit<Parameters<typeof startLabSftpServer>[0], 'root' | 'fault'>;
type SftpFault = NonNullable<Parameters<typeof startLabSftpServer>[0]['fault']>;

export async function sftpWorld(t: ExecutionContext, fault?: SftpFault, options: SftpOptions = {}) {
  const root = await temporaryFolder();
  const server = await startLabSftpServer({ ...options, root, ...(fault === undefined ? {} : { fault }) });
  const ssh = { privateKey: server.privateKey, knownHosts: server.hostKey };
  const store = openStore(server.url, { effects: testEffects(), ssh });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, store, server };
}

type HttpFault = NonNullable<Parameters<typeof startLabImageServer>[0]['fault']>;

export async function httpWorld(t: ExecutionContext, root: string, fault?: HttpFault) {
  const server = await startLabImageServer(fault === undefined ? { root } : { root, fault });
  const store = openStore(server.url, { effects: testEffects() });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { store, server };
}

export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
}

export const sampleFiles: readonly Sample[] = [
  { name: 'ironic-python-agent.tar', bytes: Buffer.alloc(90_001, 'agent') },
  { name: 'overcloud-full.tar', bytes: Buffer.alloc(700_003, 'overcloud') },
];

export async function writeSamples(folder: string, files: readonly Sample[] = sampleFiles): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of files) await writeFile(join(folder, name), bytes);
  return folder;
}

export function entryOf({ name, bytes }: Sample, visibility: Visibility = 'public'): ImageEntry {
  const digest = (kind: string): string => createHash(kind).update(bytes).digest('hex');
  return { name, size: bytes.length, sha256: digest('sha256'), md5: digest('md5'), visibility };
}

export function setOfSamples(files: readonly Sample[] = sampleFiles, visibility?: Visibility): ArtifactSet {
  return {
    fullHash: hashA,
    release: 'master',
    repository: { url: null, builds: [] },
    containers: [],
    images: files.map((file) => entryOf(file, visibility)),
  };
}
