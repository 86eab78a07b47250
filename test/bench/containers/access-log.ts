/** What was asked of a registry, read from its access log. */
export interface RequestCounts {
  readonly total: number;
  /** By method and kind: `GET manifest`, `HEAD blob`, `POST mount`, `PATCH upload`. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Answers of 400 and more, besides 401 and 404, which are part of the protocol. */
  readonly refused: number;
  /** Bytes of the bodies of answers. */
  readonly bytesOut: number;
  /** The blob of each upload that was finished, once for each time. */
  readonly uploaded: readonly string[];
}

// Apache's combined form: host, two dashes or names, [time], "request", status, bytes, …
const line = /^\S+ \S+ \S+ \[[^\]]*\] "([A-Z]+) (\S+) [^"]*" (\d+) (\d+|-)/;

/** Returns the counts of a part of an access log in Apache's combined form, as distribution writes it. */
export function countRequests(log: string): RequestCounts {
  const byKind: Record<string, number> = {};
  const uploaded: string[] = [];
  let [total, refused, bytesOut] = [0, 0, 0];
  for (const text of log.split('\n')) {
    if (text === '') continue;
    const [, method = '', target = '', status = '', bytes = ''] = line.exec(text) ?? [];
    if (method === '') throw new Error(`not a line of an access log: ${text}`);
    const kind = `${method} ${kindOf(method, target)}`;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    total += 1;
    if (Number(status) >= 400 && status !== '401' && status !== '404') refused += 1;
    // The length of what a HEAD is about is not sent.
    if (method !== 'HEAD' && bytes !== '-') bytesOut += Number(bytes);
    if (kind === 'PUT upload' && status === '201')
      uploaded.push(new URLSearchParams(queryOf(target)).get('digest') ?? '');
  }
  return { total, byKind, refused, bytesOut, uploaded };
}

function kindOf(method: string, target: string): string {
  const path = target.split('?')[0] ?? '';
  if (/^\/v2\/?$/.test(path)) return 'ping';
  if (path.includes('/manifests/')) return 'manifest';
  if (path.includes('/referrers/')) return 'referrers';
  if (path.endsWith('/tags/list')) return 'tags';
  if (path.includes('/blobs/uploads/')) {
    return method === 'POST' && new URLSearchParams(queryOf(target)).has('mount') ? 'mount' : 'upload';
  }
  return path.includes('/blobs/') ? 'blob' : 'other';
}

function queryOf(target: string): string {
  return target.slice(target.indexOf('?') + 1);
}
