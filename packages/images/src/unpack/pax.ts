/** What the records of a pax header say that matters here. */
export interface PaxFacts {
  readonly path?: string;
  /** Bytes. */
  readonly size?: number;
  /** A key that tells of a sparse member. */
  readonly sparse?: string;
}

/**
 * Returns what the records of a pax extended header say, null where they are not such records. The tar library's own
 * parser drops the keys that tell of sparse members, and records with a line feed in their value.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ("pax Extended Header")
 */
export function parsePax(bytes: Buffer): PaxFacts | null {
  let facts: PaxFacts = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,9}$/.test(digits) || end <= space || end > bytes.length || bytes[end - 1] !== 0x0a) return null;
    const record = bytes.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) return null;
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') facts = { ...facts, path: value };
    if (key === 'size') {
      const size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(size)) return null;
      facts = { ...facts, size };
    }
    if (/^GNU\.sparse\.|^SCHILY\.realsize$/.test(key)) facts = { ...facts, sparse: key };
    at = end;
  }
  return facts;
}
