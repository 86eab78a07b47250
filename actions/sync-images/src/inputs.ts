import type { InputSpecs } from '@tagflow/action-kit';

// As store has them; a test compares. To import them would load all of it before an input is checked.
const storeSchemes = ['file', 'http', 'https', 'sftp'] as const;

const modes = ['fetch', 'publish', 'mirror', 'verify', 'prune', 'link'] as const;
export type Mode = (typeof modes)[number];

export const inputs = {
  mode: {
    type: 'enum',
    options: modes,
    required: true,
    description:
      'What is done: fetch images to this machine, publish built ones under their hash (with a plan: stage it), mirror a ' +
      'hash to another store, ' +
      'verify a hash byte by byte, prune old hashes that no link keeps, or link a label to a hash.',
  },
  source: {
    type: 'url',
    schemes: storeSchemes,
    description:
      'Where images come from: a store (fetch, mirror), or the folder of the built files (publish); with a plan either, and ' +
      'what it lacks comes from the other stores of the phase. Default: what the phase says.',
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
    default: 'plain',
    description:
      'Where the hashes are below the root of a store given by URL: a template that ends in {hash}, over {release} and ' +
      '{distro}, or one of the layouts plain, rdo, rdo-2017, build-system (whose pin is label), downstream, flat.',
  },
  'link-layout': {
    type: 'string',
    description:
      'The link of a label below the root of a store given by URL, over {release}, {distro} and {label}. Default: that ' +
      'of layout, or beside the hashes.',
  },
  set: {
    type: 'list',
    description: 'Paths of set.json files with parts of the set, such as the images and the containers of two jobs.',
  },
  plan: {
    type: 'file',
    description:
      'The path of a plan of promote-symlink, made with dry-run: its hash and its set are meant. publish stages its images ' +
      'and the set.json of the whole set in every store that it moves links in, and reads them back; verify only reads. ' +
      'No label moves before promote-symlink applies it, so link, mirror and label do not go with a plan, nor do set and ' +
      'files. Default of phase: the one that moves its label.',
  },
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
  unpack: {
    type: 'boolean',
    default: 'false',
    description: 'Puts the members of fetched .tar images beside them: the qcow2, the kernel, the ramdisk.',
  },
  'cache-max-gb': {
    type: 'integer',
    min: 0,
    default: '0',
    description:
      'How many gigabytes of disk the cache may take; what was not used for longest goes. 0: what the disk has.',
  },
  'cache-max-age': {
    type: 'duration',
    default: '14d',
    description: 'How long a file stays in the cache after its last use.',
  },
  builder: {
    type: 'string',
    description:
      'Who built the files that no set describes yet, for set.json. Default: the address of the CI run, where there is one.',
  },
  'older-than': {
    type: 'duration',
    default: '10d',
    description: 'How long ago anything of a hash must have been written for it to be pruned.',
  },
  'keep-latest': {
    type: 'integer',
    min: 0,
    default: '0',
    description: 'How many of the newest hashes are not pruned, whatever their age.',
  },
  unlinked: {
    type: 'boolean',
    default: 'false',
    description:
      'Prunes a store in which no link leads to any hash, which is refused otherwise: the layout may be wrong.',
  },
  'ssh-key': { type: 'secret', description: 'A private key without passphrase, in OpenSSH form, for sftp: stores.' },
  'known-hosts': { type: 'file', description: 'The known_hosts file for sftp:// image stores.' },
  'host-key': {
    type: 'string',
    description:
      'The fingerprint of the key of the sftp:// servers that are given by URL, such as SHA256:AbC…, instead of known-hosts.',
  },
} as const satisfies InputSpecs;

export const outputs = {
  set: 'The path of a set.json with the images that were fetched, published, mirrored or verified; with a plan, its whole set.',
  files:
    'Where the images are: a URL, one a line for several stores; for prune, the directories that were removed, or would be.',
  previous: 'The hash that the link named before (link, mirror); empty when there was no link.',
  'bytes-moved': 'Bytes that travelled.',
  'bytes-saved': 'Bytes that were there already: in the store, the cache, or a part of an earlier run.',
} as const;
