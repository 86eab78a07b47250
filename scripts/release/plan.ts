import type { NewChangeset } from '@changesets/types';
import type { Notes } from './changelog.ts';
import { type Change, compareDefinitions } from './compare.ts';
import { highest, isAtLeast, type Level, levelAfter, movingTag, nextVersion, versionTag } from './level.ts';
import { notesOf } from './notes.ts';
import { type Difference, differenceFrom, type ReleaseRecord } from './record.ts';
import { changesetName, pipelines, type PlanRequest, type Unit } from './unit.ts';

export interface PlannedRelease {
  readonly unit: Unit;
  readonly level: Exclude<Level, 'none'>;
  readonly version: string;
  readonly tag: string;
  readonly movingTag: string;
  readonly notes: Notes;
  readonly record: ReleaseRecord;
}

export interface ReleasePlan {
  readonly releases: readonly PlannedRelease[];
  /** Why nothing may be released, each with what to do; empty when all is well. */
  readonly refusals: readonly string[];
  /** Ids of the changesets that this release uses up. */
  readonly used: readonly string[];
  /** Ids of those that name only packages of which no released action holds a change; they stay. */
  readonly unused: readonly string[];
}

/**
 * Returns what is released, and why it may not be. An action is released when a changeset names it, or when anything
 * that its build holds changed since its last release; one that was never released waits for a changeset.
 */
export function planReleases(request: PlanRequest): ReleasePlan {
  const { units, packages, changesets } = request;
  const known = [...units.map(({ name }) => name), ...packages].map(changesetName);
  const refusals = changesets.flatMap(({ id, releases }) =>
    releases
      .filter(({ name }) => !known.includes(name))
      .map(({ name }) => `.changeset/${id}.md names ${name}, which is not here; there are ${known.join(', ')}`),
  );
  const releases: PlannedRelease[] = [];
  const reached = new Set<string>();
  for (const unit of units) {
    const parts = unit.name === pipelines ? usedActions(unit, units, releases) : { known: unit.parts, missing: [] };
    const difference = unit.released === null ? null : differenceFrom(unit.released, unit.files, parts.known);
    const changed = changedPackages(difference).filter((name) => packages.includes(name));
    const own = naming(changesets, [unit.name]);
    const through = difference === null ? [] : naming(changesets, changed);
    const levels = [...own, ...through].map(({ level }) => level);
    const isChanged = difference !== null && difference.files.length + difference.parts.length > 0;
    const level = highest([...levels, isChanged ? 'patch' : 'none']);
    if (level === 'none') continue;
    const changes = unit.released === null ? [] : compareDefinitions(unit.released.definition, unit.definition);
    refusals.push(...underDeclared(unit, changes, level, [...own, ...through]));
    refusals.push(...parts.missing.map((name) => neverReleased(unit, name)));
    for (const name of changed) reached.add(changesetName(name));
    reached.add(changesetName(unit.name));
    const version = nextVersion(unit.version, level);
    const { name, definition, files } = unit;
    releases.push({
      unit,
      level,
      version,
      tag: versionTag(name, version),
      movingTag: movingTag(name, version),
      notes: notesOf(request, unit, difference, changed),
      record: { name, version, definition, files, parts: parts.known },
    });
  }
  const isUsed = ({ releases: names }: NewChangeset): boolean =>
    names.every(({ type }) => type === 'none') || names.some(({ name }) => reached.has(name));
  const [used, unused] = [changesets.filter(isUsed), changesets.filter((changeset) => !isUsed(changeset))];
  return { releases, refusals, used: used.map(({ id }) => id), unused: unused.map(({ id }) => id) };
}

// The pipelines pin the newest release of each action, which may be one of this very plan.
function usedActions(
  { parts }: Unit,
  units: readonly Unit[],
  releases: readonly PlannedRelease[],
): { readonly known: readonly string[]; readonly missing: readonly string[] } {
  const versions = parts.map((name) => {
    const planned = releases.find(({ unit }) => unit.name === name)?.version;
    const last = units.find((unit) => unit.name === name && unit.released !== null)?.version;
    return [name, planned ?? last] as const;
  });
  return {
    known: versions.flatMap(([name, version]) => (version === undefined ? [] : [`${name}@${version}`])),
    missing: versions.flatMap(([name, version]) => (version === undefined ? [name] : [])),
  };
}

function changedPackages(difference: Difference | null): readonly string[] {
  const names = (difference?.files ?? []).flatMap((file) => /^packages\/([^/]+)\//.exec(file)?.[1] ?? []);
  return [...new Set(names)];
}

interface Declared {
  readonly id: string;
  readonly level: Level;
}

function naming(changesets: readonly NewChangeset[], names: readonly string[]): readonly Declared[] {
  const wanted = names.map(changesetName);
  return changesets.flatMap(({ id, releases }) =>
    releases.filter(({ name }) => wanted.includes(name)).map(({ type }) => ({ id, level: type })),
  );
}

function underDeclared(
  { name, version, released }: Unit,
  changes: readonly Change[],
  level: Level,
  declared: readonly Declared[],
): readonly string[] {
  const needs = changes.map((change) => ({ ...change, level: levelAfter(version, change.level) }));
  const needed = highest(needs.map((change) => change.level));
  if (released === null || isAtLeast(level, needed)) return [];
  const whats = needs.filter((change) => !isAtLeast(level, change.level)).map(({ what }) => `  - ${what}`);
  const isBreak = changes.some((change) => change.level === 'major' && !isAtLeast(level, levelAfter(version, 'major')));
  const before = isBreak && needed === 'minor' ? ' (before 1.0.0 a break is a minor release)' : '';
  const said = declared.map((item) => `.changeset/${item.id}.md says ${item.level}`).join(', ');
  const [first] = declared;
  const remedy =
    first === undefined
      ? `no changeset names ${changesetName(name)}: write .changeset/<any name>.md that says '${changesetName(name)}': ${needed}`
      : `${said}: it must say '${changesetName(name)}': ${needed}`;
  const effect = isBreak ? 'breaks those who use it' : 'gives its users something new';
  return [
    [
      `${name}: what changed since ${versionTag(name, version)} ${effect}, and needs ${needed}${before}, not ${level}:`,
      ...whats,
      `  ${remedy}`,
    ].join('\n'),
  ];
}

function neverReleased({ name }: Unit, action: string): string {
  const line = `'${changesetName(action)}': minor`;
  return `${name}: the workflows use ./actions/${action}, which was never released: write .changeset/<any name>.md that says ${line}`;
}
