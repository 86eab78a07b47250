import { createHash, generateKeyPairSync } from 'node:crypto';

export interface SshKeys {
  /** In OpenSSH's own form, without passphrase. */
  readonly privateKey: string;
  /** As SSH sends it: the type and the key, each with its length. */
  readonly publicKey: Buffer;
}

/**
 * Returns a new ed25519 key pair in the form of OpenSSH's PROTOCOL.key. Made here because ssh2 1.17's own generator
 * drops a zero byte at the beginning of a public key, so that one key in 256 cannot be read.
 */
export function generateSshKeys(): SshKeys {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const secret = Buffer.from(d ?? '', 'base64url');
  const point = Buffer.from(x ?? '', 'base64url');
  const publicKey = Buffer.concat([string('ssh-ed25519'), string(point)]);
  // Two equal numbers, by which a reader of an encrypted key sees that its passphrase was right.
  const check = Buffer.alloc(8);
  const section = Buffer.concat([check, publicKey, string(Buffer.concat([secret, point])), string('')]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (section.length % 8)) % 8));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[string('none'), string('none'), string(''), uint32(1), string(publicKey)],
    string(Buffer.concat([section, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return { privateKey: [begin, ...lines, end, ''].join('\n'), publicKey };
}

/** Returns `SHA256:` and base64 of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(publicKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: string | Buffer): Buffer {
  return Buffer.concat([uint32(value.length), Buffer.from(value)]);
}
