import { basicLogin, kerberosLogin, type KerberosOptions, type Login } from '@tagflow/http';
import { DlrnError } from './error.ts';

/** How DLRN lets its users in: by a password of its own, or by Kerberos (`Negotiate`). */
export type AuthMethod = 'basic' | 'kerberos';

/** What tagflow.yaml says of logging in. It is for both ways: a job may choose the other one. */
export interface LoginDefaults {
  readonly authMethod: AuthMethod;
  readonly username: string | null;
  readonly serverPrincipal: string | null;
}

/** What the inputs of one action say. */
export interface GivenLogin {
  readonly authMethod?: AuthMethod | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The path of a file. */
  readonly keytab?: string | undefined;
  readonly serverPrincipal?: string | undefined;
}

export interface LoginRequest {
  readonly given: GivenLogin;
  /** What counts where nothing is given; null without a tagflow.yaml. */
  readonly configured: LoginDefaults | null;
  readonly env: KerberosOptions['env'];
}

/** A login, or the names of all inputs that are missing for it. */
export type LoginFound = { readonly login: Login } | { readonly missing: readonly ('username' | 'password')[] };

/**
 * Returns how to log in at a DLRN. Nothing is asked yet.
 * @throws DlrnError `bad-input` when the inputs contradict each other; LoginError `bad-keytab`, `bad-principal`. All of
 * them are `invalid`
 */
export async function findLogin({ given, configured, env }: LoginRequest): Promise<LoginFound> {
  const method = methodOf({ given, configured });
  refuseOtherWay(method, given);
  const { username = configured?.username ?? undefined, password, keytab } = given;
  if (method === 'kerberos') {
    const serverPrincipal = given.serverPrincipal ?? configured?.serverPrincipal ?? undefined;
    const login = await kerberosLogin({
      env,
      ...(keytab === undefined ? {} : { keytab }),
      ...(serverPrincipal === undefined ? {} : { serverPrincipal }),
    });
    return { login };
  }
  if (username !== undefined && password !== undefined) return { login: basicLogin({ username, password }) };
  return {
    missing: [
      ...(username === undefined ? (['username'] as const) : []),
      ...(password === undefined ? (['password'] as const) : []),
    ],
  };
}

/** Returns the way to log in that {@link findLogin} takes. */
export function methodOf({ given, configured }: Pick<LoginRequest, 'given' | 'configured'>): AuthMethod {
  return given.authMethod ?? configured?.authMethod ?? 'basic';
}

/** What is given and would not be used: somebody believes to be logged in as another one, or at another server. */
function refuseOtherWay(method: AuthMethod, { username, password, keytab, serverPrincipal }: GivenLogin): void {
  const useless = Object.entries(
    method === 'kerberos' ? { username, password } : { keytab, 'server-principal': serverPrincipal },
  ).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (useless.length === 0) return;
  const other = method === 'kerberos' ? 'basic' : 'kerberos';
  const [inputs, are] = useless.length === 1 ? ['input', 'is'] : ['inputs', 'are'];
  const names = useless.map((name) => `"${name}"`).join(' and ');
  throw new DlrnError('bad-input', `${inputs} ${names} ${are} for auth-method ${other}, and auth-method is ${method}`, {
    outcome: 'invalid',
    next:
      `Give auth-method ${other} (or auth-method: ${other} under dlrn: in tagflow.yaml), or no ${useless.join(' and no ')}` +
      `${method === 'kerberos' ? ': a keytab, or the ticket that kinit left, says who logs in' : ''}.`,
  });
}
