import { pythonBase64 } from './python-base64.ts';

/** Who may write. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/**
 * Returns whether a header `Authorization` carries these credentials, read as loosely as Flask-HTTPAuth does: whatever
 * the scheme is called, and whatever follows the padding.
 */
export function hasCredentials(header: string | undefined, { username, password }: Account): boolean {
  const [, encoded = ''] = /^[^ ]* (.*)$/.exec(header ?? '') ?? [];
  return pythonBase64(encoded)?.toString() === `${username}:${password}`;
}
