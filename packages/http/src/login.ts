import type { Credentials } from './hop.ts';

/** Proves to a server who asks. */
export interface Login {
  readonly method: 'basic' | 'kerberos';
  /** Who that is, for messages, such as `user ciuser`. */
  readonly who: string;
  /**
   * Returns the Authorization header of one sending to a URL; it may be good for that one only.
   * @throws LoginError when there is nothing to prove it with; the signal's reason when it is aborted
   */
  authorize(url: URL, signal: AbortSignal): Promise<string>;
}

/** Returns the login of a user with a password. */
export function basicLogin({ username, password }: Credentials): Login {
  const header = basicHeader({ username, password });
  return { method: 'basic', who: `user ${username}`, authorize: () => Promise.resolve(header) };
}

/** Returns the Authorization header of a user with a password. */
export function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
