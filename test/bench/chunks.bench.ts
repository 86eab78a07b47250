import { createCipheriv, createHash } from 'node:crypto';
import { createIndexBuilder } from '../../packages/images/src/chunks/index-builder.ts';
import { startCutting } from '../../packages/images/src/chunks/cut.ts';
import { countPlan, planTransfer } from '../../packages/images/src/chunks/transfer-plan.ts';
import { measure } from './measure.ts';

const mib = 1024 * 1024;
const extents = 256;
const pieceSize = mib;

/**
 * An image of 256 MiB and its successor, in which one MiB of 16 is new and of another length, so that all behind it has
 * moved. The peer is sha256 alone: what anybody pays who checks the image.
 */
export async function bench(print: (line: string) => void): Promise<void> {
  const [old, next] = [makeImage(0), makeImage(1)];
  // The first rounds are for the compiler.
  for (let turn = 0; turn < 3; turn += 1) {
    const sha256 = await perSecond(next, createHash('sha256'));
    const cutting = await perSecond(next, startCutting({ chunk: () => undefined, zeros: () => undefined }));
    const builder = createIndexBuilder();
    const indexing = await perSecond(next, builder);
    if (turn < 2) continue;
    const earlier = createIndexBuilder();
    earlier.update(old);
    const index = builder.finish();
    const { source } = countPlan(planTransfer(index, [earlier.finish()]));
    const changed = (extents / 16) * mib;
    print(`sha256 alone: ${sha256.toFixed(0)} MB per CPU second`);
    print(`cutting alone: ${cutting.toFixed(0)}; ${(cutting / sha256).toFixed(2)} × sha256`);
    print(`index and sha256 in one pass: ${indexing.toFixed(0)}; ${(indexing / sha256).toFixed(2)} × sha256`);
    print(
      `next image: ${(source / 1e6).toFixed(1)} MB to send and an index of ${(index.bytes.length / 1e6).toFixed(2)} MB; ` +
        `${((source + index.bytes.length) / changed).toFixed(2)} × what is new in it`,
    );
  }
}

async function perSecond(image: Buffer, taker: { update(piece: Buffer): unknown }): Promise<number> {
  const { cpuMs } = await measure(() => {
    for (let from = 0; from < image.length; from += pieceSize) taker.update(image.subarray(from, from + pieceSize));
  });
  return image.length / 1000 / cpuMs;
}

function makeImage(version: number): Buffer {
  const parts = Array.from({ length: extents }, (_, extent) => {
    const isNew = version > 0 && extent % 16 === 7;
    const key = createHash('sha256').update(`${extent} ${isNew}`).digest();
    const length = isNew ? mib + ((extent * 7919) % 60_000) - 30_000 : mib;
    return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(length));
  });
  return Buffer.concat(parts);
}
