import { Header } from 'tar/header';

/** A tar header as it stands there, before the extensions that may precede it count. */
export interface TarHeader {
  /** As the tar library calls it; `Unsupported` where it knows none. */
  readonly type: string;
  readonly path: string;
  /** Bytes that follow. */
  readonly size: number;
}

export const headerSize = 512;

const zeros = Buffer.alloc(headerSize);

/** The end of an archive is marked by blocks of zeros. */
export function isEndMark(block: Buffer): boolean {
  return zeros.equals(block);
}

/** Returns what a header says, null for what is none: wrong checksum, or a size below zero or beyond all numbers. */
export function parseHeader(block: Buffer): TarHeader | null {
  try {
    const { cksumValid, type, path, size = type === 'TapeVolumeHeader' ? 0 : undefined } = new Header(block);
    if (!cksumValid || size === undefined || !Number.isSafeInteger(size)) return null;
    return { type, path: path ?? '', size };
  } catch {
    return null; // base-256 numbers beyond what JavaScript counts exactly
  }
}
