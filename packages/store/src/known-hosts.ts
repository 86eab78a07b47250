import { createHash, createHmac } from 'node:crypto';

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
