import type { Config, Phase } from '@tagflow/config';
import type { Destination, Effects, Label } from '@tagflow/model';
import { labelledHash, readPositions, readSet, theRepository } from '@tagflow/promotion';
import { openWorld, type WorldSecrets } from '@tagflow/wiring';

/** Where one label points, kind by kind, as a reader finds it. */
export interface LabelRow {
  readonly label: string;
  readonly hash: string | null;
  /** One text for each destination, such as `24 of 24 in rdo`. */
  readonly containers: readonly string[];
  readonly images: readonly string[];
  /** Whether every pointer names the hash. */
  readonly agrees: boolean;
}

export interface LabelReaderParts {
  readonly secrets: WorldSecrets;
  readonly effects: Effects & { readonly random: () => number };
  readonly env: (name: string) => string | undefined;
}

/** Reads where the labels of a configuration point now, in the order of its phases. */
export async function readLabels(config: Config, parts: LabelReaderParts): Promise<readonly LabelRow[]> {
  const rows: LabelRow[] = [];
  for (const phase of Object.values(config.phases)) {
    if (phase.pin !== null) rows.push(await readLabel(config, phase, phase.pin.to, parts));
    if (phase.promote !== null) rows.push(await readLabel(config, phase, phase.promote.to, parts));
  }
  return rows;
}

async function readLabel(config: Config, phase: Phase, label: Label, parts: LabelReaderParts): Promise<LabelRow> {
  const world = await openWorld({
    config,
    promote: phase.promote,
    component: phase.component,
    owner: 'reader',
    writes: false,
    ...parts,
  });
  try {
    const hash = await labelledHash(theRepository(world.destinations), label);
    const set = hash === null ? null : await readSet(world.destinations, hash);
    const row = { label, hash, containers: [] as string[], images: [] as string[], agrees: true };
    // Where nobody knows what belongs to the hash, nobody can say that the kinds agree.
    if (set === null) return { ...row, agrees: hash === null || label === phase.pin?.to };
    for (const destination of [...world.destinations, ...world.followers]) {
      if (destination.kind === 'repository') continue;
      const isFollower = world.followers.includes(destination);
      const positions = await readPositions(destination, label, set).catch((error: unknown) => {
        if (isFollower) return null;
        throw error;
      });
      if (positions === null) {
        row.agrees = false;
        row.containers.push(`?/${set.containers.length} ${nameOf(destination)}`);
        continue;
      }
      const [all, right] = [positions.length, positions.filter(({ from, to }) => from === to).length];
      row.agrees &&= right === all;
      const place = nameOf(destination);
      if (destination.kind === 'containers') row.containers.push(`${right}/${all} ${place}`);
      else row.images.push(`${right === all ? '✔' : '✘'} ${place}`);
    }
    return row;
  } finally {
    await world.close();
  }
}

function nameOf({ name }: Destination): string {
  return name.split(' ').at(-1) ?? name;
}

/** Returns the rows as lines of a table for a terminal. */
export function formatLabels(rows: readonly LabelRow[]): readonly string[] {
  const cells = [
    ['label', 'hash', 'containers', 'images', ''],
    ...rows.map((row) => [
      row.label,
      row.hash === null ? 'none' : row.hash.slice(0, 12),
      row.containers.join(', ') || '–',
      row.images.join(', ') || '–',
      row.hash === null ? '' : row.agrees ? 'agree' : 'DIFFER',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
