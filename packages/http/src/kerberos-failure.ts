import { LoginError, type LoginErrorCode } from './login-error.ts';

/** Who was to log in where, for messages. */
export interface KerberosPlace {
  /** The server's principal, such as `HTTP/trunk.example.org`; with its realm only where somebody gave that. */
  readonly service: string;
  /** Whether somebody gave the principal; else it is the host of the URL. */
  readonly isNamed: boolean;
  /** The path of the keytab; null when a ticket was to be there. */
  readonly keytab: string | null;
}

interface Rule {
  readonly words: RegExp;
  readonly code: LoginErrorCode;
  readonly what: string;
  readonly next: string;
}

// What MIT Kerberos says of its errors, by the texts of its error tables (lib/krb5/error_tables). They are all there
// is: the numbers behind them do not come out of curl.
const rules: readonly Rule[] = [
  {
    words: /clock skew/i,
    code: 'clock-skew',
    what: "this machine's clock and the KDC's are too far apart",
    next: 'Set the clock (chrony, NTP): Kerberos tolerates five minutes.',
  },
  {
    words: /ticket (?:has )?expired/i,
    code: 'ticket-expired',
    what: 'the ticket has expired',
    next: 'Run kinit again, or give a keytab: its tickets are renewed by themselves.',
  },
  {
    words: /integrity check failed|preauthentication failed|password incorrect|key version|no suitable keys/i,
    code: 'bad-keytab',
    what: "the KDC does not take the keytab's key any more",
    next: 'Have a new keytab made: changing a key or a password invalidates the old one.',
  },
  {
    words: /server .*not found in kerberos database|server not found/i,
    code: 'no-service',
    what: 'the KDC does not know this server',
    next:
      'Where the URL has an alias, give server-principal with the own name of the server, such as ' +
      'HTTP/dlrn.example.org; else check domain_realm in krb5.conf.',
  },
  {
    words: /not found in kerberos database|revoked|has expired|not yet valid|KDC policy/i,
    code: 'refused-by-kdc',
    what: 'the KDC does not let this principal in',
    next: 'Ask whoever runs the KDC.',
  },
  {
    words: /cannot contact any KDC/i,
    code: 'kdc-unreachable',
    what: 'no KDC answers',
    next: 'Try again later, or check the network and the kdc lines of krb5.conf.',
  },
  {
    words: /cannot find KDC|cannot determine realm|configuration file|default realm/i,
    code: 'kerberos-failed',
    what: 'Kerberos is not set up on this machine',
    next: 'Put the realm and its KDCs into /etc/krb5.conf, or name another file: KRB5_CONFIG.',
  },
];

const checkName =
  'Check server-principal: its host, and its realm, which has to be one that trusts that of the user. klist -k on the ' +
  "server's keytab lists its names.";

/**
 * Returns the error for a token that GSS-API did not make.
 * @param said everything that curl said
 */
export function kerberosFailure(said: string, { service, isNamed, keytab }: KerberosPlace): LoginError {
  const words = reasonOf(said);
  const rule = rules.find((one) => one.words.test(words));
  const of = `Kerberos for ${service}${keytab === null ? '' : ` with keytab ${keytab}`}`;
  const told = words === '' ? '' : ` (${words})`;
  if (rule !== undefined) {
    const next = rule.code === 'no-service' && isNamed ? checkName : rule.next;
    return new LoginError(rule.code, `${of}: ${rule.what}${told}`, next);
  }
  if (keytab === null && /no (?:kerberos )?credentials|credentials cache|cannot find mechanisms/i.test(words)) {
    return new LoginError('no-ticket', `${of}: there is no ticket${told}`, 'Run kinit before, or give a keytab.');
  }
  const next = keytab === null ? 'See what klist says.' : `See what kinit -k -t ${keytab} says.`;
  return new LoginError('kerberos-failed', `${of}: no token was made${told}`, next);
}

// One line of curl's own: `* gss_init_sec_context() failed: <what GSS-API says>. <what the mechanism says>. `, where
// the first half is the same for a keytab that is out of date and a KDC that is down.
function reasonOf(said: string): string {
  const line = /^\* gss_\w+\(\) failed: (.*)$/m.exec(said)?.[1]?.trim() ?? /^curl: .*$/m.exec(said)?.[0] ?? '';
  const [, minor] = /^(?:No credentials were supplied[^.]*|Unspecified GSS failure)\. +(.+)$/.exec(line) ?? [];
  const text = minor?.replace(/^Minor code may provide more information\.? */, '') ?? line;
  return text.replace(/\.$/, '');
}
