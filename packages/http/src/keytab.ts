import { readFile } from 'node:fs/promises';
import { messageOf } from '@tagflow/model';
import { LoginError } from './login-error.ts';

/**
 * Returns the principal of a keytab's first key, such as `ciuser@EXAMPLE.ORG`: it is the one that GSS-API logs in as.
 * @throws LoginError `bad-keytab`
 */
export async function readKeytabPrincipal(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const next = 'Give the path of a keytab that this user may read.';
    throw new LoginError('bad-keytab', `keytab ${path} cannot be read: ${messageOf(cause)}`, next, cause);
  }
  const principal = firstPrincipal(bytes);
  if (principal !== null) return principal;
  throw new LoginError(
    'bad-keytab',
    `keytab ${path} is not a keytab, or holds no key`,
    'Make one with ktadd or ktutil; klist -k lists what is in it. A base64 text has to be decoded first.',
  );
}

// https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html, version 2: all numbers big-endian.
const version2 = 0x0502;

function firstPrincipal(bytes: Buffer): string | null {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== version2) return null;
  for (let at = 2; at + 4 <= bytes.length;) {
    const size = bytes.readInt32BE(at);
    // A negative size is a hole that a removed key left; zero ends the file.
    if (size > 0) return principalOf(bytes.subarray(at + 4, at + 4 + size));
    if (size === 0) return null;
    at += 4 - size;
  }
  return null;
}

function principalOf(entry: Buffer): string | null {
  try {
    const texts: string[] = [];
    let at = 2;
    for (let left = entry.readUInt16BE(0) + 1; left > 0; left -= 1) {
      const end = at + 2 + entry.readUInt16BE(at);
      texts.push(entry.toString('utf8', at + 2, end));
      at = end;
    }
    const [realm = '', ...components] = texts;
    return at > entry.length || components.length === 0 ? null : `${components.join('/')}@${realm}`;
  } catch (error) {
    // The entry ends before its names do.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
