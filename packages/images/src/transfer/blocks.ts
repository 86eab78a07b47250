/** Bytes of one read or write, at most. Large enough that neither a request nor a system call counts. */
export const blockSize = 4 * 1024 * 1024;

/** Buffers of one block each, which are used again: a transfer needs as much memory for a terabyte as for a gigabyte. */
export interface BlockPool {
  take(): Buffer;
  giveBack(block: Buffer): void;
}

export function createBlockPool(): BlockPool {
  const spare: Buffer[] = [];
  return {
    take: () => spare.pop() ?? Buffer.allocUnsafeSlow(blockSize),
    giveBack: (block) => void spare.push(block),
  };
}

const zeroPage = Buffer.alloc(64 * 1024);

/**
 * Returns the parts of `bytes` that are not zeros, as offsets from `start` to `end`, in steps of 64 KiB. What is left
 * out becomes a hole.
 */
export function spansOfData(bytes: Buffer): readonly { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += zeroPage.length) {
    const end = Math.min(start + zeroPage.length, bytes.length);
    if (zeroPage.compare(bytes, start, end, 0, end - start) === 0) continue;
    const last = spans.at(-1);
    if (last?.end === start) last.end = end;
    else spans.push({ start, end });
  }
  return spans;
}

/** Hands over `length` zeros, a page at a time. */
export function feedZeros(length: number, sink: (bytes: Uint8Array) => void): void {
  for (let left = length; left > 0; left -= zeroPage.length)
    sink(zeroPage.subarray(0, Math.min(left, zeroPage.length)));
}
