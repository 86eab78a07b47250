import { createHash } from 'node:crypto';
import { mkdir, open, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, hashName, type ImageModel, imagesOf, type Piece } from './pieces.ts';

/** The directory of all hashes below the root of an image tree, as RDO has it. */
export const hashesFolder = 'centos9/master/rdo_trunk';

/** The images of one hash. */
export interface SeededHash {
  readonly hash: string;
  readonly images: readonly { readonly name: string; readonly size: number }[];
  /** Bytes of all images, holes among them. */
  readonly size: number;
  /** Bytes that the hash before does not have; holes are not among them. */
  readonly fresh: number;
}

const zeros = Buffer.alloc(1024 * 1024);

/**
 * Fills `folder` with the images of successive hashes, each with the `.md5` that RDO puts beside it. The same model
 * makes the same bytes.
 */
export async function makeSeed(folder: string, model: ImageModel, hashes: number): Promise<readonly SeededHash[]> {
  const seeded: SeededHash[] = [];
  let before = new Set<string>();
  for (let step = 0; step < hashes; step += 1) {
    const hash = hashName(model, step);
    const directory = join(folder, hashesFolder, hash);
    await mkdir(directory, { recursive: true });
    const built = new Date((1_700_000_000 + step * 86_400) * 1000);
    const images: SeededHash['images'][number][] = [];
    const now = new Set<string>();
    let fresh = 0;
    for (const [name, pieces] of Object.entries(imagesOf(model, step))) {
      images.push({ name, size: await writeImage(join(directory, name), pieces, model, built) });
      for (const piece of pieces) {
        if (piece.kind !== 'made') continue;
        now.add(piece.name);
        if (!before.has(piece.name)) fresh += piece.length;
      }
    }
    before = now;
    seeded.push({ hash, images, size: images.reduce((sum, { size }) => sum + size, 0), fresh });
  }
  return seeded;
}

async function writeImage(path: string, pieces: readonly Piece[], model: ImageModel, built: Date): Promise<number> {
  const md5 = createHash('md5');
  const file = await open(path, 'w');
  let position = 0;
  try {
    for (const piece of pieces) {
      const bytes = piece.kind === 'hole' ? null : bytesOf(piece, model);
      md5.update(bytes ?? zeros.subarray(0, piece.length));
      if (bytes !== null) await file.write(bytes, 0, bytes.length, position);
      position += piece.length;
    }
    await file.truncate(position); // a hole at the end, too
    await file.utimes(built, built);
  } finally {
    await file.close();
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  await writeFile(`${path}.md5`, `${md5.digest('hex')}  ${name}\n`);
  await utimes(`${path}.md5`, built, built);
  return position;
}
