import type { InputSpecs } from '@tagflow/action-kit';

export const inputs = {
  'full-hash': {
    type: 'string',
    description: 'The hash whose set is delivered. Default: what the label names now.',
  },
  label: {
    type: 'string',
    description: 'The label that the set was promoted to; default: that of config. It has to name the hash still.',
  },
  release: { type: 'string', description: 'The release, such as master; it has to be that of the set.' },
  distro: { type: 'string', description: 'The distribution, for the manifest. Default: that of config.' },
  set: {
    type: 'list',
    description: 'Paths of set.json files; default: the set in the registries and image stores of the label.',
  },
  statement: {
    type: 'file',
    description:
      'The statement of promote-symlink; it is delivered beside the set. Without it the ledger tells of the promotion, ' +
      'or DLRN.',
  },
  destination: {
    type: 'url',
    schemes: ['file', 'sftp', 'https', 'http'],
    description: 'The folder to deliver to, or the web hook (http: on this machine only); default: as in config.',
  },
  visibility: {
    type: 'enum',
    options: ['public', 'internal'],
    description:
      'public: nothing internal is delivered or named. internal: the receiver may have everything. ' +
      'Default: that of config, where the destination is too, else public.',
  },
  again: {
    type: 'boolean',
    default: 'false',
    description:
      'Deliver though the hash was delivered there before. What is there is not changed: in a folder, a manifest that ' +
      'differs gets a folder of its own beside it.',
  },
  auth: { type: 'secret', description: 'The key of the signatures (HMAC with SHA-256) for a web hook.' },
  ledger: {
    type: 'string',
    description: 'Where deliveries are remembered: sqlite:PATH or postgres://…. Default: what tagflow.yaml says.',
  },
  username: { type: 'string', description: 'The user at a DLRN that answers its users only.' },
  password: { type: 'secret', description: 'The password at a DLRN that answers its users only.' },
  'registry-auth': {
    type: 'secret',
    description: 'A docker config JSON for registries that are not public. Default: the docker config file.',
  },
  'ssh-key': { type: 'secret', description: 'The private key for an sftp destination, and for sftp image stores.' },
  'known-hosts': { type: 'file', description: 'The known_hosts file for sftp.' },
} as const satisfies InputSpecs;

export const outputs = {
  manifest: 'The path of the manifest: what was delivered, with everything pinned.',
  digest: 'The digest of the manifest, sha256:…, which names the delivery.',
  acknowledgement:
    'Where the receiver has it: the URL of the manifest after it was read back, or the web hook that took it.',
  receipt: 'The path of a file with what the receiver said of it, as JSON; none while it has said nothing.',
} as const;
