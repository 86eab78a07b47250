import { type ArtifactSet, type Effects, messageOf } from '@tagflow/model';
import type { CopyExtras, RegistryDestination, StagedContainers } from './destination.ts';
import { OciError } from './error.ts';

/** A destination, and whether its failure counts. */
export interface Target {
  readonly destination: RegistryDestination;
  readonly isOptional: boolean;
  readonly extras?: CopyExtras;
}

/** What a destination got. */
export interface Staged {
  readonly destination: RegistryDestination;
  readonly report: StagedContainers;
}

/** A destination that did not get what it should have. */
export interface Owed {
  readonly destination: RegistryDestination;
  /** A sentence. */
  readonly debt: string;
}

/**
 * Does something for each destination, side by side. Returns what came of it where it worked, and what the optional ones
 * are owed.
 * @throws the error of the destination that failed, unless it is optional; several as one
 */
export async function forEachTarget<One extends Target, Result>(
  targets: readonly One[],
  effects: Pick<Effects, 'log' | 'signal'>,
  work: (target: One) => Promise<Result>,
): Promise<{ readonly results: readonly Result[]; readonly owed: readonly Owed[] }> {
  const settled = await Promise.allSettled(targets.map(work));
  effects.signal.throwIfAborted();
  const results: Result[] = [];
  const owed: Owed[] = [];
  const failures: unknown[] = [];
  for (const [index, result] of settled.entries()) {
    const target = targets[index] as One;
    if (result.status === 'fulfilled') results.push(result.value);
    else if (target.isOptional) {
      const debt = `${target.destination.place.title} (optional) is owed the set: ${messageOf(result.reason)}`;
      effects.log.warning(debt);
      owed.push({ destination: target.destination, debt });
    } else failures.push(result.reason);
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    throw new OciError('incomplete', failures.map(messageOf).join('; '), { cause: new AggregateError(failures) });
  }
  return { results, owed };
}

/** Stages the set in each destination and reads back what was written; all are tried. */
export function stageAll(
  targets: readonly Target[],
  set: ArtifactSet,
  effects: Pick<Effects, 'log' | 'progress' | 'signal'>,
): Promise<{ readonly results: readonly Staged[]; readonly owed: readonly Owed[] }> {
  return forEachTarget(targets, effects, async ({ destination, extras }) => {
    const { signal, progress } = effects;
    return { destination, report: await destination.stageContainers(set, { signal, progress, ...extras }) };
  });
}
