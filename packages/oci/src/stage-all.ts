import { type ArtifactSet, type Effects, messageOf } from '@tagflow/model';
import type { RegistryDestination } from './destination.ts';
import { OciError } from './error.ts';
import type { ContainerPlace } from './place.ts';

/** A destination, and whether its failure counts. */
export interface Target {
  readonly destination: RegistryDestination;
  readonly isOptional: boolean;
}

/** What a destination got. */
export interface Staged {
  readonly place: ContainerPlace;
  readonly copied: number;
  readonly bytesMoved: number;
  readonly bytesSaved: number;
}

/**
 * Stages the set in each destination and reads it back; all are tried, one after the other, so that each has the whole
 * line to itself. Returns those that hold the set now.
 * @throws the error of the destination that failed, unless it is optional; several as one
 */
export async function stageAll(
  targets: readonly Target[],
  set: ArtifactSet,
  effects: Pick<Effects, 'log' | 'progress' | 'signal'>,
): Promise<readonly Staged[]> {
  const staged: Staged[] = [];
  const failures: unknown[] = [];
  for (const { destination, isOptional } of targets) {
    const { place } = destination;
    try {
      const { copied, bytesMoved, bytesSaved } = await destination.stageContainers(set, effects);
      const problems = await destination.verify(set, effects);
      if (problems.length > 0) throw new OciError('incomplete', `read back after copying: ${problems.join('; ')}`);
      staged.push({ place, copied: copied.length, bytesMoved, bytesSaved });
    } catch (error) {
      effects.signal.throwIfAborted();
      effects.log.warning(`${place.title} ${isOptional ? '(optional) ' : ''}failed: ${messageOf(error)}`);
      if (!isOptional || targets.length === 1) failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    throw new OciError('incomplete', failures.map(messageOf).join('; '), { cause: new AggregateError(failures) });
  }
  if (staged.length === 0)
    throw new OciError('incomplete', 'no destination took the containers: all are optional and failed');
  return staged;
}

/** Returns how many containers a destination does not have under the tag of the hash. Writes nothing. */
export async function countAbsent(destination: RegistryDestination, set: ArtifactSet): Promise<number> {
  const pointers = set.containers.map(({ name, digest }) => ({ pointer: `${name}:${set.fullHash}`, digest }));
  const now = await destination.observe(pointers.map(({ pointer }) => pointer));
  return pointers.filter(({ pointer, digest }) => now.get(pointer) !== digest).length;
}
