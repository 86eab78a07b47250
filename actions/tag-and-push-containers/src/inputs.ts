import type { InputSpecs } from '@tagflow/action-kit';

/** The inputs of tag-and-push-containers, in the order of the README. */
export const inputs = {
  source: {
    type: 'string',
    description:
      'Where the containers are: a URL such as https://registry.example/namespace, or the name of a registry in config.',
  },
  destinations: {
    type: 'list',
    description: 'Where they are copied to: URLs, or names of registries in config.',
  },
  'optional-destinations': {
    type: 'list',
    description: 'Those of the destinations whose failure is a warning only.',
  },
  containers: {
    type: 'list',
    description:
      'Names of containers, or the path of a file with one a line, such as containers-built.log. Default: those of the set, or of the set that the source has published for the hash.',
  },
  exclude: { type: 'list', description: 'Names of containers that are left out.' },
  'name-pattern': {
    type: 'string',
    default: '{name}',
    description: 'How a container is called in registries that are given as URLs, such as openstack-{name}.',
  },
  'plain-http': {
    type: 'boolean',
    default: 'false',
    description: 'Allow http:// URLs for registries that are not on this machine.',
  },
  'full-hash': {
    type: 'string',
    description: 'The hash that the containers belong to, from get-repo-hash. Default: that of set or plan.',
  },
  release: { type: 'string', description: 'The release that the set is of. Default: that of set, plan or config.' },
  'source-tag': {
    type: 'string',
    description: 'The tag that the containers have in the source. Default: the full hash.',
  },
  tags: {
    type: 'list',
    description:
      'More tags for the containers in the destinations. A label of config is refused: promote-symlink moves it.',
  },
  set: {
    type: 'list',
    description:
      'Paths of set.json files. The containers in them are copied by their digests, whatever the tags say now.',
  },
  plan: { type: 'file', description: 'A plan of promote-symlink: its set is staged.' },
  'registry-auth': {
    type: 'secret',
    description:
      'Credentials as a docker config JSON. Default: the file of REGISTRY_AUTH_FILE, DOCKER_CONFIG or ~/.docker.',
  },
  concurrency: {
    type: 'integer',
    default: '8',
    min: 1,
    max: 64,
    description: 'How many containers, and how many uploads, go at the same time.',
  },
} as const satisfies InputSpecs;
