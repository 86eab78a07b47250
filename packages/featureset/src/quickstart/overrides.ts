import { FeaturesetError } from '../error.ts';
import type { Layer } from './compose.ts';
import { isList, type Value } from './value.ts';

/** What a job may change of its featureset: the list of tripleo-ci's role run-test. */
export const overridable: readonly string[] = [
  ...['artg_repos_dir', 'baremetal_provision', 'cirros_image', 'dlrn_hash_tag', 'dlrn_hash_tag_newest', 'extra_args'],
  ...['enable_fips', 'promote_source', 'run_tempest', 'standalone_container_cli', 'standalone_environment_files'],
  ...['standalone_upgrade', 'standalone_virt_type', 'tempest_allowed_group', 'tempest_cloud_name'],
  ...['tempest_extra_config', 'tempest_format', 'tempest_plugins', 'tempest_private_net_provider_type'],
  ...['tempest_run_concurrency', 'tempest_run_skipped', 'tempest_services', 'tempest_tempest_conf_overrides'],
  ...['tempest_test_image_path', 'tempest_test_includelist', 'tempest_test_whitelist', 'tempest_use_skiplist'],
  ...['tempest_whitelist', 'tempest_workers', 'test_black_regex', 'test_white_regex', 'to_build'],
  ...['undercloud_enable_paunch', 'use_os_tempest', 'validate_ha_overcloud', 'validate_services'],
  ...['tempest_tempestconf_profile_overrides', 'composable_roles', 'overcloud_roles'],
];

const templates = '/usr/share/openstack-tripleo-heat-templates/';

/**
 * Returns the layer of `featureset_override`: what a job says in place of its featureset, and with
 * `standalone_environment_files` the `standalone_custom_env_files` that they make.
 * @throws FeaturesetError `not-overridable` that names all that may not be.
 */
export function overrideLayer(overrides: ReadonlyMap<string, Value>): Layer {
  const refused = [...overrides.keys()].filter((name) => !overridable.includes(name));
  if (refused.length > 0) {
    throw new FeaturesetError(
      'not-overridable',
      `override: ${refused.join(', ')} ${refused.length === 1 ? 'is' : 'are'} not overridable: a job may only override ${overridable.join(', ')}`,
      { next: 'What every run of a featureset needs belongs in its file.' },
    );
  }
  const files = overrides.get('standalone_environment_files');
  const derived: readonly (readonly [string, Value])[] = isList(files)
    ? [['standalone_custom_env_files', files.map((file) => `${templates}${String(file)}`)]]
    : [];
  return { kind: 'override', name: 'featureset_override', values: new Map([...overrides, ...derived]) };
}
