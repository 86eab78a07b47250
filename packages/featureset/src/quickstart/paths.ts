import type { EnvironmentType } from './environments.ts';

/** Distributions as Ansible calls them; folders of release files have the name. */
const distributions: ReadonlyMap<string, string> = new Map([
  ['centos', 'CentOS'],
  ['rhel', 'RedHat'],
  ['fedora', 'Fedora'],
]);

/** Returns a distribution as Ansible calls it: `CentOS`, `RedHat`. */
export function distributionName(distro: string): string {
  return distributions.get(distro) ?? distro.charAt(0).toUpperCase() + distro.slice(1);
}

export function featuresetPath(featureset: string): string {
  return `config/general_config/featureset${featureset}.yml`;
}

/** What every featureset on machines of a node pool begins with. */
export const commonPath = 'config/general_config/featureset-multinode-common.yml';

export function nodesPath(nodes: string): string {
  return `config/nodes/${nodes}.yml`;
}

/** @param file the name of a release file, such as `promotion-testing-hash-master` */
export function releasePath(distro: string, version: string, file: string): string {
  return `config/release/tripleo-ci/${distributionName(distro)}-${version}/${file}.yml`;
}

/** In tripleo-ci, which keeps what is said of environments. */
export function testenvPath(environment: EnvironmentType, cloud: string | null): string {
  return `toci-quickstart/config/testenv/${environment}${cloud === null ? '' : `-${cloud}`}.yml`;
}

/** Where this project's examples keep the same: one tree holds all. */
export function environmentPath(environment: EnvironmentType, cloud: string | null): string {
  return `config/environments/${environment}${cloud === null ? '' : `-${cloud}`}.yml`;
}
