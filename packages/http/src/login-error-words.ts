import type { ErrorWords } from '@tagflow/model';
import type { LoginErrorCode } from './login-error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const loginErrorWords: Readonly<Record<LoginErrorCode, ErrorWords>> = {
  'no-curl': {
    outcomes: ['invalid'],
    means: 'Kerberos needs the program curl.',
    todo: 'Install it on the machine that runs the job.',
  },
  'no-gss': {
    outcomes: ['invalid'],
    means: 'This curl was built without Kerberos.',
    todo: 'Install one that has GSS-API in curl --version.',
  },
  'bad-keytab': {
    outcomes: ['invalid'],
    means: 'The keytab cannot be read, or holds no valid key.',
    todo: 'Give the present keytab.',
  },
  'bad-principal': {
    outcomes: ['invalid'],
    means: "What was given as the server's principal is none.",
    todo: 'Write HTTP/host, with @REALM where it is needed.',
  },
  'no-ticket': {
    outcomes: ['invalid'],
    means: 'There is no Kerberos ticket.',
    todo: 'kinit, or give a keytab.',
  },
  'ticket-expired': {
    outcomes: ['invalid'],
    means: 'The ticket has ended.',
    todo: 'kinit, or give a keytab.',
  },
  'refused-by-kdc': {
    outcomes: ['failed'],
    means: 'The KDC does not know the principal, or does not let it in.',
    todo: 'Check the principal; ask for a new keytab after a key change.',
  },
  'no-service': {
    outcomes: ['failed'],
    means: 'The KDC does not know the server.',
    todo: 'Check server-principal: it may be that of an alias.',
  },
  'clock-skew': {
    outcomes: ['failed'],
    means: 'The clocks of this machine and the KDC differ too much.',
    todo: 'Set the clock of this machine.',
  },
  'kdc-unreachable': {
    outcomes: ['waiting'],
    means: 'No KDC answered.',
    todo: 'Run the same later; check the network and krb5.conf.',
  },
  'kerberos-failed': {
    outcomes: ['failed'],
    means: 'Kerberos failed in another way.',
    todo: 'Read its words in the message.',
  },
};
