import { LoginError } from './login-error.ts';

/** A server as Kerberos knows it, such as `HTTP/dlrn.example.org@EXAMPLE.ORG`. */
export interface ServerPrincipal {
  readonly service: string;
  /** In lower case, as Kerberos writes hosts. */
  readonly host: string;
  /** Null where krb5.conf or the KDC is to know it. */
  readonly realm: string | null;
}

// The parts become an argument of curl and a line of a krb5.conf.
const pattern =
  /^([A-Za-z][A-Za-z0-9_-]*)\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?:@([A-Za-z0-9][A-Za-z0-9._-]*))?$/;

/**
 * Returns the parts of a server's principal.
 * @throws LoginError `bad-principal`
 */
export function parseServerPrincipal(text: string): ServerPrincipal {
  const [, service, host, realm = null] = pattern.exec(text) ?? [];
  if (service !== undefined && host !== undefined) return { service, host: host.toLowerCase(), realm };
  throw new LoginError(
    'bad-principal',
    `server-principal ${JSON.stringify(text)} is not the principal of a server: expected HTTP/, its host name and, ` +
      'where it is needed, @ and its realm, such as HTTP/dlrn.example.org@EXAMPLE.ORG',
    'Ask whoever runs the DLRN; klist -k on its keytab lists the names that it answers to.',
  );
}

/** Returns the principal as Kerberos writes it. */
export function formatServerPrincipal({ service, host, realm }: ServerPrincipal): string {
  return `${service}/${host}${realm === null ? '' : `@${realm}`}`;
}

/**
 * Returns the krb5.conf that has a server known by just this name: a name that was given is not looked up again, and
 * its realm is not guessed.
 */
export function krb5ConfOf({ host, realm }: ServerPrincipal): string {
  const exact = '[libdefaults]\n  dns_canonicalize_hostname = false\n  rdns = false\n  qualify_shortname = ""\n';
  return `${exact}${realm === null ? '' : `[domain_realm]\n  ${host} = ${realm}\n`}`;
}
