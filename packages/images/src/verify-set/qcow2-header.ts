/** What the header of a qcow2 says, or why it is none that can be used. */
export type Qcow2Facts = { readonly virtualSize: number; readonly version: number } | { readonly problem: string };

/** As far as headers reach, with the name of a backing file: qemu writes all of it into the first cluster. */
export const longestHeader = 64 * 1024;

const magic = 'QFI\u00fb';

/** Tells whether a file begins as a qcow2 does. */
export function isQcow2(start: Buffer): boolean {
  return start.toString('latin1', 0, 4) === magic;
}

/**
 * Returns what the header of a qcow2 says. The form is that of QEMU's docs/interop/qcow2: numbers are big-endian; version
 * 2 has 72 bytes, version 3 at least 104 and says how many.
 * @param start the first bytes of the file, up to {@link longestHeader}
 * @param size of the file in bytes
 */
export function readQcow2Header(start: Buffer, size: number): Qcow2Facts {
  if (!isQcow2(start)) return { problem: 'it does not begin as a qcow2 does' };
  if (start.length < 72) return { problem: `it has ${start.length} bytes, and the header of a qcow2 has at least 72` };
  const version = start.readUInt32BE(4);
  if (version !== 2 && version !== 3) return { problem: `its qcow2 version is ${version}, expected 2 or 3` };
  const clusterBits = start.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) return { problem: `its cluster bits are ${clusterBits}, expected 9 to 21` };
  const length = headerLength(start, version);
  if (length === null || length % 8 !== 0 || length > 2 ** clusterBits) {
    return { problem: `its header length is ${length ?? 'missing'}, expected 104 or more, in one cluster` };
  }
  const virtualSize = Number(start.readBigUInt64BE(24));
  if (virtualSize === 0) return { problem: 'its virtual size is 0' };
  const backing = backingFile(start);
  if (backing !== null) return { problem: `it needs another file, ${backing}, and an image has to stand alone` };
  const encryption = start.readUInt32BE(32);
  if (encryption !== 0) return { problem: `it is encrypted (method ${encryption})` };
  if (version === 3) {
    const features = start.readBigUInt64BE(72);
    if ((features & 1n) !== 0n) return { problem: 'it is marked dirty: it was not closed when it was written' };
    if ((features & 2n) !== 0n) return { problem: 'it is marked corrupt' };
    if ((features & 4n) !== 0n) return { problem: 'its data lie in another file' };
  }
  const table = Number(start.readBigUInt64BE(40));
  const entries = start.readUInt32BE(36);
  const cluster = 2 ** clusterBits;
  if (table % cluster !== 0 || table + 8 * entries > size) {
    return { problem: `its table of clusters is at byte ${table}, and it has ${size} bytes` };
  }
  // An entry of the first table names a cluster full of entries that name one each.
  const needed = Math.ceil(virtualSize / (cluster * (cluster / 8)));
  if (entries < needed) return { problem: `its table of clusters has ${entries} entries, and needs ${needed}` };
  return { virtualSize, version };
}

function headerLength(start: Buffer, version: number): number | null {
  if (version === 2) return 72;
  if (start.length < 104) return null;
  const length = start.readUInt32BE(100);
  return length < 104 ? null : length;
}

/** Returns the name of the backing file, null where there is none. */
function backingFile(start: Buffer): string | null {
  const offset = Number(start.readBigUInt64BE(8));
  if (offset === 0) return null;
  const name = start.toString('utf8', offset, offset + Math.min(start.readUInt32BE(16), 1023));
  return name === '' ? 'whose name cannot be read' : JSON.stringify(name.slice(0, 200));
}
