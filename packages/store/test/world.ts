import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HttpEffects } from '@tagflow/http';
import { startLabImageServer, startLabSftpServer } from '@tagflow/lab';
import type { ExecutionContext } from 'ava';
import { openStore } from '../src/open-store.ts';
import type { Store } from '../src/store.ts';

/** Effects whose clock jumps to the end of every wait. */
export function testEffects(signal: AbortSignal = new AbortController().signal): HttpEffects & { waits: number[] } {
  const waits: number[] = [];
  const silent = (): void => undefined;
  return {
    waits,
    signal,
    random: () => 0,
    log: { debug: silent, info: silent, warning: silent },
    clock: {
      now: () => waits.reduce((sum, ms) => sum + ms, 0),
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    },
  };
}

export interface OpenedStore {
  /** The folder that the store serves. */
  readonly root: string;
  readonly store: Store;
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns a new folder, which goes when the tests of the file have ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-store-'));
  folders.push(folder);
  return folder;
}

export async function folderStore(_t: ExecutionContext): Promise<OpenedStore> {
  const root = await temporaryFolder();
  return { root, store: openStore(pathToFileURL(root), { effects: testEffects() }) };
}

export async function sftpStore(t: ExecutionContext): Promise<OpenedStore> {
  const root = await temporaryFolder();
  const server = await startLabSftpServer({ root });
  const ssh = { privateKey: server.privateKey, knownHosts: server.hostKey };
  const store = openStore(server.url, { effects: testEffects(), ssh });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, store };
}

export async function httpStore(t: ExecutionContext): Promise<OpenedStore> {
  const root = await temporaryFolder();
  const server = await startLabImageServer({ root });
  const store = openStore(server.url, { effects: testEffects() });
  t.teardown(async () => {
    await store.close();
    await server.close();
  });
  return { root, store };
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
