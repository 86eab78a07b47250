/** Why a key of the old promoter is not in tagflow.yaml, and what to do. */
export interface KnownKey {
  readonly why: string;
  readonly todo?: string;
}

const logs: KnownKey = {
  why: 'there is no log of its own: all is said in the log of the job that runs it',
  todo: 'Look at the log of the CI system; what was decided is in the ledger.',
};
const list: KnownKey = {
  why: 'where the list of containers comes from is an input of the action that copies them',
  todo: 'The default is the list of tripleo-common at the commit of the hash; else tripleo-list-url of tag-and-push-containers, with {sha}.',
};
const staging: KnownKey = {
  why: 'a setting of the staging environment',
  todo: 'Use tagflow lab up: it makes a whole world on this machine.',
};
const connection: KnownKey = { why: 'a part of dlrn.api-url, which the old files say as a whole' };
const roots: KnownKey = { why: 'a folder of the machine that the old promoter ran on' };

/** What the old promoter knew and tagflow.yaml does not say, by the beginning of its path: the longest one counts. */
const knownKeys: Readonly<Record<string, KnownKey>> = {
  latest_hashes_count: {
    why: 'no number is needed: all candidates that are newer than what the label names are looked at',
    todo: 'Nothing: a label never goes back, however many candidates there are.',
  },
  dry_run: {
    why: 'a dry run is an input of every action, and no setting of a release',
    todo: 'Give --dry-run, or dry-run: true, until you trust it.',
  },
  create_previous: {
    why: 'previous-<label> is always kept, because a rollback goes there; the old promoter did not read this key either',
    todo: 'Expect the label previous-<label> beside each label, for packages, containers and images.',
  },
  log_file: logs,
  log_level: { why: 'how much is said is an input of every action', todo: 'Give --log-level, or log-level.' },
  log_levels: { why: 'a misspelling of log_level, which the old promoter did not read' },
  log_root: logs,
  container_push_logfile: logs,
  containers_list_base_url: list,
  containers_list_path: list,
  containers_list_exclude_config: {
    why: 'a URL that the old promoter read at each run; what is excluded is written in tagflow.yaml here',
    todo: 'Get the file and give it to this command as one more file, or write exclude in the phases.',
  },
  build_method: { why: 'containers are those of the list; how they were built does not matter' },
  base_container_images: { why: 'the list of containers says which there are', todo: 'See that the list has them.' },
  containers: { why: 'a setting of the old container promotion' },
  'containers.containers_list_base_url': list,
  'containers.containers_list_path': list,
  'containers.containers_list_exclude_config': {
    why: 'a URL that the old promoter read at each run; what is excluded is written in tagflow.yaml here',
    todo: 'Get the file and give it to this command as one more file, or write exclude in the phases.',
  },
  'containers.build_method': { why: 'containers are those of the list; how they were built does not matter' },
  'containers.container_preffix': { why: 'containers do not move in this release (allowed_clients)' },
  'containers.images-suffix': staging,
  'containers.root': staging,
  'containers.namespace_prefix': staging,
  container_preffix: { why: 'containers do not move in this release (allowed_clients)' },
  exclude_ppc_containers: {
    why: 'containers that one architecture lacks need no list: another one that is missing is a warning',
  },
  exclude_containers: { why: 'of another release or distribution, or containers do not move' },
  source_namespace: { why: 'containers do not move in this release (allowed_clients), or registries name their own' },
  target_namespace: { why: 'containers do not move in this release (allowed_clients), or registries name their own' },
  manifest_push: { why: 'containers do not move in this release (allowed_clients)' },
  ppc_manifests: { why: 'containers do not move in this release (allowed_clients)' },
  ppc_manifest: { why: 'a misspelling of ppc_manifests, which the old promoter did not read' },
  target_registries_push: { why: 'containers do not move in this release (allowed_clients)' },
  registries: {
    why: 'a setting of one registry that tagflow does not need: it asks the registry which forms it knows',
  },
  'overcloud_images.qcow_images': {
    why: 'what belongs to a hash is what its folder holds, with its checksums in set.json',
    todo: 'To have files refused that are missing, name them as files under build.images of the phase.',
  },
  'overcloud_images.qcow_servers': { why: 'another server than default_qcow_server, or a detail of its client' },
  overcloud_images: { why: 'images do not move in this release (allowed_clients)' },
  default_qcow_server: { why: 'images do not move in this release (allowed_clients), or there is no such list' },
  dockerfile_root: { why: 'the client for Dockerfiles was never on in production' },
  dlrn_api_host: connection,
  dlrn_api_port: connection,
  dlrn_api_scheme: connection,
  dlrn_api_endpoint: connection,
  base_url: { why: 'repo_url says where the repositories are' },
  username: { why: 'dlrnauth_username says the user' },
  distro: { why: 'distro_name and distro_version say it' },
  promoter_user: { why: 'the user of the machine that the old promoter ran on' },
  config_root: roots,
  environment_config_root: roots,
  global_config_root: roots,
  stage_root: roots,
  stage_info_file: staging,
  stage_info_path: staging,
  stage_config_file: staging,
  db_data_file: staging,
  scenes: staging,
  dlrn: staging,
  promotions: { why: 'a key of a promotion that the old promoter did not read' },
};

/** Returns what is known of a key, by its path as people write it. */
export function knownKey(key: string): KnownKey | null {
  if (key.endsWith('.keypath')) {
    return {
      why: 'where a key lies is no setting of a release',
      todo: 'Give that file as --ssh-key-file; at GitHub it is the secret SSH_KEY.',
    };
  }
  const parts = key.split(/\.|(?=\[)/);
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('.').replaceAll('.[', '[');
    const found = Object.hasOwn(knownKeys, name) ? knownKeys[name] : undefined;
    if (found !== undefined) return found;
  }
  return null;
}
