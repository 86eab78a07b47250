import type { ServerHostKeyAlgorithm } from 'ssh2';
import { StoreError } from './error.ts';
import { fingerprintOf, judgeHostKey, type KnownKey } from './known-hosts.ts';

/**
 * Returns why a server's key is not to be trusted, or null. A key that nobody knows passes only with its fingerprint
 * told; where both a fingerprint and known keys are given, the key must satisfy both.
 * @param fingerprint as parseFingerprint returns it
 */
export function refuseHostKey(
  key: Buffer,
  known: readonly KnownKey[],
  fingerprint: string | undefined,
  where: string,
): StoreError | null {
  const shown = fingerprintOf(key);
  const verdict = judgeHostKey(known, key);
  if (verdict === 'revoked') {
    return new StoreError('host-key', `${where}: its host key ${shown} is revoked`, {
      next: "Ask the server's owner for its new key: whoever has the revoked one can pretend to be this server.",
    });
  }
  if (fingerprint !== undefined && fingerprint !== shown) {
    return new StoreError('host-key', `${where}: its host key is ${shown}, another one than the told ${fingerprint}`, {
      next:
        verdict === 'known'
          ? 'It is in known-hosts, so that known-hosts and the fingerprint name different keys: correct one of them.'
          : 'Find out which key it should have before you change the fingerprint: this may be another server.',
    });
  }
  if (verdict === 'changed') {
    return new StoreError('host-key', `${where}: its host key is ${shown}, another one than the known one`, {
      next: 'Find out why the key changed before you update known-hosts: this may be another server.',
    });
  }
  if (verdict === 'known' || fingerprint !== undefined) return null;
  return new StoreError('host-key', `${where}: its host key ${shown} is not known`, {
    next: `Compare the fingerprint with what the server's owner says, then add the line of "ssh-keyscan" to known-hosts.`,
  });
}

/** A server shows one key of its many: it must be asked for one of the kinds that are known of it. */
export function knownAlgorithms(known: readonly KnownKey[]): { serverHostKey?: ServerHostKeyAlgorithm[] } {
  const wanted = [...new Set(known.filter((entry) => !entry.revoked).map((entry) => entry.type))];
  const supported: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
    'ssh-ed25519': ['ssh-ed25519'],
    'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
    'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
    'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
    'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  };
  const serverHostKey = wanted.flatMap((type) => supported[type] ?? []);
  return serverHostKey.length === 0 ? {} : { serverHostKey };
}
