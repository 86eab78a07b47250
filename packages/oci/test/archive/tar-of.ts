/** A member of a tar, written without the library that reads it. */
export interface Member {
  readonly path: string;
  readonly content?: Uint8Array;
  /** The type flag; default a file. `1` hard link, `2` symbolic link, `5` folder, `6` pipe, `x` and `L` extensions. */
  readonly type?: string;
  /** Where a link leads. */
  readonly to?: string;
  /** What the header says instead of the true size. */
  readonly size?: number;
}

const block = 512;

/** Returns a ustar file of the members. */
export function tarOf(members: readonly Member[]): Buffer {
  const parts = members.flatMap((member) => {
    const content = member.content ?? Buffer.alloc(0);
    return [header(member, content.length), content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** Returns the pax extension that gives the next member a path or a link of any length. */
export function pax(fields: Readonly<Record<string, string>>): Member {
  const lines = Object.entries(fields).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const digits = `${Buffer.byteLength(rest)}`.length;
    const length = Buffer.byteLength(rest) + digits;
    return `${`${length}`.length === digits ? length : length + 1}${rest}`;
  });
  return { path: 'PaxHeader', type: 'x', content: Buffer.from(lines.join('')) };
}

/** Returns GNU's extension that gives the next member a long path (`L`) or link (`K`). */
export function gnuLong(type: 'L' | 'K', value: string): Member {
  return { path: '././@LongLink', type, content: Buffer.from(`${value}\0`) };
}

function header({ path, type = '0', to = '', size }: Member, length: number): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.write(path, 0, 100);
  bytes.write('0000644\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  bytes.write(`${(size ?? length).toString(8).padStart(11, '0')}\0`, 124);
  bytes.write('00000000000\0', 136);
  bytes.write('        ', 148);
  bytes.write(type, 156);
  bytes.write(to, 157, 100);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
