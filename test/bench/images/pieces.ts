import { createCipheriv, createHash } from 'node:crypto';

/** Images of several hashes come from the same options only: everything below is a function of them. */
export interface ImageModel {
  readonly seed: string;
  /** 1 is 1250 MB a hash, 713 MB of it data. */
  readonly scale: number;
  /** The part of the extents of 1 MiB that differs from one hash to the next. */
  readonly change: number;
}

/** What an image is made of, in order. A source makes the same bytes for the same name and length. */
export type Piece =
  | { readonly kind: 'made'; readonly name: string; readonly length: number }
  | { readonly kind: 'hole'; readonly length: number }
  | { readonly kind: 'plain'; readonly bytes: Buffer; readonly length: number };

const mebi = 1024 * 1024;
const kernelSize = 10 * mebi;

/** Returns the directory name of the `step`-th hash. */
export function hashName({ seed }: ImageModel, step: number): string {
  const hex = (name: string, digits: number): string => digest(seed, name).toString('hex').slice(0, digits);
  return `${hex(`commit/${step}`, 40)}_${hex(`distro/${step}`, 8)}`;
}

/**
 * Returns the pieces of the images of the `step`-th hash by file name. Compressed disks are packed: an extent that
 * changes has another length, too, and shifts everything behind it. The undercloud changes in place and keeps its holes.
 * An initramfs is one compressed stream: the same up to the first change, and then another one.
 */
export function imagesOf(model: ImageModel, step: number): Readonly<Record<string, readonly Piece[]>> {
  const { scale } = model;
  const kernel = [made(`vmlinuz/${Math.floor(step / 2)}`, kernelSize)];
  const initrd = [made(`initrd/${step}`, Math.round(14 * mebi * scale))];
  return {
    'overcloud-full.tar': tarOf({
      'overcloud-full.vmlinuz': kernel,
      'overcloud-full.initrd': initrd,
      'overcloud-full.qcow2': packedDisk(model, 'overcloud', 296 * mebi * scale, step),
    }),
    'ironic-python-agent.tar': tarOf({
      'ironic-python-agent.kernel': kernel,
      'ironic-python-agent.initramfs': stream('ipa', Math.max(4, Math.round(62 * scale)), step),
    }),
    'undercloud.qcow2': sparseDisk(model, 'undercloud', Math.round(800 * scale), step),
  };
}

/** Returns the bytes of a piece that is no hole: noise, and a quarter that compresses. */
export function bytesOf(piece: Exclude<Piece, { readonly kind: 'hole' }>, { seed }: ImageModel): Buffer {
  if (piece.kind === 'plain') return piece.bytes;
  const key = digest(seed, piece.name);
  const noise = Math.floor(piece.length * 0.75);
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  const bytes = Buffer.alloc(piece.length);
  cipher.update(bytes.subarray(0, noise)).copy(bytes);
  return bytes.fill(piece.name, noise);
}

function packedDisk(model: ImageModel, disk: string, size: number, step: number): readonly Piece[] {
  return Array.from({ length: Math.round(size / mebi) }, (_, extent) => {
    const version = versionOf(model, disk, extent, step);
    const shift = version === 0 ? 0 : Math.floor((unit(model, `${disk}/len/${extent}/${version}`) - 0.5) * 60_000);
    return made(`${disk}/${extent}/v${version}`, mebi + shift);
  });
}

function sparseDisk(model: ImageModel, disk: string, extents: number, step: number): readonly Piece[] {
  return Array.from({ length: extents }, (_, extent): Piece => {
    // a quarter has data, in runs of eight
    const hasData = extent === 0 || unit(model, `${disk}/present/${Math.floor(extent / 8)}`) < 0.25;
    if (!hasData) return { kind: 'hole', length: mebi };
    return made(`${disk}/${extent}/v${versionOf(model, disk, extent, step)}`, mebi);
  });
}

function stream(name: string, extents: number, step: number): readonly Piece[] {
  const same = Math.floor(extents * 0.3);
  return Array.from({ length: extents }, (_, extent) =>
    made(extent < same ? `${name}/${extent}` : `${name}/${step}/${extent}`, mebi),
  );
}

/** The last step up to `step` in which the extent changed. */
function versionOf(model: ImageModel, disk: string, extent: number, step: number): number {
  for (let version = step; version > 0; version -= 1) {
    if (unit(model, `${disk}/chg/${version}/${extent}`) < model.change) return version;
  }
  return 0;
}

function tarOf(members: Readonly<Record<string, readonly Piece[]>>): readonly Piece[] {
  const pieces = Object.entries(members).flatMap(([name, content]) => {
    const size = content.reduce((sum, { length }) => sum + length, 0);
    const padding = (512 - (size % 512)) % 512;
    return [plain(tarHeader(name, size)), ...content, ...(padding === 0 ? [] : [plain(Buffer.alloc(padding))])];
  });
  return [...pieces, plain(Buffer.alloc(1024))];
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  const fields: readonly (readonly [number, string])[] = [
    [0, name],
    [100, '0000644\0'],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [124, `${octal(size, 11)}\0`],
    [136, '14000000000\0'],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0' + '00'],
  ];
  for (const [offset, text] of fields) header.write(text, offset);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function made(name: string, length: number): Piece {
  return { kind: 'made', name, length };
}

function plain(bytes: Buffer): Piece {
  return { kind: 'plain', bytes, length: bytes.length };
}

/** A number from 0 up to 1 that belongs to a name. */
function unit({ seed }: ImageModel, name: string): number {
  return digest(seed, name).readUInt32LE(0) / 2 ** 32;
}

function digest(seed: string, name: string): Buffer {
  return createHash('sha256').update(`${seed}/${name}`).digest();
}
