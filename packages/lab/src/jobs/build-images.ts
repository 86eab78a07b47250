import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FullHash } from '@tagflow/model';
import { randomStream } from '../random.ts';
import { makeQcow2, smallestQcow2 } from './qcow2.ts';
import { makeTar, type TarMember } from './tar.ts';

export interface BuildImagesOptions {
  readonly fullHash: FullHash;
  /** Made when it is not there. */
  readonly outDir: string;
  /** Names that end in `.tar`; one that has `ironic-python-agent` in it gets a ramdisk's members. */
  readonly files: readonly string[];
  /** Bytes of the biggest member of the first file; the others are smaller. Default 4 MiB. */
  readonly sizeBytes?: number;
  /** What it is built on. The same hash has other bytes on another. Default `centos`. */
  readonly flavour?: 'centos' | 'rhel';
  /** The pinned repository file that it is built from; a copy of it is left as evidence. */
  readonly repoFile?: string;
  /** The path of the image that it starts from: read, and told. */
  readonly baseImage?: string;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

/**
 * Writes the disk images of a hash: tar files of a qcow2, an initrd and a kernel, each with its `.md5` beside it as
 * md5sum writes it, and `full-hash` (and `delorean.repo`) as evidence of what they were built from. The same hash and
 * flavour give the same bytes. Returns the paths of the tar files.
 * @throws Error when `files` is empty or names something else than a tar file.
 */
export async function buildImages(options: BuildImagesOptions): Promise<readonly string[]> {
  const { files, outDir, signal, write } = options;
  const wrong = files.find((file) => !/^[\w.-]+\.tar$/.test(file));
  if (wrong !== undefined) throw new Error(`image file "${wrong}" is not a plain name that ends in .tar`);
  if (files.length === 0) throw new Error('no images to build: the list of files is empty');
  await mkdir(outDir, { recursive: true });
  if (options.baseImage !== undefined) write(await describeBase(options.baseImage));
  const paths: string[] = [];
  for (const file of files) {
    const path = join(outDir, file);
    const md5 = createHash('md5');
    await pipeline(
      makeTar(membersOf(file, options)),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          md5.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path),
      { signal },
    );
    const digest = md5.digest('hex');
    await writeFile(`${path}.md5`, `${digest}  ${file}\n`);
    write(`built ${file} md5 ${digest}`);
    paths.push(path);
  }
  await writeFile(join(outDir, 'full-hash'), `${options.fullHash}\n`);
  if (options.repoFile !== undefined) await copyFile(options.repoFile, join(outDir, 'delorean.repo'));
  return paths;
}

async function describeBase(path: string): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) sha256.update(chunk);
  return `on ${basename(path)} sha256 ${sha256.digest('hex')}`;
}

function membersOf(file: string, options: BuildImagesOptions): readonly TarMember[] {
  const { fullHash, sizeBytes = 4 << 20, flavour = 'centos' } = options;
  const stem = file.slice(0, -'.tar'.length);
  const part = (divisor: number): number => Math.max(smallestQcow2, Math.floor(sizeBytes / divisor));
  const member = (suffix: string, divisor: number): TarMember => {
    const [name, size] = [`${stem}.${suffix}`, part(divisor)];
    const data = (length: number) => randomStream(`${flavour}/${fullHash}/${name}`, length);
    return { name, size, content: suffix === 'qcow2' ? makeQcow2(size, data) : data(size) };
  };
  if (stem.includes('ironic-python-agent')) return [member('initramfs', 5), member('kernel', 40)];
  return [member('qcow2', 1), member('initrd', 16), member('vmlinuz', 40)];
}
