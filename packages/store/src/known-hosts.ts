import { createHash, createHmac } from 'node:crypto';
import { StoreError } from './error.ts';

/** The key of one known_hosts line that is meant for a host. */
export interface KnownKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
  /** An `@revoked` line: this key must never be accepted. */
  readonly revoked: boolean;
}

/**
 * Returns the keys that a known_hosts text (sshd(8), «SSH_KNOWN_HOSTS FILE FORMAT») gives for a host: plain, hashed
 * and pattern names. Lines of certificate authorities are left out, host certificates are not supported.
 */
export function knownKeysOf(text: string, host: string, port: number): readonly KnownKey[] {
  const name = port === 22 ? host : `[${host}]:${port}`;
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names = '', type = '', key = ''] = fields;
    if (names === '' || names.startsWith('#') || key === '' || marker === '@cert-authority') return [];
    if (!namesHost(names, name)) return [];
    return [{ type, key: Buffer.from(key, 'base64'), revoked: marker === '@revoked' }];
  });
}

/** Returns `SHA256:` and base64 of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Returns a told fingerprint in the form of {@link fingerprintOf}: `SHA256:` in front and `=` at the end may be missing
 * or there.
 * @throws StoreError `host-key` for anything else, also MD5
 */
export function parseFingerprint(text: string): string {
  const digest = /^(?:SHA256:)?([A-Za-z0-9+/]{43})=?$/.exec(text.trim())?.[1];
  if (digest !== undefined) return `SHA256:${digest}`;
  const isMd5 = /^(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/i.test(text.trim());
  throw new StoreError(
    'host-key',
    isMd5
      ? `the host key fingerprint ${text.trim()} is an MD5 one: MD5 can be forged, so it proves nothing`
      : `the host key fingerprint ${JSON.stringify(text)} is not "SHA256:" and 43 characters of base64`,
    { next: 'Give the line of "ssh-keygen -l -E sha256 -f KEY.pub" on the server: the word that begins with SHA256:.' },
  );
}

export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

/** Tells whether a server's key is the one that is known for it. */
export function judgeHostKey(known: readonly KnownKey[], key: Buffer): HostKeyVerdict {
  const same = known.filter((entry) => entry.key.equals(key));
  if (same.some((entry) => entry.revoked)) return 'revoked';
  if (same.length > 0) return 'known';
  return known.some((entry) => !entry.revoked) ? 'changed' : 'unknown';
}

function namesHost(names: string, host: string): boolean {
  if (names.startsWith('|')) return hashedNameIs(names, host);
  const patterns = names.split(',');
  const matches = (pattern: string): boolean => matchesPattern(pattern.toLowerCase(), host.toLowerCase());
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return patterns.some((pattern) => matches(pattern));
}

function hashedNameIs(hashed: string, host: string): boolean {
  const [, version, salt = '', expected] = hashed.split('|');
  return version === '1' && createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === expected;
}

/** `*` is any text and `?` any one character; without a regular expression, so that no pattern can be slow. */
function matchesPattern(pattern: string, text: string): boolean {
  let reachable = new Set([0]);
  for (const mark of pattern) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (mark === '*') for (let end = at; end <= text.length; end++) next.add(end);
      else if (at < text.length && (mark === '?' || mark === text[at])) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(text.length);
}
