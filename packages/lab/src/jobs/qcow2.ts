/** How the clusters of a file are used, in the order in which they stand in it; each number is one of clusters. */
interface Layout {
  /** Bytes. */
  readonly cluster: number;
  readonly refcountTable: number;
  readonly refcountBlocks: number;
  readonly l1: number;
  readonly l2: number;
  readonly data: number;
}

/** The least bytes that {@link makeQcow2} can make. */
export const smallestQcow2 = 4096;

/**
 * Yields a qcow2 of version 3 (QEMU's docs/interop/qcow2), `size` bytes long, whose disk is allocated whole and holds
 * the bytes of `dataOf`, which is asked for as many as fit beside the tables.
 * @throws RangeError when `size` is less than {@link smallestQcow2}
 */
export async function* makeQcow2(
  size: number,
  dataOf: (size: number) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (size < smallestQcow2) throw new RangeError(`a qcow2 of ${size} bytes has no room for data`);
  const layout = layoutOf(size);
  const { cluster, refcountTable, refcountBlocks, l1, l2, data } = layout;
  const refcountBlocksAt = 1 + refcountTable;
  const l1At = refcountBlocksAt + refcountBlocks;
  const l2At = l1At + l1;
  const dataAt = l2At + l2;
  const used = dataAt + data;
  yield header(layout, l1At);
  yield table(refcountTable, cluster, refcountBlocks, (index) => BigInt((refcountBlocksAt + index) * cluster));
  yield ones(refcountBlocks * cluster, used);
  yield table(l1, cluster, l2, (index) => ownedOnce((l2At + index) * cluster));
  yield table(l2, cluster, data, (index) => ownedOnce((dataAt + index) * cluster));
  yield* dataOf(data * cluster);
  // What is no whole cluster, or has no table to stand in: nobody refers to it.
  yield Buffer.alloc(size - used * cluster);
}

function layoutOf(size: number): Layout {
  const bits = Math.min(16, Math.max(9, Math.floor(Math.log2(size / 64))));
  const cluster = 2 ** bits;
  const total = Math.floor(size / cluster);
  const refcountBlocks = Math.ceil((total * 2) / cluster);
  const refcountTable = Math.ceil((refcountBlocks * 8) / cluster);
  const room = total - 1 - refcountTable - refcountBlocks;
  for (let data = room; ; data -= 1) {
    const l2 = Math.ceil((data * 8) / cluster);
    const l1 = Math.ceil((l2 * 8) / cluster);
    if (data + l1 + l2 <= room) return { cluster, refcountTable, refcountBlocks, l1, l2, data };
  }
}

function header({ cluster, refcountTable, l2, data }: Layout, l1At: number): Buffer {
  const bytes = Buffer.alloc(cluster);
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(Math.log2(cluster), 20);
  bytes.writeBigUInt64BE(BigInt(data * cluster), 24);
  bytes.writeUInt32BE(l2, 36);
  bytes.writeBigUInt64BE(BigInt(l1At * cluster), 40);
  bytes.writeBigUInt64BE(BigInt(cluster), 48);
  bytes.writeUInt32BE(refcountTable, 56);
  bytes.writeUInt32BE(4, 96); // refcounts of 16 bits
  bytes.writeUInt32BE(104, 100);
  return bytes;
}

function table(clusters: number, cluster: number, entries: number, entryOf: (index: number) => bigint): Buffer {
  const bytes = Buffer.alloc(clusters * cluster);
  for (let index = 0; index < entries; index += 1) bytes.writeBigUInt64BE(entryOf(index), index * 8);
  return bytes;
}

/** The highest bit says that the refcount is exactly one. */
function ownedOnce(offset: number): bigint {
  return BigInt(offset) | (1n << 63n);
}

function ones(size: number, count: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < count; index += 1) bytes.writeUInt16BE(1, index * 2);
  return bytes;
}
