type Headers = Readonly<Record<string, string>>;

/** What a version says of a file. */
interface Known {
  /** Without the sign of weakness. */
  readonly etag: string | null;
  readonly isStrong: boolean;
  readonly modified: string | null;
  readonly size: number | null;
}

/**
 * Returns the version of a file as the head of an answer tells it: a strong ETag alone, else a weak one, the size and
 * Last-Modified together. Null where it tells neither ETag nor time.
 * @param size bytes of the whole file; null where the answer does not say
 */
export function versionOf(headers: Headers, size: number | null): string | null {
  const { etag, isStrong } = etagOf(headers);
  if (etag !== null && isStrong) return etag;
  const modified = modifiedOf(headers);
  if (size === null || (etag === null && modified === null)) return null;
  return `${etag === null ? '-' : `W/${etag}`} ${size} ${modified ?? '-'}`;
}

/**
 * Returns what If-Range says for a version: a strong ETag or a time, never a weak ETag (RFC 9110, 13.1.5). Null where
 * there is nothing to be said: then only the answer's own headers tell which file it is of.
 */
export function ifRangeOf(version: string): string | null {
  const known = parse(version);
  return known !== null && known.isStrong ? known.etag : (known?.modified ?? null);
}

/**
 * Whether an answer is of the version, as far as its headers tell. A 206 that was asked for with If-Range may leave out
 * Last-Modified, and many caches leave out more: `unproved` is one that tells nothing that could be compared.
 * @param size bytes of the whole file as the answer says; null where it does not
 */
export function compareVersion(
  version: string,
  headers: Headers,
  size: number | null,
): 'same' | 'different' | 'unproved' {
  const known = parse(version);
  if (known === null) return 'different';
  const { etag } = etagOf(headers);
  const modified = modifiedOf(headers);
  const differs =
    (known.size !== null && size !== null && known.size !== size) ||
    (known.etag !== null && etag !== null && known.etag !== etag) ||
    (known.modified !== null && modified !== null && known.modified !== modified);
  if (differs) return 'different';
  const proved = (known.etag !== null && etag !== null) || (known.modified !== null && modified !== null);
  return proved ? 'same' : 'unproved';
}

function parse(version: string): Known | null {
  if (strongEtag.test(version)) return { etag: version, isStrong: true, modified: null, size: null };
  const [, weak = '', size = '', modified = ''] = /^(-|W\/"[^" ]*") (\d+) (.+)$/.exec(version) ?? [];
  if (size === '') return null;
  return {
    ...{ etag: weak === '-' ? null : weak.slice(2), isStrong: false },
    ...{ modified: modified === '-' ? null : modified, size: Number(size) },
  };
}

const strongEtag = /^"[\x21\x23-\x7e]*"$/;

function etagOf({ etag = '' }: Headers): Pick<Known, 'etag' | 'isStrong'> {
  const opaque = etag.replace(/^W\//, '');
  // Some servers leave out the quotes: nobody can send that back.
  return strongEtag.test(opaque) ? { etag: opaque, isStrong: opaque === etag } : { etag: null, isStrong: false };
}

function modifiedOf({ 'last-modified': modified }: Headers): string | null {
  const isTime = modified !== undefined && /^[\x20-\x7e]+$/.test(modified) && !Number.isNaN(Date.parse(modified));
  return isTime ? modified : null;
}
