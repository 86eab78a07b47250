import { type ApplyPruneEffects, applyPrune } from './prune-apply.ts';
import { type PruneEntry, planPrune, type PruneOptions, type PruneReport } from './prune.ts';
import { megabytes } from '../megabytes.ts';

/**
 * Removes from a store what is old and needed by nobody, and returns what was done; in a dry run what would be.
 * @throws ImagesError as {@link planPrune}
 */
export async function pruneStore(
  options: PruneOptions,
  effects: ApplyPruneEffects & { readonly dryRun: boolean },
): Promise<PruneReport> {
  const plan = await planPrune(options, effects);
  if (!effects.dryRun) return applyPrune(plan, options, effects);
  const freedBytes = plan.remove.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return { removed: plan.remove, restored: plan.restore, kept: plan.kept, freedBytes };
}

/** What a prune did, in words. */
export interface PruneWords {
  readonly sentence: string;
  /** One for each thing that went or stays: path, age, size, and why. */
  readonly rows: readonly (readonly [path: string, age: string, size: string, why: string])[];
  /** The rows as a table in Markdown. */
  readonly table: string;
}

/** Returns a report in words, for people. */
export function describePrune({ removed, restored, kept, freedBytes }: PruneReport, dryRun: boolean): PruneWords {
  const [remove, restore] = dryRun ? ['would remove', 'would bring back'] : ['removed', 'brought back'];
  const rows = [
    ...removed.map((entry) => rowOf(entry, remove)),
    ...restored.map((entry) => rowOf(entry, restore)),
    ...kept.map((entry) => rowOf(entry, 'stays')),
  ];
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  return {
    sentence: `${remove} ${removed.length} (${sizeOf(freedBytes)}); ${kept.length} stay`,
    rows,
    table: ['| Path | Age | Size | Why |', '| --- | --- | --- | --- |', ...lines].join('\n'),
  };
}

function rowOf({ path, ageMs, bytes, why }: PruneEntry, what: string): PruneWords['rows'][number] {
  const age = ageMs === null ? '?' : `${Math.floor(ageMs / 86_400_000)} d`;
  return [path, age, bytes === null ? '?' : sizeOf(bytes), `${what}: ${why}`];
}

function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${megabytes(bytes)} MB`;
}
