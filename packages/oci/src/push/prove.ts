import { asContainerPlace, type ContainerPlace } from '../place.ts';
import type { RegistryDestination } from '../destination.ts';
import { forEachTarget, type Owed } from '../stage-all.ts';
import type { PushEffects, PushJob } from './push-job.ts';

/**
 * Proves the credentials of the source and of each destination, so that a wrong password is told once and not once a
 * container; where there are none there is nothing to prove. Returns what optional destinations are owed for theirs.
 * @throws OciError `unauthorized`
 */
export async function proveReading({ source, targets }: PushJob, effects: PushEffects): Promise<readonly Owed[]> {
  const registry = asContainerPlace(source);
  const [, { owed }] = await Promise.all([
    registry === null ? null : prove(registry),
    forEachTarget(
      targets.filter(({ destination }) => destination.place.client.origin !== registry?.client.origin),
      effects,
      ({ destination }) => prove(destination.place),
    ),
  ]);
  return owed;
}

/** Proves that containers may be pushed, before the first is: reading may be allowed to everybody. */
export type WriteProver = (destination: RegistryDestination, repository: string) => Promise<void>;

/** Returns a prover that asks each destination once. */
export function createWriteProver(): WriteProver {
  const proven = new Map<RegistryDestination, Promise<void>>();
  return (destination, repository) => {
    const proof = proven.get(destination) ?? destination.place.client.prove({ repository, write: true });
    proven.set(destination, proof);
    return proof;
  };
}

async function prove(place: ContainerPlace): Promise<void> {
  const repository = place.repository('base');
  if (await place.client.hasCredentials(repository)) await place.client.prove({ repository, write: false });
}
