import { crc32 } from 'node:zlib';
import { type ByteReader, Garbage } from './garbage.ts';

/** A packet of subunit version 2, as far as it matters here. */
export interface SubunitPacket {
  /** 0 none, 1 exists, 2 in progress, 3 success, 4 unexpected success, 5 skipped, 6 failed, 7 expected failure. */
  readonly status: number;
  readonly test: string | null;
  readonly route: string;
  readonly file: { readonly name: string; readonly bytes: Buffer } | null;
}

export interface PacketSink {
  packet(packet: SubunitPacket): void;
  /** Bytes between packets: what programs printed into the stream. */
  other(bytes: Buffer): void;
  /** A packet that cannot be read. */
  broken(what: string): void;
}

// https://github.com/testing-cabal/subunit#the-protocol
const signature = 0xb3;
const flag = {
  test: 0x0800,
  route: 0x0400,
  time: 0x0200,
  tags: 0x0080,
  file: 0x0040,
  mime: 0x0020,
  unused: 0x0008,
  status: 0x0007,
};
const longestPacket = 4 * 1024 * 1024 - 1;
const checksumLength = 4;
const shortestPacket = 4 + checksumLength;
// After so much in vain this is no stream of packets: without an end each byte could cost a checksum of 4 MiB.
const mostBroken = 100;
const mostInVain = 256 * 1024 * 1024;

/**
 * Finds the packets of a subunit stream, version 2, wherever they begin, and what is between them. After a packet that
 * is broken it looks for the next one.
 */
export function createPacketReader(sink: PacketSink): ByteReader {
  let buffer: Buffer = Buffer.alloc(0);
  let offset = 0;
  let broken = 0;
  let inVain = 0;
  /** The last bytes between packets, at most three. */
  let last: Buffer = Buffer.alloc(0);
  let packets = 0;

  function skip(length: number, isOther: boolean): void {
    const bytes = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    offset += length;
    if (!isOther) return;
    last = Buffer.from(Buffer.concat([last, bytes.subarray(-3)]).subarray(-3));
    sink.other(bytes);
  }

  function refuse(what: string): void {
    broken += 1;
    sink.broken(`byte ${offset}: ${what}`);
    skip(1, false);
    if (broken >= mostBroken) throw new Garbage(`it has ${mostBroken} broken packets: the rest is not read`);
  }

  /** Reads what begins with the signature. Returns false when more bytes have to come first. */
  function readPacket(final: boolean): boolean {
    const isMidCharacter = endsMidCharacter(last);
    if (buffer.length < shortestPacket && !final) return false;
    const flags = buffer.length < 3 ? 0 : buffer.readUInt16BE(1);
    const length = numberAt(buffer, 3);
    const isVersion2 = flags >> 12 === 2 && (flags & flag.unused) === 0;
    if (!isVersion2 || length === null || length.value < shortestPacket || length.value > longestPacket) {
      // The signature is a part of many a letter, and a byte of many an old text. Where a packet has to begin it is neither.
      if (packets > 0 && last.length === 0) refuse('what begins like a packet is none of subunit version 2');
      else skip(1, true);
      return true;
    }
    if (buffer.length < length.value) {
      if (!final) return false;
      if (isMidCharacter) skip(1, true);
      else refuse('it ends in the middle of a packet');
      return true;
    }
    const bytes = buffer.subarray(0, length.value);
    const end = length.value - checksumLength;
    if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) {
      inVain += length.value;
      if (inVain > mostInVain) throw new Garbage('too much of it looks like packets and is none: the rest is not read');
      if (isMidCharacter) skip(1, true);
      else refuse('a packet does not match its checksum');
      return true;
    }
    const packet = parsePacket(bytes.subarray(0, end), flags, length.end);
    if (packet === null) {
      refuse('a packet does not hold what it says');
      return true;
    }
    packets += 1;
    last = Buffer.alloc(0);
    skip(length.value, false);
    sink.packet(packet);
    return true;
  }

  function drain(final: boolean): void {
    while (buffer.length > 0) {
      const next = buffer.indexOf(signature);
      if (next !== 0) skip(next === -1 ? buffer.length : next, true);
      else if (!readPacket(final)) return;
    }
  }

  return {
    push(bytes) {
      buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes]);
      drain(false);
    },
    end: () => drain(true),
  };
}

/** Whether the bytes end inside a character of UTF-8, so that the signature's byte would go on with it. */
function endsMidCharacter(bytes: Buffer): boolean {
  for (let back = 1; back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
  }
  return false;
}

/** Returns a number of one to four bytes, whose first two bits tell how many, and where it ends. */
function numberAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const length = (first >> 6) + 1;
  if (at + length > bytes.length) return null;
  let value = first & 0x3f;
  for (let next = at + 1; next < at + length; next += 1) value = value * 256 + (bytes[next] ?? 0);
  return { value, end: at + length };
}

/** Returns what a packet holds, or null when its parts do not fill it. */
function parsePacket(bytes: Buffer, flags: number, start: number): SubunitPacket | null {
  let at = start;
  let isGood = true;
  const number = (): number => {
    const found = numberAt(bytes, at);
    isGood &&= found !== null;
    at = found?.end ?? bytes.length;
    return found?.value ?? 0;
  };
  const chunk = (): Buffer => {
    const length = number();
    isGood &&= at + length <= bytes.length;
    const found = bytes.subarray(at, at + length);
    at += length;
    return found;
  };
  const has = (bit: number): boolean => (flags & bit) !== 0;

  if (has(flag.time)) {
    at += 4;
    number();
  }
  const test = has(flag.test) ? chunk().toString() : null;
  if (has(flag.tags)) for (let tags = number(); tags > 0 && isGood; tags -= 1) chunk();
  if (has(flag.mime)) chunk();
  const file = has(flag.file) ? { name: chunk().toString(), bytes: chunk() } : null;
  const route = has(flag.route) ? chunk().toString() : '';
  return isGood && at === bytes.length ? { status: flags & flag.status, test, route, file } : null;
}
