import type { ErrorWords } from '@tagflow/model';
import type { OciErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const ociErrorWords: Readonly<Record<OciErrorCode, ErrorWords>> = {
  'bad-reference': {
    outcomes: ['invalid'],
    means: 'A registry, repository, tag or name pattern is written wrongly.',
    todo: 'Write it as the message shows.',
  },
  'bad-auth-file': {
    outcomes: ['invalid'],
    means: 'The docker config JSON, a credential helper or a certificate authority cannot be used.',
    todo: 'Correct the file of registry-auth.',
  },
  'bad-list': {
    outcomes: ['invalid'],
    means: 'The list of containers cannot be read, or is of another hash.',
    todo: 'Give the list that the build of this hash left.',
  },
  'empty-list': {
    outcomes: ['invalid'],
    means: 'There is no container, and an empty set is never promoted.',
    todo: 'Look at the job that built them, and at include and exclude.',
  },
  'missing-containers': {
    outcomes: ['failed'],
    means: 'The source lacks containers of the set.',
    todo: 'See whether their build pushed them, or exclude them by name.',
  },
  'not-found': {
    outcomes: ['invalid', 'failed'],
    means: 'The registry has no such repository, tag, manifest or layer.',
    todo: 'Check the name; stage the containers again: tag-and-push-containers.',
  },
  unauthorized: {
    outcomes: ['failed'],
    means: 'The registry wants a login, or does not take this one.',
    todo: 'Check the entry of this registry in registry-auth.',
  },
  denied: {
    outcomes: ['failed'],
    means: 'This user may not do that there.',
    todo: 'Ask for the right to write there.',
  },
  'rate-limited': {
    outcomes: ['waiting'],
    means: 'The registry counts requests, and the quota is used up or would not do.',
    todo: 'Run the same later, or log in with an account that may pull more; what is done is skipped.',
  },
  refused: {
    outcomes: ['invalid', 'failed'],
    means: 'The registry refuses the request.',
    todo: 'Read its words in the message.',
  },
  'unexpected-answer': {
    outcomes: ['waiting', 'failed'],
    means: 'Something answered, and not what was asked for.',
    todo: 'Check that the address is that of a registry; run the same later after a 5xx.',
  },
  'digest-mismatch': {
    outcomes: ['failed'],
    means: 'Bytes are not what their digest says.',
    todo: 'Run the same again; if it stays so, have the container pushed again.',
  },
  schema1: {
    outcomes: ['failed'],
    means: "The manifest is of Docker's schema 1, which registries no longer take.",
    todo: 'Build and push the container anew.',
  },
  'published-differently': {
    outcomes: ['failed'],
    means: 'The hash tag is there with other contents, and they are never overwritten.',
    todo: 'Find out which build is the right one; the other needs a new hash.',
  },
  'tag-changed': {
    outcomes: ['waiting', 'failed'],
    means: 'A tag is neither where the plan saw it nor where it should go.',
    todo: 'Make a new plan; tagflow doctor LABEL if nobody should have moved it.',
  },
  'tag-not-moved': {
    outcomes: ['failed'],
    means: 'The registry took the manifest, and the tag names another one.',
    todo: 'Run the same again; find out who else writes the tag.',
  },
  incomplete: {
    outcomes: ['waiting', 'failed'],
    means: 'Some containers failed; the message names them.',
    todo: 'Run the same again: what is done is skipped.',
  },
  impossible: {
    outcomes: ['failed'],
    means: 'A registry cannot do that: remove one tag of several, for one.',
    todo: 'Read the message; a tag that is left over does no harm.',
  },
  immutable: {
    outcomes: ['failed'],
    means: 'A rule of the registry keeps this tag from moving.',
    todo: 'Take the tag out of the rule, or promote to another label.',
  },
  'bad-archive': {
    outcomes: ['invalid', 'failed'],
    means: 'What a build left in files is not what it should be.',
    todo: 'Look at the job that wrote it.',
  },
  'not-created': {
    outcomes: ['waiting', 'failed'],
    means: "The registry's API would not make a repository.",
    todo: 'Give a token that may, or make it by hand.',
  },
};
