/** A member of a tar file: its content whole, or in pieces that add up to `size` bytes. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly content: Iterable<Buffer> | AsyncIterable<Buffer>;
}

const block = 512;

/** Yields a ustar file of the members. Owner, mode and time are fixed, so equal members give equal bytes. */
export async function* makeTar(members: readonly TarMember[]): AsyncGenerator<Buffer> {
  for (const member of members) {
    yield header(member);
    yield* member.content;
    yield Buffer.alloc((block - (member.size % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

/** Returns a small tar file in one piece. */
export async function tarBuffer(members: readonly TarMember[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of makeTar(members)) parts.push(part);
  return Buffer.concat(parts);
}

function header(member: TarMember): Buffer {
  if (Buffer.byteLength(member.name) > 100) throw new RangeError(`tar member "${member.name}" has more than 100 bytes`);
  const bytes = Buffer.alloc(block);
  bytes.write(member.name, 0);
  bytes.write('0000644\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  bytes.write(`${member.size.toString(8).padStart(11, '0')}\0`, 124);
  bytes.write('00000000000\0', 136);
  bytes.write('        ', 148);
  bytes.write('0', 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
