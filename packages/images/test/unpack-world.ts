import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackImage, type UnpackOptions } from '../src/unpack/unpack-image.ts';
import { cacheEffects, signal } from './cache-world.ts';
import { temporaryFolder } from './world.ts';

/** A member of a tar as it is to be written, right or wrong. */
export interface Member {
  readonly name: string;
  readonly bytes?: Buffer | string;
  /** The type's letter; default a file. */
  readonly type?: string;
  /** What the header says; default what is true. */
  readonly size?: number | Buffer;
  readonly prefix?: string;
  readonly link?: string;
  readonly checksum?: number;
}

const block = 512;
export const endMark = Buffer.alloc(2 * block);

/** Returns a member's header and its padded bytes. */
export function memberOf(member: Member): Buffer {
  const { name, type = '0', prefix = '', link = '' } = member;
  const bytes = Buffer.from(member.bytes ?? '');
  const header = Buffer.alloc(block);
  header.write(name, 0, 100);
  header.write('0000644\0' + '0000000\0'.repeat(2), 100);
  const { size = bytes.length } = member;
  if (typeof size === 'number') header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else size.copy(header, 124);
  header.write('00000000000\0        ', 136);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345, 155);
  const sum = member.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);
}

export function tarOf(...members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(memberOf), endMark]);
}

/** Returns a pax header for the member after it. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): Member {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const digits = String(rest + String(rest + 2).length).length;
    return `${rest + digits} ${key}=${value}\n`;
  });
  return { name: 'PaxHeader', type, bytes: lines.join('') };
}

/** A size in the form for numbers that octal digits cannot tell. */
export function base256(value: bigint): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64BE(value < 0n ? -1n : 0n, 0);
  bytes.writeBigInt64BE(value, 4);
  bytes[0] = value < 0n ? 0xff : 0x80;
  return bytes;
}

export const name = 'overcloud-full.tar';
export const images: readonly (Member & { readonly bytes: Buffer })[] = [
  { name: 'overcloud-full.vmlinuz', bytes: Buffer.alloc(700, 'kernel') },
  { name: 'overcloud-full.initrd', bytes: Buffer.alloc(1024, 'initrd') },
  { name: 'overcloud-full.qcow2', bytes: Buffer.alloc(3_000_001, 'image') },
];

/** Returns what unpackImage should say of members. */
export function filesOf(members: readonly (Member & { readonly bytes: Buffer | string })[]) {
  return members.map(({ name: file, bytes }) => ({
    name: file,
    size: Buffer.byteLength(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
}

/** A folder with an archive in it, inside a folder that nothing should touch. */
export async function archiveWorld(bytes: Buffer, called = name) {
  const outside = await temporaryFolder();
  const into = join(outside, 'images');
  await mkdir(into);
  await writeFile(join(outside, 'outside'), 'outside');
  const archive = join(into, called);
  await writeFile(archive, bytes);
  const effects = { ...cacheEffects(), signal };
  const unpack = (options?: UnpackOptions) => unpackImage(archive, into, effects, options);
  return { outside, into, archive, effects, unpack };
}

/** Returns the names in a folder, notes about images left out. */
export async function visibleIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((entry) => !entry.startsWith('.')).sort();
}

/** Returns all of a folder: its files with what is in them, and everything below. */
export async function contentsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), entry.isFile() ? await readFile(path, 'latin1') : 'no file'] as const;
  });
  return Object.fromEntries((await Promise.all(files)).sort());
}
