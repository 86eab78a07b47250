import type { InputSpecs } from '@tagflow/action-kit';

/** The inputs of tag-and-push-containers, in the order of the README. */
export const inputs = {
  source: {
    type: 'string',
    description:
      'Where the containers are: a URL such as https://registry.example/namespace, the name of a registry in config, or what a build left: oci:DIR, oci-archive:FILE, docker-archive:FILE, with {name} in the path where each container has its own. Default: what the phase says.',
  },
  destinations: {
    type: 'list',
    description: 'Where they are copied to: URLs, or names of registries in config. Default: what the phase says.',
  },
  'optional-destinations': {
    type: 'list',
    description: 'Those of the destinations whose failure is a warning and a debt. Default: what the phase says.',
  },
  containers: {
    type: 'list',
    description:
      'Names of containers, or the path or URL of one list: containers-built.log or any text with one a line, a JSON array, or the YAML of tripleo-common.',
  },
  'containers-from': {
    type: 'enum',
    options: ['list', 'set', 'tripleo-common', 'namespace'],
    description:
      'Who says which containers belong to the hash. list: containers. set: the set that is given or that the source has published for the hash. tripleo-common: its list at the Source Sha that versions.csv of repo-url names. namespace: every repository of the source. Default: list where containers is given, else set.',
  },
  'tripleo-list-url': {
    type: 'string',
    description:
      "Where tripleo-common's list is, with {sha} for its commit. Default: tripleo_containers.yaml at opendev.org.",
  },
  'repo-url': {
    type: 'url',
    description:
      'The directory of the hash, as get-repo-hash gave it: its versions.csv is read for tripleo-common. Default: that of set.',
  },
  include: {
    type: 'list',
    description: 'Only these of the containers: names, in which * stands for anything. Default: all.',
  },
  exclude: {
    type: 'list',
    description:
      'Containers that are left out, each with a reason after a colon if you like, in which there is no comma: "neutron-mlnx-agent: not built". What the phase excludes is left out, too.',
  },
  arches: {
    type: 'list',
    description:
      'Architectures whose tags (<source-tag>_<arch>) make one image for all, such as x86_64, ppc64le. The first has to be there; another one that is missing is a warning. Default: what the phase says, else whatever the source-tag names.',
  },
  signatures: {
    type: 'enum',
    options: ['true', 'false'],
    description:
      'Copy signatures and attestations along, also those that came after their container. Default: what the phase says, else false.',
  },
  'name-pattern': {
    type: 'string',
    default: '{name}',
    description:
      'How a container is called in registries that are given as URLs, and in files of a build, such as openstack-{name}.',
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
      'More tags for the containers in the destinations. A label of config is refused, and with plan any: promote-symlink moves it.',
  },
  set: {
    type: 'list',
    description:
      'Paths of set.json files. The containers in them are copied by their digests, whatever the tags say now.',
  },
  plan: {
    type: 'file',
    description:
      'A plan of promote-symlink, made with dry-run: its containers are staged by its digests, whatever the tags say now, and read back. They get the tag of their hash and no other: labels move when promote-symlink applies the plan. It goes with none of containers, containers-from, include, exclude, source-tag, arches, set and tags; what the phase excludes or assembles was decided when it was made. Default of phase: the one that moves its label.',
  },
  ca: {
    type: 'file',
    description:
      'A PEM file with the certificate authority of registries that have their own, trusted besides the usual ones.',
  },
  'create-repositories': {
    type: 'list',
    description:
      'Those of the destinations that are a quay and where missing repositories are made public before the first push. Default: those that config marks.',
  },
  'quay-token': {
    type: 'secret',
    description: "An OAuth token for quay's API, for create-repositories. No other registry sees it.",
  },
  'registry-auth': {
    type: 'secret',
    description:
      'Credentials as a docker config JSON, credential helpers included. Default: the file of REGISTRY_AUTH_FILE, DOCKER_CONFIG or ~/.docker.',
  },
  concurrency: {
    type: 'integer',
    default: '16',
    min: 1,
    max: 64,
    description: 'How many containers, and how many uploads, go at the same time. A registry that says 429 gets fewer.',
  },
} as const satisfies InputSpecs;

export const outputs = {
  set: 'The path of a set.json that holds the digests of the containers.',
  containers:
    'The path of a JSON file that tells of each container why it belongs to the hash, and of each destination what was done, or with dry-run would be.',
  copied: 'How many containers were copied, summed over the destinations; with dry-run, how many would be.',
  tagged: 'How many tags were written besides that of the hash; with dry-run, how many would be.',
  missing: 'The containers that the source lacks, with commas between them. Nothing was written then.',
  debts: 'What optional destinations are owed, one sentence a line; empty when nothing.',
  'bytes-moved': 'Bytes of layers that were uploaded.',
  'bytes-saved': 'Bytes of layers that a destination had already, or took over from another repository of its own.',
  requests: 'How many requests were sent to registries.',
  'ratelimit-remaining': 'Pulls that a registry which counts them (docker.io) has left; empty where none does.',
} as const;
