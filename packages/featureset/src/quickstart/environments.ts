import { FeaturesetError } from '../error.ts';
import type { FeaturesetFlags } from './flags.ts';

export const environmentTypes = ['multinode', 'singlenode', 'standalone', 'ovb'] as const;

export type EnvironmentType = (typeof environmentTypes)[number];

/** What runs in an environment, in this order. */
export interface EnvironmentSteps {
  readonly playbooks: readonly string[];
  readonly tags: readonly string[];
  /** Machines of a node pool of a CI system, or virtual ones of a cloud's own. */
  readonly infrastructure: 'osinfra' | 'ovb';
  /** Where playbooks find the undercloud. */
  readonly undercloud: string;
}

export const skippedTags: readonly string[] = ['tripleo-validations', 'teardown-all'];

const undercloudTags = ['undercloud-setup', 'undercloud-scripts', 'undercloud-install'];

const pool = { infrastructure: 'osinfra', undercloud: '127.0.0.2' } as const;
const cloud = { infrastructure: 'ovb', undercloud: 'undercloud', tags: ['all'] } as const;

const multinodeTags = [
  ...['build', ...undercloudTags, 'undercloud-post-install', 'tripleo-validations'],
  ...['overcloud-scripts', 'overcloud-prep-config', 'overcloud-prep-containers', 'overcloud-deploy'],
  ...['overcloud-post-deploy', 'overcloud-validate'],
];

const table: Readonly<Record<EnvironmentType, EnvironmentSteps>> = {
  multinode: {
    ...pool,
    playbooks: [
      ...['quickstart.yml', 'multinode-undercloud.yml', 'multinode-overcloud-prep.yml', 'multinode-overcloud.yml'],
      ...['multinode-overcloud-update.yml', 'multinode-overcloud-upgrade.yml', 'multinode-validate.yml'],
    ],
    tags: multinodeTags,
  },
  singlenode: {
    ...pool,
    playbooks: [
      ...['quickstart.yml', 'multinode-undercloud.yml', 'multinode-undercloud-upgrade.yml'],
      ...['multinode-overcloud-prep.yml', 'multinode-overcloud.yml', 'multinode-overcloud-upgrade.yml'],
      'multinode-validate.yml',
    ],
    tags: ['build', ...undercloudTags, 'undercloud-validate', 'images'],
  },
  standalone: { ...pool, playbooks: ['quickstart.yml', 'multinode-standalone.yml'], tags: ['build', 'standalone'] },
  ovb: { ...cloud, playbooks: ['ovb.yml'] },
};

const mixedOs: readonly string[] = [
  ...['quickstart.yml', 'multinode-overcloud-mixed-os-repos-compute.yml', 'multinode-undercloud-mixed-os.yml'],
  ...['multinode-overcloud-prep.yml', 'multinode-overcloud-mixed-os-deploy.yml', 'multinode-overcloud-update.yml'],
  'multinode-validate.yml',
];

/** Those with an identity server beside the cloud: their playbooks run one by one. */
const withIdentityServer: readonly string[] = ['039', '064'];

/** Returns what runs, by the jobs of tripleo-ci. */
export function environmentSteps(type: EnvironmentType, featureset: string, flags: FeaturesetFlags): EnvironmentSteps {
  const steps = table[type];
  if (type === 'standalone' && (flags.has('standalone_upgrade') || flags.has('ffu_standalone_upgrade'))) {
    return {
      ...steps,
      playbooks: [...steps.playbooks, 'multinode-standalone-upgrade.yml'],
      tags: [...steps.tags, 'standalone-upgrade'],
    };
  }
  if (type === 'multinode' && flags.has('mixed_os')) return { ...steps, playbooks: mixedOs };
  if (type !== 'ovb' || !withIdentityServer.includes(featureset)) return steps;
  const parts = ['freeipa', 'undercloud', 'overcloud-prep', 'overcloud', 'overcloud-validate'];
  return { ...steps, playbooks: ['ovb-setup.yml', ...parts.map((part) => `baremetal-full-${part}.yml`)] };
}

/** @throws FeaturesetError `bad-job` */
export function parseEnvironment(text: string): EnvironmentType {
  const found = environmentTypes.find((type) => type === text);
  if (found !== undefined) return found;
  throw new FeaturesetError('bad-job', `environment "${text}" is not one of ${environmentTypes.join(', ')}`);
}
