import type { LabRegistry } from '@tagflow/lab';
import { type FullHash, type Label, parseLabel } from '@tagflow/model';
import { anonymous, type CredentialsProvider } from '../../src/auth/docker-config.ts';
import { createRegistryDestination } from '../../src/destination.ts';
import { createManifestStore } from '../../src/manifest-store.ts';
import { openPlace } from '../../src/place.ts';
import { pushContainers } from '../../src/push/push-containers.ts';
import type { PushJob, PushReport } from '../../src/push/push-job.ts';
import { hash, type World } from '../world.ts';

export interface Push {
  readonly from: LabRegistry;
  readonly to: readonly LabRegistry[];
  readonly optional?: readonly LabRegistry[];
  readonly names: readonly string[];
  readonly fullHash?: FullHash;
  readonly sourceTag?: string;
  readonly tags?: readonly string[];
  readonly path?: string;
  readonly credentials?: CredentialsProvider;
  readonly more?: Partial<PushJob>;
}

/** Pushes containers called `openstack-<name>` from `ns` of one registry to `ns`, or `path`, of others. */
export function push(world: World, given: Push): Promise<PushReport> {
  const { from, to, optional = [], names, fullHash = hash, path = 'ns', credentials = anonymous } = given;
  const manifests = createManifestStore();
  const common = { namePattern: 'openstack-{name}', credentials, effects: world.effects, manifests, concurrency: 4 };
  const source = openPlace({ ...common, url: `${from.url}/ns` });
  const targets = to.map((registry) => ({
    destination: createRegistryDestination({ ...common, name: registry.host, url: `${registry.url}/${path}`, source }),
    isOptional: optional.includes(registry),
  }));
  const job: PushJob = {
    asked: {
      ...{ origin: { type: 'listed', listed: names }, fullHash, set: null, include: [], exclude: [] },
      sourceTag: given.sourceTag ?? fullHash,
    },
    ...{ release: 'master', source, namespacePath: 'ns', targets, manifests, concurrency: 4, dryRun: false },
    tags: (given.tags ?? []).map((tag): Label => parseLabel(tag)),
    ...{ arches: null, requester: world.effects.api, ...given.more },
  };
  return pushContainers(job, { ...world.stage, log: world.effects.log, clock: world.effects.clock });
}
