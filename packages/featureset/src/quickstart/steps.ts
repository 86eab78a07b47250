import { type EnvironmentSteps, type EnvironmentType, skippedTags } from './environments.ts';
import type { FeaturesetFlags } from './flags.ts';
import { commonPath, featuresetPath, nodesPath, releasePath, testenvPath } from './paths.ts';
import { type JobReleases, needsReleasesFile } from './releases.ts';

/** One command of a job. */
export interface JobStep {
  /** `install-deps`, `bootstrap`, or the playbook. */
  readonly name: string;
  /** The program and its arguments, as no shell has to read them. */
  readonly command: readonly string[];
}

export interface StepsQuestion {
  readonly featureset: string;
  readonly flags: FeaturesetFlags;
  readonly environment: EnvironmentType;
  readonly steps: EnvironmentSteps;
  readonly nodes: string | null;
  readonly distro: string;
  readonly version: string;
  readonly releases: JobReleases;
  /** Of the test machines: `vexxhost`, `rdocloud`, `psi`, `ibm`; null where none has a file of its own. */
  readonly cloud: string | null;
  readonly overridden: boolean;
  /** What wins over all files, as `name=value`. */
  readonly extraVars: readonly string[];
  /** The home of the user that runs the job. */
  readonly home: string;
  /** Values of the releases file, such as `OVERCLOUD_DEPLOY_HASH`. What is not there stays a shell variable. */
  readonly hashes: ReadonlyMap<string, string>;
}

/**
 * Returns the commands of a job in their order, as the role run-test of tripleo-ci runs them: dependencies, the virtual
 * environment with an empty playbook, and then every playbook. The first one that fails ends the job.
 */
export function jobSteps(question: StepsQuestion): readonly JobStep[] {
  const { steps, home } = question;
  const working = workingDir(home);
  const bootstrap = [
    ...['./quickstart.sh', '--bootstrap', '--no-clone', '--working-dir', working, '--playbook', 'noop.yml'],
    ...['--retain-inventory', steps.undercloud],
  ];
  return [
    { name: 'install-deps', command: ['./quickstart.sh', '--install-deps'] },
    { name: 'bootstrap', command: bootstrap },
    ...steps.playbooks.map((playbook) => ({ name: playbook, command: playbookCommand(playbook, question) })),
  ];
}

function playbookCommand(playbook: string, question: StepsQuestion): readonly string[] {
  const { steps, home, environment, cloud, nodes, featureset } = question;
  const [working, root, logs] = [workingDir(home), rootDir(home), `${home}/workspace/logs`];
  const quickstart = `${root}/tripleo-quickstart`;
  const files = [
    ...(nodes === null ? [] : [`${quickstart}/${nodesPath(nodes)}`]),
    ...(hasCommon(environment) ? [`${quickstart}/${commonPath}`] : []),
    `${quickstart}/${featuresetPath(featureset)}`,
    `${root}/tripleo-ci/${testenvPath(environment, null)}`,
    ...(cloud === null ? [] : [`${root}/tripleo-ci/${testenvPath(environment, cloud)}`]),
    `${logs}/role-vars.yaml`,
    ...(question.overridden ? [`${root}/tripleo-ci/featureset-override.yaml`] : []),
  ];
  return [
    ...[`${working}/bin/ansible-playbook`, '--tags', steps.tags.join(',')],
    ...releaseWords(playbook, question),
    ...files.flatMap((file) => ['--extra-vars', `@${file}`]),
    ...['-e', 'toci_vxlan_networking=false', '-e', 'vxlan_networking=false'],
    ...['--extra-vars', `local_working_dir=${working}`, '--extra-vars', `virthost=${steps.undercloud}`],
    ...['--inventory', `${working}/hosts`, '--extra-vars', `tripleo_root=${root}`],
    ...['--extra-vars', `working_dir=${home}`, '--extra-vars', 'tripleo_generate_scripts=true'],
    ...['--skip-tags', skippedTags.join(',')],
    ...['--extra-vars', `@${logs}/zuul-variables.yaml`, '--extra-vars', `@${logs}/hostvars-variables.yaml`],
    `${working}/playbooks/${playbook}`,
    ...[...ownWords(playbook, question), ...question.extraVars].flatMap((word) => ['--extra-vars', word]),
  ];
}

/** Whether the common file is read before the featureset: wherever machines come from a node pool. */
export function hasCommon(environment: EnvironmentType): boolean {
  return environment !== 'ovb';
}

function workingDir(home: string): string {
  return `${home}/workspace/.quickstart`;
}

function rootDir(home: string): string {
  return `${home}/src/opendev.org/openstack`;
}

/** Which side of an upgrade a playbook works on: the releases file has its release and hash. */
const sides: ReadonlyMap<string, string> = new Map([
  ['multinode-undercloud.yml', 'UNDERCLOUD_INSTALL'],
  ['multinode-undercloud-upgrade.yml', 'UNDERCLOUD_TARGET'],
  ['multinode-overcloud-prep.yml', 'OVERCLOUD_DEPLOY'],
  ['multinode-overcloud.yml', 'OVERCLOUD_DEPLOY'],
  ['multinode-overcloud-update.yml', 'OVERCLOUD_TARGET'],
  ['multinode-overcloud-upgrade.yml', 'OVERCLOUD_TARGET'],
  ['multinode-validate.yml', 'OVERCLOUD_TARGET'],
  ['multinode-standalone.yml', 'STANDALONE_DEPLOY'],
  ['multinode-standalone-upgrade.yml', 'STANDALONE_TARGET'],
]);

/** In a cloud of two versions of a distribution: which one's registry a playbook asks. */
const mixedOs: ReadonlyMap<string, readonly string[]> = new Map([
  ['multinode-undercloud-mixed-os.yml', ['registry_distro=9', 'registry_distro_lower=8']],
  ['multinode-overcloud-prep.yml', ['registry_distro=9']],
  ['multinode-overcloud-mixed-os-deploy.yml', ['registry_distro=9', 'registry_distro_lower=8']],
]);

function releaseWords(playbook: string, question: StepsQuestion): readonly string[] {
  const { distro, releases, featureset, flags, home, hashes } = question;
  const config = workingDir(home);
  const fileOf = (file: string, version = question.version) => `@${config}/${releasePath(distro, version, file)}`;
  if (flags.has('mixed_os')) {
    if (playbook === 'multinode-overcloud-mixed-os-repos-compute.yml') {
      return ['--extra-vars', fileOf(releases.file, '8'), '--extra-vars', 'registry_distro=8'];
    }
    const more = mixedOs.get(playbook) ?? [];
    return [fileOf(releases.file), ...more].flatMap((word) => ['--extra-vars', word]);
  }
  const side = needsReleasesFile(featureset) ? sides.get(playbook) : undefined;
  if (side === undefined) return ['--extra-vars', fileOf(releases.file)];
  const valueOf = (name: string) => hashes.get(`${side}_${name}`) ?? `$${side}_${name}`;
  return [
    ...['--extra-vars', fileOf(valueOf('RELEASE'))],
    ...['-e', `dlrn_hash=${valueOf('HASH')}`, '-e', `get_build_command=${valueOf('HASH')}`],
    ...(side.startsWith('STANDALONE') ? ['-e', `dlrn_hash_newest=${valueOf('NEWEST_HASH')}`] : []),
  ];
}

const errorsNonfatal = "validation_args='--validation-errors-nonfatal'";

function ownWords(playbook: string, { flags, releases }: StepsQuestion): readonly string[] {
  const newer = [`container_registry_release='${releases.file}-current'`, "promote_source='current'"];
  if (flags.has('minor_update')) {
    if (playbook === 'multinode-undercloud-upgrade.yml') return [...newer, "overcloud_update='false'"];
    return playbook === 'multinode-overcloud-update.yml' ? [...newer, "undercloud_update='false'"] : [];
  }
  return ['multinode-overcloud.yml', 'baremetal-full-overcloud.yml'].includes(playbook) ? [errorsNonfatal] : [];
}
