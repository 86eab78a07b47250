import type { CommonInputs, InputSpecs, InputValues } from '@tagflow/action-kit';
import type { UpgradeKind } from '@tagflow/featureset';

// As featureset has them; a test compares. To import them would load all of it before an input is checked.
const upgradeKinds = [
  'overcloud-upgrade',
  'ffu-overcloud-upgrade',
  'undercloud-upgrade',
  'ffu-undercloud-upgrade',
  'standalone-upgrade',
  'ffu-standalone-upgrade',
  'minor-update',
  'overcloud-update',
] as const satisfies readonly UpgradeKind[];

export const inputs = {
  config: {
    type: 'path',
    description:
      'The tagflow.yaml of the release. Inputs that are given win over what it says, but for release and distro, which ' +
      'it is about.',
  },
  release: {
    type: 'string',
    description:
      'The release, such as master, wallaby or rhos-17.1. With distro it names the repository and its API on dlrn-host.',
  },
  distro: { type: 'string', description: 'The distribution and its version, such as centos9 or rhel9.' },
  label: {
    type: 'string',
    description:
      'The label to look up, such as consistent. Default: what the phase pins from, promotes from or hands off.',
  },
  component: {
    type: 'string',
    description: "Look up this component's own label, such as that of tripleo, not the one of the whole repository.",
  },
  'dlrn-host': {
    type: 'url',
    description:
      'What stands before the names of repositories and APIs, as dlrn_url of tripleo-get-hash. Default: ' +
      'https://trunk.rdoproject.org. Required for rhel.',
  },
  'dlrn-url': {
    type: 'url',
    description:
      'The DLRN API, the part before /api/, of a repository that repos-url or config names. Needed for as-of, and for an ' +
      'aggregate that is given without repo-url.',
  },
  'repos-url': {
    type: 'url',
    description: 'The base of the repository tree, such as https://trunk.rdoproject.org/centos9-master.',
  },
  'full-hash': {
    type: 'string',
    description: 'Skip the look-up: check that this hash exists, and tell the rest about it.',
  },
  'repo-url': { type: 'url', description: 'The immutable directory of full-hash.' },
  against: {
    type: 'string',
    description: 'A label to compare with, for is-new. Default: the label that the phase promotes to.',
  },
  'as-of': {
    type: 'string',
    description: 'What the label named at this time, such as 2026-01-31T12:00:00Z, by the promotions in DLRN.',
  },
  'component-files': {
    type: 'boolean',
    description: 'Write a hash_info.sh for each component of an aggregate, too. Costs a request for each.',
  },
  'server-principal': {
    type: 'string',
    description:
      'What Kerberos calls the server of the DLRN API, such as HTTP/dlrn.example.org, for those who read hash_info.sh, ' +
      'and to log in with auth-method kerberos. Default: what tagflow.yaml says; else HTTP/ and the host of the API.',
  },
  upgrade: {
    type: 'enum',
    options: upgradeKinds,
    description: 'Look up all hashes that such a job to release needs, for releases-file, instead of one label.',
  },
  periodic: {
    type: 'boolean',
    description: 'The upgrade is to what is to be promoted (tripleo-ci-testing), not to what was (current-tripleo).',
  },
  'content-provider-hashes': {
    type: 'string',
    description:
      'Hashes that take the place of what was promoted in an upgrade, as branch:hash;branch:hash. Every one has to be used.',
  },
  username: {
    type: 'string',
    description:
      'The user at DLRN, for auth-method basic, where its API answers nobody else. Default: what tagflow.yaml says.',
  },
  password: {
    type: 'secret',
    description: 'The password at DLRN, for auth-method basic: with username, or where tagflow.yaml protects reads.',
  },
  'auth-method': {
    type: 'enum',
    options: ['basic', 'kerberos'],
    description: 'How to log in at DLRN, where that is needed to read. Default: what tagflow.yaml says, else basic.',
  },
  keytab: { type: 'file', description: 'The keytab for auth-method kerberos. Default: the ticket that kinit left.' },
} as const satisfies InputSpecs;

export type Given = InputValues<typeof inputs & CommonInputs>;

export const outputs = {
  'full-hash': 'The name of the build: what directories and container tags are called.',
  'repo-url': 'The immutable directory of the build. It travels with full-hash.',
  'commit-hash': 'The 40 digits of the commit; nothing for an aggregate.',
  'distro-hash': 'The 40 digits of the packaging commit; nothing for an aggregate.',
  'extended-hash': 'The extended hash, where the build has one.',
  'aggregate-hash': 'The md5 of an aggregate of components; nothing for a single build.',
  component: 'The component, when one was looked up.',
  release: 'The release, as release or config says.',
  distro: 'The distribution, as distro or config says.',
  'source-url': 'The file that was read.',
  'is-new': 'true when the label against names another build, or is not there yet; false when it names this one.',
  'hash-info': 'The path of hash_info.sh, which exports the hash and where it is from to a shell.',
  'component-files': 'The folder of the files <component>_hash_info.sh, when they were asked for.',
  full_hash: 'As full-hash, under the name that tripleo-get-hash has; so are the next four.',
  commit_hash: 'As commit-hash.',
  distro_hash: 'As distro-hash.',
  extended_hash: 'As extended-hash.',
  dlrn_url: 'As source-url.',
  'releases-file': 'The path of releases.sh, which exports the releases and hashes of an upgrade job to a shell.',
} as const;
