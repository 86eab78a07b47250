import type { ErrorWords } from '@tagflow/model';
import type { DlrnErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const dlrnErrorWords: Readonly<Record<DlrnErrorCode, ErrorWords>> = {
  unauthorized: {
    outcomes: ['invalid', 'failed'],
    means: 'DLRN wants a login, or does not take this one.',
    todo: 'Check username, password and auth-method; a new password goes into the secret DLRN_PASSWORD or the file.',
  },
  refused: {
    outcomes: ['failed', 'half-done'],
    means: 'DLRN does not let this user move this label, or the label cannot be removed.',
    todo: 'Have DLRN allow the user or the label, or choose another label.',
  },
  'not-found': {
    outcomes: ['invalid', 'failed'],
    means: 'The address is not that of a DLRN API or of a repository tree.',
    todo: 'Check dlrn.api-url (the part before /api/) and dlrn.repos-url.',
  },
  'nothing-there': {
    outcomes: ['invalid', 'failed'],
    means: 'DLRN does not know this hash, label or component, or has purged it.',
    todo: 'Check the name; take the hash from get-repo-hash; an unpinned label appears with its first promotion.',
  },
  unsupported: {
    outcomes: ['failed'],
    means: 'This DLRN is older than what it was asked for.',
    todo: 'Ask those who run it for a newer one, or do without that input.',
  },
  substituted: {
    outcomes: ['failed'],
    means: 'DLRN found nothing of what was asked for, and took something else without saying so.',
    todo: 'Look at the votes of the hash, and have the wrong one taken out.',
  },
  'invalid-request': {
    outcomes: ['failed'],
    means: 'DLRN calls the request wrong.',
    todo: 'Read its words in the message; where they make no sense, report it.',
  },
  purged: {
    outcomes: ['failed'],
    means: 'The build was purged and cannot be promoted any more.',
    todo: 'Choose a newer hash.',
  },
  'server-error': {
    outcomes: ['failed'],
    means: 'DLRN answered with a 5xx, again and again.',
    todo: "Look at the server's log; then run the same again.",
  },
  'unexpected-answer': {
    outcomes: ['waiting', 'failed'],
    means: 'Something answered, and not what was asked for: HTML, a broken file, another hash.',
    todo: 'Check the address: a login page or a proxy may stand before it.',
  },
  unreachable: {
    outcomes: ['waiting', 'failed'],
    means: 'DLRN does not answer.',
    todo: 'Run the same later; check address, proxy and certificates.',
  },
  'label-vanished': {
    outcomes: ['waiting'],
    means: 'DLRN lists the label as promoted, and its tree does not have it.',
    todo: "Try again; if it stays away, have the link in DLRN's tree looked at.",
  },
  'hash-changed': {
    outcomes: ['failed', 'half-done'],
    means: 'The label is not where the plan saw it: somebody else moves it.',
    todo: 'Make a new plan; tagflow doctor LABEL if nobody should have moved it.',
  },
  'component-left-over': {
    outcomes: ['failed'],
    means: 'The label keeps a component that the wanted aggregate lacks, so it can never become that aggregate.',
    todo: "Have the component's link removed on the server, or choose another hash.",
  },
  'not-promoted': {
    outcomes: ['failed', 'waiting'],
    means: 'The promotion did not happen; the label is where it was, read back.',
    todo: 'Do what the cause asks for, then run the same again.',
  },
  'half-promoted': {
    outcomes: ['half-done'],
    means: 'The promotion happened in part, or is not visible yet.',
    todo: 'tagflow resume LABEL.',
  },
  unclear: {
    outcomes: ['half-done'],
    means: 'The label is where it was, and the server may still carry out a promotion that nobody saw the end of.',
    todo: 'Wait until the server is idle, then tagflow resume LABEL.',
  },
  'bad-input': {
    outcomes: ['invalid'],
    means: "What was given to DLRN's client contradicts itself.",
    todo: 'Correct the input that the message names.',
  },
};
