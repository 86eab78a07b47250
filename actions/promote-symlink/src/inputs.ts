import type { CommonInputs, InputSpecs, InputValues } from '@tagflow/action-kit';

export const inputs = {
  config: {
    type: 'file',
    required: true,
    description: 'The tagflow.yaml of the release: it names the destinations.',
  },
  phase: {
    type: 'string',
    description: 'The phase of tagflow.yaml, such as upstream. Default: the one that moves target-label.',
  },
  mode: {
    type: 'enum',
    options: ['promote', 'pin', 'follow', 'rollback', 'repair', 'resume'],
    default: 'promote',
    description:
      'promote: decide by the votes, then move every kind. pin: move only the repository label, without votes. ' +
      'follow: take containers and images of the pinned label to the hash, if the label still names it. ' +
      'rollback: go back, by default to what the label named before; the label is frozen, and the set that it left is held. ' +
      'repair: apply a plan of tagflow doctor. resume: end what was interrupted, and make all kinds agree.',
  },
  'full-hash': {
    type: 'string',
    description: 'Judge this hash alone. Without it: the newest candidate that may be promoted.',
  },
  'repo-url': {
    type: 'url',
    description: 'The directory of the hash, as get-repo-hash gave it. It has to fit full-hash.',
  },
  'target-label': { type: 'string', description: 'The label that moves. Default: what the phase says.' },
  'candidate-label': {
    type: 'string',
    description: 'The label whose hashes are candidates. Default: what the phase says.',
  },
  component: { type: 'string', description: 'The component whose own labels move. Default: what the phase says.' },
  set: {
    type: 'list',
    description: 'Files that hold the set or parts of it (set.json). Default: what was published.',
  },
  plan: { type: 'file', description: 'Apply this plan, made earlier with dry-run, exactly as it is.' },
  criteria: { type: 'list', description: 'Jobs that all have to succeed, or none. Default: what the phase says.' },
  'policy-dir': {
    type: 'path',
    description: 'The folder with waivers, holds and freezes. Default: what tagflow.yaml says, else policy beside it.',
  },
  destinations: {
    type: 'list',
    description:
      'Names of registries and image stores of the phase: only these move, and the label in DLRN. What is left out keeps ' +
      'what it has. Needs a reason. Default: all of the phase.',
  },
  ledger: {
    type: 'string',
    description: 'Where promotions are remembered: sqlite:PATH or postgres://…. Default: what tagflow.yaml says.',
  },
  reason: {
    type: 'string',
    description:
      'Why, for the record. Required for a rollback. With it a promotion is one by hand: it moves a frozen label too.',
  },
  username: {
    type: 'string',
    description: 'Who promotes at DLRN, for auth-method basic. Default: what tagflow.yaml says.',
  },
  password: { type: 'secret', description: 'The password at DLRN, for auth-method basic.' },
  'auth-method': {
    type: 'enum',
    options: ['basic', 'kerberos'],
    description:
      'How to log in at DLRN. basic: username and password. kerberos: keytab, or the ticket that kinit left, by curl. ' +
      'Default: what tagflow.yaml says.',
  },
  keytab: {
    type: 'file',
    description: 'The keytab for auth-method kerberos; its first principal logs in, and no kinit is needed.',
  },
  'server-principal': {
    type: 'string',
    description:
      'For auth-method kerberos: what Kerberos calls the server, such as HTTP/dlrn.example.org, where the API has the ' +
      'name of an alias. Default: what tagflow.yaml says, else HTTP/ and the host of the API.',
  },
  'registry-auth': {
    type: 'secret',
    description: 'A docker config JSON with the credentials of the registries. Default: the docker config file.',
  },
  'ssh-key': { type: 'secret', description: 'The private key for sftp:// image stores.' },
  'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// image stores.' },
} as const satisfies InputSpecs;

export type Given = InputValues<typeof inputs & Omit<CommonInputs, keyof typeof inputs>>;

export const outputs = {
  release: 'The release.',
  label: 'The label that was to move.',
  'full-hash': 'The hash that was judged, pinned or promoted.',
  'previous-hash': 'The hash that the label named before.',
  verdict: 'The verdict with all its reasons, as JSON.',
  plan: 'The file that holds the plan.',
  debts: 'What somebody still has to do, one sentence a line; empty when nothing.',
  'promotion-id': 'The promotion in the ledger.',
  'flip-ms': 'How long the flip took, in milliseconds: readers of several labels could see a mix so long.',
  statement: 'The file that holds the in-toto statement of the promotion.',
  policy: 'The file with the freeze and the hold that a rollback left, for policy-dir: there they outlive the ledger.',
} as const;
