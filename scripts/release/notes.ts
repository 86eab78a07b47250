import type { NewChangeset } from '@changesets/types';
import type { Notes } from './changelog.ts';
import type { Difference } from './record.ts';
import { changesetName, type PlanRequest, type Unit } from './unit.ts';

/**
 * Returns what the changelog says of one release: the words of the changesets that name the unit; for what changed in
 * its parts, those that name the package, else the commits.
 */
export function notesOf(
  { changesets, commitsOf }: PlanRequest,
  unit: Unit,
  difference: Difference | null,
  packages: readonly string[],
): Notes {
  const own = changesets.filter((changeset) => levelIn(changeset, unit.name) !== null);
  const saying = (level: string) => own.filter((changeset) => levelIn(changeset, unit.name) === level).map(summary);
  const files = difference?.files ?? [];
  // Its own sources, where nobody wrote what was done to them.
  const silent = own.length > 0 ? [] : files.filter((file) => !file.startsWith('packages/'));
  return {
    breaks: saying('major'),
    added: saying('minor'),
    fixed: [...saying('patch'), ...(silent.length === 0 ? [] : commitsOf(unit, silent))],
    parts: [
      ...packages.flatMap((name) => {
        const told = changesets.filter((changeset) => levelIn(changeset, name) !== null && !own.includes(changeset));
        const isTold = changesets.some((changeset) => levelIn(changeset, name) !== null);
        const touched = files.filter((file) => file.startsWith(`packages/${name}/`));
        const lines = isTold ? told.map(summary) : commitsOf(unit, touched);
        return lines.map((line) => `packages/${name}: ${line}`);
      }),
      ...(difference?.parts ?? []),
    ],
  };
}

/** Returns what a changeset says of a name; null when it says nothing, or `none`. */
function levelIn({ releases }: NewChangeset, name: string): string | null {
  const level = releases.find((release) => release.name === changesetName(name))?.type;
  return level === undefined || level === 'none' ? null : level;
}

function summary({ id, summary: text }: NewChangeset): string {
  return text === '' ? `(.changeset/${id}.md had no words)` : text;
}
