import type { InputSpecs } from '@tagflow/action-kit';
import { storeSchemes } from '@tagflow/store';

const modes = ['fetch', 'publish', 'mirror', 'verify', 'prune', 'link'] as const;
export type Mode = (typeof modes)[number];

export const inputs = {
  mode: {
    type: 'enum',
    options: modes,
    required: true,
    description:
      'What is done: fetch images to this machine, publish built ones under their hash, mirror a hash to another store, ' +
      'verify a hash byte by byte, prune old hashes that no link keeps, or link a label to a hash.',
  },
  source: {
    type: 'url',
    schemes: storeSchemes,
    description:
      'Where images come from: a store (fetch, mirror), or the folder of the built files (publish). Default: what the ' +
      'phase says.',
  },
  destination: {
    type: 'url',
    schemes: storeSchemes,
    description:
      'The store that is written to, verified or pruned; for fetch a folder as a file: URL, by default one of the ' +
      "action's own. Default: what the phase says.",
  },
  release: { type: 'string', description: 'The release, such as master. Default: that of config, or of the set.' },
  distro: { type: 'string', description: 'The distribution, such as centos9. Default: that of config.' },
  'full-hash': {
    type: 'string',
    description: 'The hash, from get-repo-hash. Default: that of set or plan, or what label names.',
  },
  label: {
    type: 'string',
    description:
      'The label whose hash is meant (fetch, verify), or whose link is moved (link, and mirror in the mirror alone).',
  },
  files: { type: 'list', description: 'The names of the images. Default: those of the phase, or all.' },
  layout: {
    type: 'string',
    default: '{release}/{hash}',
    description: 'The directory of a hash below the root of a store given by URL, over {release}, {distro} and {hash}.',
  },
  'link-layout': {
    type: 'string',
    default: '{release}/{label}',
    description: 'The link of a label below the root of a store given by URL, over {release}, {distro} and {label}.',
  },
  set: {
    type: 'list',
    description: 'Paths of set.json files with parts of the set, such as the images and the containers of two jobs.',
  },
  plan: { type: 'file', description: 'The path of a plan of promote-symlink: its hash and its set are meant.' },
  visibility: {
    type: 'enum',
    options: ['public', 'internal'],
    description:
      'Who may see files that no set describes yet. internal ones never reach a public store. Default: that of the phase, or public.',
  },
  'destination-visibility': {
    type: 'enum',
    options: ['public', 'internal'],
    default: 'public',
    description: 'Who can read a destination that is given by URL. A store of config says that itself.',
  },
  cache: {
    type: 'path',
    description:
      'A folder that keeps fetched files under their digests; jobs may share it. Default: that of the phase, or none.',
  },
  'older-than': {
    type: 'duration',
    default: '10d',
    description: 'How long ago a hash must have been published to be pruned.',
  },
  'ssh-key': { type: 'secret', description: 'A private key without passphrase, in OpenSSH form, for sftp: stores.' },
  'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// image stores.' },
} as const satisfies InputSpecs;
