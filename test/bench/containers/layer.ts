import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Returns 32 bytes that depend on the key alone. */
function chance(key: string): Buffer {
  return createHash('sha256').update(`lab1/${key}`).digest();
}

/** Returns a number from 0 up to 1 that depends on the key alone. */
export function fraction(key: string): number {
  return chance(key).readUInt32BE(0) / 2 ** 32;
}

/** A layer: a gzip stream, and the digest of what is in it. */
export interface Layer {
  readonly bytes: Buffer;
  readonly tar: Buffer;
}

/** Returns a layer of one file with so many bytes of noise; the same for the same key. */
export function makeLayer(key: string, size: number): Layer {
  const secret = chance(key);
  const noise = createCipheriv('aes-256-ctr', secret, secret.subarray(0, 16)).update(Buffer.alloc(size));
  const padding = Buffer.alloc(((512 - (size % 512)) % 512) + 1024);
  const tar = Buffer.concat([tarHeader(key.replaceAll('/', '_'), size), noise, padding]);
  // Noise does not shrink, so no time is spent on trying.
  return { tar, bytes: gzipSync(tar, { level: 0 }) };
}

/** The ustar header of a plain file. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(-100), 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
