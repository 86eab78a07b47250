/** Reads bytes of an image; fewer than asked for only at its end. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

const longestHeader = 104;

/**
 * Returns why a file is no qcow2 that stands for itself, as a phrase; null when it is one. Only the header is read, after
 * QEMU's docs/interop/qcow2: an image that was cut short shows in the places that it names.
 * @param size bytes of the file
 */
export async function qcow2Problem(read: ReadAt, size: number): Promise<string | null> {
  const header = await read(0, longestHeader);
  if (header.length < 72 || header.toString('latin1', 0, 4) !== 'QFI\xfb')
    return 'is no qcow2: it does not begin as one';
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) return `is a qcow2 of version ${version}, and not of 2 or 3`;
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) return `is a broken qcow2: its clusters have 2^${clusterBits} bytes`;
  const tables = [
    { what: 'L1 table', at: header.readBigUInt64BE(40), bytes: BigInt(header.readUInt32BE(36)) * 8n },
    {
      what: 'refcount table',
      at: header.readBigUInt64BE(48),
      bytes: BigInt(header.readUInt32BE(56)) << BigInt(clusterBits),
    },
  ];
  for (const { what, at, bytes } of tables) {
    if (at + bytes > BigInt(size))
      return `is a qcow2 that was cut short: its ${what} ends at byte ${at + bytes} of ${size}`;
  }
  if (header.readBigUInt64BE(24) === 0n) return 'is a qcow2 whose disk has no bytes';
  if (header.readBigUInt64BE(8) !== 0n) return 'is a qcow2 that needs another file (its backing file): convert it';
  return null;
}
