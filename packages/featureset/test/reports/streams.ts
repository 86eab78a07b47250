import { crc32 } from 'node:zlib';

/** What a packet is made of, in the order of the protocol. */
export interface PacketParts {
  readonly status?: 'exists' | 'inprogress' | 'success' | 'uxsuccess' | 'skip' | 'fail' | 'xfail';
  readonly test?: string;
  readonly tags?: readonly string[];
  readonly file?: readonly [name: string, content: string | Buffer];
  readonly mime?: string;
  readonly route?: string;
  /** Seconds and nanoseconds. */
  readonly time?: readonly [number, number];
}

const statusNames = ['', 'exists', 'inprogress', 'success', 'uxsuccess', 'skip', 'fail', 'xfail'];

/** Returns a packet of subunit version 2. */
export function packet(parts: PacketParts): Buffer {
  const { status = '', test, tags, file, mime, route, time } = parts;
  let flags = 0x2100 | statusNames.indexOf(status);
  const body: Buffer[] = [];
  if (time !== undefined) {
    flags |= 0x0200;
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(time[0]);
    body.push(seconds, number(time[1]));
  }
  if (test !== undefined) {
    flags |= 0x0800;
    body.push(text(test));
  }
  if (tags !== undefined) {
    flags |= 0x0080;
    body.push(number(tags.length), ...tags.map(text));
  }
  if (mime !== undefined) {
    flags |= 0x0020;
    body.push(text(mime));
  }
  if (file !== undefined) {
    flags |= 0x0040;
    body.push(text(file[0]), text(file[1]));
  }
  if (route !== undefined) {
    flags |= 0x0400;
    body.push(text(route));
  }
  const inner = Buffer.concat(body);
  const lengthOf = (bytes: number): number => (bytes < 64 ? 1 : bytes < 16_384 ? 2 : 3);
  const base = 3 + inner.length + 4;
  const size = [1, 2, 3].find((length) => lengthOf(base + length) === length) ?? 3;
  const head = Buffer.from([0xb3, flags >> 8, flags & 0xff]);
  const content = Buffer.concat([head, number(base + size), inner]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([content, sum]);
}

export function number(value: number): Buffer {
  if (value < 64) return Buffer.from([value]);
  if (value < 16_384) return Buffer.from([0x40 | (value >> 8), value & 0xff]);
  if (value < 4_194_304) return Buffer.from([0x80 | (value >> 16), (value >> 8) & 0xff, value & 0xff]);
  return Buffer.from([0xc0 | (value >> 24), (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([number(bytes.length), bytes]);
}
