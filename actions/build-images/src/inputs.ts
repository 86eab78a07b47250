import type { InputSpecs } from '@tagflow/action-kit';

/** The inputs of build-images, in the order of the README. */
export const inputs = {
  kind: { type: 'enum', options: ['images', 'containers'], default: 'images', description: 'What is built.' },
  'full-hash': { type: 'string', required: true, description: 'The hash to build, from get-repo-hash.' },
  'repo-url': {
    type: 'url',
    description:
      'The immutable directory of the hash, from get-repo-hash. Its delorean.repo is read, checked, and handed to the builder as the file TAGFLOW_REPO_FILE.',
  },
  release: { type: 'string', description: 'The release, such as master; default: that of config.' },
  distro: { type: 'string', description: 'The distribution, such as centos9; default: that of config.' },
  command: {
    type: 'string',
    description:
      'The command line of the builder; no shell reads it, and it is told what to build by TAGFLOW_* variables.',
  },
  files: { type: 'list', description: 'The image files that the builder has to leave in TAGFLOW_OUT_DIR.' },
  containers: {
    type: 'list',
    description:
      'Names of containers that the builder has to build; one that is missing fails the build. Default: any.',
  },
  evidence: {
    type: 'enum',
    options: ['required', 'none'],
    description:
      'Whether the builder has to show which hash it built: for images by the delorean.repo that it used, or a file full-hash, in TAGFLOW_OUT_DIR; for containers by their tags in a registry or in files. What it shows has to be right either way. Default: that of config, or required.',
  },
  'base-image': {
    type: 'string',
    description:
      'What the builder starts from; it is told by TAGFLOW_BASE_IMAGE. With set the name of an image in it, whose file is checked; default: that of config.',
  },
  set: { type: 'list', description: 'Paths of set.json files: the set that base-image is an image of.' },
  'base-folder': {
    type: 'url',
    schemes: ['file'],
    description: 'The folder where the images of set are, as the output files of sync-images in mode fetch says it.',
  },
  visibility: {
    type: 'enum',
    options: ['public', 'internal'],
    description:
      'Who may see what is built: internal never reaches a public store. Default: that of config, or public.',
  },
  builder: {
    type: 'string',
    description: 'Who builds the images, for set.json. Default: the address of the CI run, where there is one.',
  },
  rebuild: {
    type: 'boolean',
    default: 'false',
    description: 'Build even what is published for the hash already. The new files have to be the same ones.',
  },
  'registry-auth': {
    type: 'secret',
    description: 'A docker config JSON, to see what is in the registry. Default: the docker config file.',
  },
  timeout: { type: 'duration', description: 'The time limit of the builder; default: that of config, or 4h.' },
} as const satisfies InputSpecs;

export const outputs = {
  set: 'The path of a set.json with the images that were built (kind images).',
  files: 'The folder of the image files, as a file: URL (kind images).',
  containers: 'The path of the list of containers that were built, a line "name tag" for each (kind containers).',
  source:
    'Where tag-and-push-containers finds the containers: oci:DIR, oci-archive:FILE or docker-archive:FILE; empty for what the builder pushed itself (kind containers).',
  'name-pattern': 'How source calls the containers; empty without source (kind containers).',
  build: 'The path of build.json: what was built, when and by whom, from which inputs, with digests.',
  'log-url': 'Where the log of the builder is.',
} as const;
