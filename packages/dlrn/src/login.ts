import { basicLogin, kerberosLogin, type KerberosOptions, type Login } from '@tagflow/http';
import { DlrnError } from './error.ts';

/** How DLRN lets its users in: by a password of its own, or by Kerberos (`Negotiate`). */
export type AuthMethod = 'basic' | 'kerberos';

/** What was given to log in with. */
export interface LoginRequest {
  readonly method: AuthMethod;
  readonly username?: string | null | undefined;
  readonly password?: string | undefined;
  /** The path of a file. */
  readonly keytab?: string | undefined;
  readonly env: KerberosOptions['env'];
}

/** A login, or the name of the input that is missing for it. */
export type LoginFound = { readonly login: Login } | { readonly missing: 'username' | 'password' };

/**
 * Returns how to log in at a DLRN. Nothing is asked yet.
 * @throws DlrnError `bad-input` when the inputs contradict each other; LoginError `bad-keytab`
 */
export async function findLogin({ method, username, password, keytab, env }: LoginRequest): Promise<LoginFound> {
  if (method === 'kerberos')
    return { login: await kerberosLogin({ env, ...(keytab === undefined ? {} : { keytab }) }) };
  if (keytab !== undefined) {
    throw new DlrnError('bad-input', 'input "keytab" is for auth-method kerberos, and auth-method is basic', {
      outcome: 'invalid',
      next: 'Give auth-method kerberos (or auth-method: kerberos under dlrn: in tagflow.yaml), or no keytab.',
    });
  }
  if (password === undefined) return { missing: 'password' };
  if (username === undefined || username === null) return { missing: 'username' };
  return { login: basicLogin({ username, password }) };
}
