import { type LabSftpServer, type LabSftpServerOptions, startLabSftpServer } from '@tagflow/lab';
import type { ExecutionContext } from 'ava';
import { openStore } from '../src/open-store.ts';
import type { SshAccess } from '../src/sftp-connection.ts';
import type { PartFile, Store } from '../src/store.ts';
import { temporaryFolder, testEffects } from './world.ts';

export interface SftpWorld {
  /** The folder that the server serves. */
  readonly root: string;
  readonly server: LabSftpServer;
  readonly store: Store;
}

export type MakeAccess = (server: LabSftpServer) => SshAccess;

const byKnownHosts: MakeAccess = ({ privateKey, hostKey }) => ({ privateKey, knownHosts: hostKey });

/** Starts an SFTP server and opens a store over its root. */
export async function startSftp(
  t: ExecutionContext,
  options: Omit<LabSftpServerOptions, 'root'> = {},
  access: MakeAccess = byKnownHosts,
  signal?: AbortSignal,
): Promise<SftpWorld> {
  const root = await temporaryFolder();
  const server = await startLabSftpServer({ root, ...options });
  t.teardown(server.close);
  const store = openStore(server.url, { effects: testEffects(signal), ssh: access(server) });
  t.teardown(store.close);
  return { root, server, store };
}

/** Returns bytes that differ from place to place and hold no zeros in a row. */
export function numbered(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE((Math.imul(at + seed, 2_654_435_761) | 1) >>> 0, at);
  return bytes.subarray(0, length);
}

export const kib = 1024;
export const mib = 1024 * 1024;

/** Writes all of it at its place, in blocks, several on their way. */
export async function writeBlocks(part: PartFile, bytes: Buffer, from = 0, block = mib): Promise<void> {
  const writes: Promise<void>[] = [];
  for (let at = from; at < bytes.length; at += block) writes.push(part.write(bytes.subarray(at, at + block), at));
  const failed = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
