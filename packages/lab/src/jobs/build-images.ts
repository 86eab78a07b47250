import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FullHash } from '@tagflow/model';
import { randomStream } from '../random.ts';
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
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

/**
 * Writes the disk images of a hash: tar files of a qcow2, an initrd and a kernel, each with its `.md5` beside it as
 * md5sum writes it. The same hash and flavour give the same bytes. Returns the paths of the tar files.
 * @throws Error when `files` is empty or names something else than a tar file.
 */
export async function buildImages(options: BuildImagesOptions): Promise<readonly string[]> {
  const { files, outDir, signal, write } = options;
  const wrong = files.find((file) => !/^[\w.-]+\.tar$/.test(file));
  if (wrong !== undefined) throw new Error(`image file "${wrong}" is not a plain name that ends in .tar`);
  if (files.length === 0) throw new Error('no images to build: the list of files is empty');
  await mkdir(outDir, { recursive: true });
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
  return paths;
}

function membersOf(file: string, options: BuildImagesOptions): readonly TarMember[] {
  const { fullHash, sizeBytes = 4 << 20, flavour = 'centos' } = options;
  const stem = file.slice(0, -'.tar'.length);
  const member = (suffix: string, size: number, head: Buffer = Buffer.alloc(0)): TarMember => {
    const name = `${stem}.${suffix}`;
    return { name, size, content: withHead(head, randomStream(`${flavour}/${fullHash}/${name}`, size - head.length)) };
  };
  const part = (divisor: number): number => Math.max(4096, Math.floor(sizeBytes / divisor));
  if (stem.includes('ironic-python-agent')) return [member('initramfs', part(5)), member('kernel', part(40))];
  return [member('qcow2', part(1), qcow2Header(part(1))), member('initrd', part(16)), member('vmlinuz', part(40))];
}

async function* withHead(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

// A version 3 header of an image of that size, after QEMU's docs/interop/qcow2: what `file` and importers look at.
function qcow2Header(size: number): Buffer {
  const header = Buffer.alloc(104);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(size), 24);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(104, 100);
  return header;
}
