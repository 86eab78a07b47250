import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { badArchive, quote } from '../unpack/bad-archive.ts';
import { headerSize, parseHeader } from '../unpack/tar-header.ts';
import { cutShort, membersOf } from '../unpack/tar-members.ts';
import { type PieceSource, sourceOf } from './piece-source.ts';
import { isQcow2, longestHeader, readQcow2Header } from './qcow2-header.ts';

/** What a file turned out to be. */
export interface Contents {
  /** In a few words. */
  readonly what: string;
  /** A sentence each; empty when it is as it should be. */
  readonly problems: readonly string[];
}

const compressions: readonly (readonly [
  RegExp,
  string,
  (() => NodeJS.ReadWriteStream & { destroy(): unknown }) | null,
])[] = [
  [/^1f8b/, 'gzip', createGunzip],
  [/^28b52ffd/, 'zstd', createZstdDecompress],
  [/^425a68/, 'bzip2', null],
  [/^fd377a585a00/, 'xz', null],
];
/** A few megabytes can hold any number of bytes when they are compressed. */
const mostFromCompressed = 64 * 1024 ** 3;
const mostPadding = 64 * 1024 ** 2;

/**
 * Looks at what an image holds while its bytes pass by; it need not read all of them. A qcow2 and a tar are known by their
 * first bytes; other files are not looked into, unless their names say what they are.
 * @param where what to call the file in sentences
 * @throws ImagesError `bad-archive` for a tar that cannot be read
 */
export async function lookInto(source: PieceSource, name: string, where: string): Promise<Contents> {
  const start = await source.peek(headerSize);
  if (isQcow2(start) || name.endsWith('.qcow2')) {
    const facts = readQcow2Header(await source.peek(longestHeader), source.size ?? Number.POSITIVE_INFINITY);
    if ('problem' in facts) return { what: 'a qcow2', problems: [`${where}: ${facts.problem}`] };
    return { what: `a qcow2, version ${facts.version}, of ${facts.virtualSize} bytes`, problems: [] };
  }
  if (isTar(start)) return lookIntoTar(source, where);
  const isNamedTar = /\.(?:tar|tgz|tar\.(?:gz|zst|xz|bz2))$/.test(name);
  const found = compressions.find(([sign]) => sign.test(start.toString('hex')));
  if (found === undefined || !isNamedTar) {
    // What is named a tar and is none says so itself.
    return isNamedTar ? lookIntoTar(source, where) : { what: 'a file', problems: [] };
  }
  const [, kind, open] = found;
  if (open === null) throw badArchive(where, `is compressed by ${kind}, which cannot be read here`);
  const stream = open();
  try {
    const pieces = pipeline(Readable.from(piecesOf(source)), stream as NodeJS.ReadWriteStream, () => undefined);
    const inside = sourceOf(pieces as unknown as AsyncIterable<Uint8Array>, null, (cause, position) =>
      badArchive(where, `is damaged after ${position} bytes of what it holds`, { cause }),
    );
    const contents = await lookIntoTar(inside, where);
    // Its own checksum comes last; a tar is padded to whole records, and to no more.
    if ((await inside.skip(mostPadding + 1)) > mostPadding) {
      throw badArchive(where, `goes on for more than ${mostPadding} bytes after its end`);
    }
    return { ...contents, what: `${contents.what}, ${kind}` };
  } finally {
    stream.destroy();
  }
}

function isTar(start: Buffer): boolean {
  return start.length === headerSize && parseHeader(start) !== null;
}

async function* piecesOf(source: PieceSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const block = Buffer.allocUnsafe(256 * 1024);
    const length = await source.read(block);
    if (length > 0) yield block.subarray(0, length);
    if (length < block.length) return;
  }
}

async function lookIntoTar(source: PieceSource, where: string): Promise<Contents> {
  const problems: string[] = [];
  const names: string[] = [];
  for await (const { name, size } of membersOf(source, where, new Set())) {
    names.push(name);
    if (source.position() + size > mostFromCompressed) {
      throw badArchive(where, `holds more than ${mostFromCompressed} bytes: ${quote(name)} alone has ${size}`);
    }
    if (size === 0) problems.push(`${where}: ${name} in it is empty`);
    const start = await source.peek(Math.min(size, longestHeader));
    if (isQcow2(start) || name.endsWith('.qcow2')) {
      const facts = readQcow2Header(start.subarray(0, size), size);
      if ('problem' in facts && size > 0) problems.push(`${where}: ${name} in it: ${facts.problem}`);
    }
    const there = await source.skip(size);
    if (there < size) throw cutShort(where, name, size, there);
  }
  const missing = missingPart(names);
  if (missing !== null) problems.push(`${where}: ${missing}`);
  return { what: `a tar of ${names.join(', ')}`, problems };
}

/** Kernels and ramdisks start nothing without each other: `.vmlinuz` and `.initrd`, or `.kernel` and `.initramfs`. */
const pairs: readonly (readonly [kernel: string, ramdisk: string])[] = [
  ['.vmlinuz', '.initrd'],
  ['.kernel', '.initramfs'],
];

function missingPart(names: readonly string[]): string | null {
  for (const [kernel, ramdisk] of pairs) {
    const [has, hasOther] = [kernel, ramdisk].map((ending) => names.find((name) => name.endsWith(ending)));
    if (has !== undefined && hasOther === undefined) return `it holds ${has} and no ${ramdisk}`;
    if (has === undefined && hasOther !== undefined) return `it holds ${hasOther} and no ${kernel}`;
  }
  return null;
}
