import type { Stats } from 'node:fs';

// Numbers of draft-ietf-secsh-filexfer-02 (SFTP version 3), the version that OpenSSH speaks.
export const request = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

const response = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extendedReply: 201,
} as const;

export const status = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

/** The attributes that a client may set. */
export interface SetAttributes {
  readonly size: number | null;
  readonly mode: number | null;
  /** Seconds since 1970. */
  readonly times: { readonly accessed: number; readonly modified: number } | null;
}

/** Reads the fields of one packet, in their order. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  uint64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64BE(this.#at - 8));
  }

  bytes(): Buffer {
    const length = this.uint32();
    if (this.#at + length > this.#bytes.length) throw new RangeError('string longer than its packet');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  attributes(): SetAttributes {
    const flags = this.uint32();
    const size = flags & 0x1 ? this.uint64() : null;
    if (flags & 0x2) this.#at += 8;
    const mode = flags & 0x4 ? this.uint32() : null;
    const times = flags & 0x8 ? { accessed: this.uint32(), modified: this.uint32() } : null;
    return { size, mode, times };
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function string(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function packet(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint32(body.length + 1), Buffer.from([type]), body]);
}

function attributesOf(stats: Stats): Buffer {
  const times = [stats.atimeMs, stats.mtimeMs].map((ms) => uint32(Math.trunc(ms / 1000)));
  return Buffer.concat([
    uint32(0xf),
    uint64(stats.size),
    uint32(stats.uid),
    uint32(stats.gid),
    uint32(stats.mode),
    ...times,
  ]);
}

/** Returns the greeting: version 3 and the names of the extensions, each in version 1. */
export function versionPacket(extensions: readonly string[]): Buffer {
  return packet(response.version, uint32(3), ...extensions.flatMap((name) => [string(name), string('1')]));
}

export function statusPacket(id: number, code: number, message: string): Buffer {
  return packet(response.status, uint32(id), uint32(code), string(message), string(''));
}

export function handlePacket(id: number, handle: string): Buffer {
  return packet(response.handle, uint32(id), string(handle));
}

export function dataPacket(id: number, bytes: Uint8Array): Buffer {
  return packet(response.data, uint32(id), string(bytes));
}

/** Returns the answer to an extended request that is answered by numbers. */
export function numbersPacket(id: number, numbers: readonly number[]): Buffer {
  return packet(response.extendedReply, uint32(id), ...numbers.map(uint64));
}

export function attributesPacket(id: number, stats: Stats): Buffer {
  return packet(response.attrs, uint32(id), attributesOf(stats));
}

/** Returns a list of names; `stats` is null where only the name counts (realpath, readlink). */
export function namePacket(
  id: number,
  names: readonly { readonly name: string; readonly stats: Stats | null }[],
): Buffer {
  return packet(
    response.name,
    uint32(id),
    uint32(names.length),
    ...names.flatMap(({ name, stats }) => [
      string(name),
      string(name),
      stats === null ? uint32(0) : attributesOf(stats),
    ]),
  );
}
