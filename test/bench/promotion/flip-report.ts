import type { Bars } from '../images/report.ts';
import { formatMs } from '../measure.ts';
import { containers, type StageRequests, type Turn } from './flip.ts';
import type { Floor } from './replay.ts';
import type { Kinds } from './requests.ts';
import { stages } from './watch.ts';

const times = (value: number): string => `${value.toFixed(2)} ×`;
const bar = 3;

/** Prints what one promotion asked of each server, and what that is for each container in a registry. */
export function printRequests(print: (line: string) => void, requests: StageRequests): void {
  print('\n  requests of one rollback, which moves as much as a promotion:');
  for (const stage of stages) {
    for (const [server, kinds] of requests.get(stage) ?? []) {
      if (kinds.size === 0) continue;
      const total = totalOf(kinds);
      const each = server === 'images' || server === 'DLRN' ? '' : `, ${(total / containers).toFixed(2)} a container`;
      const list = [...kinds].toSorted((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
      print(`  ${stage.padEnd(15)} ${server.padEnd(7)} ${String(total).padStart(4)}${each}: ${list.join(', ')}`);
    }
  }
}

/** Prints what flips took, what the servers need for their writes alone, and whether that is what it should be. */
export function printTimes(print: (line: string) => void, bars: Bars, turns: readonly Turn[]): void {
  const floors = turns.flatMap((turn) => turn.floors);
  const figure = (what: string, of: (turn: Turn) => number, more = ''): void => {
    const all = turns.map(of);
    print(`  ${what.padEnd(58)} ${formatMs(middle(all)).padStart(8)}, ${formatMs(Math.min(...all))} at best${more}`);
  };
  const part = (what: string, of: (floor: Floor) => number): void => {
    const all = floors.map(of);
    print(`  ${what.padEnd(58)} ${formatMs(middle(all)).padStart(8)}, ${formatMs(Math.min(...all))} at best`);
  };
  print(`\n  the middle of ${turns.length} flips:`);
  figure('flip, of which', ({ seen }) => seen.flipMs);
  for (const group of turns[0]?.seen.groups.keys() ?? [])
    figure(`  ${group}`, ({ seen }) => seen.groups.get(group) ?? NaN);
  const [checks, notes] = [turns[0]?.seen.checks.count ?? 0, turns[0]?.seen.notes.count ?? 0];
  figure(`  ${checks} checks of the lease`, ({ seen }) => seen.checks.ms);
  figure(`  ${notes} notes in the journal`, ({ seen }) => seen.notes.ms);
  figure('  CPU of this process', ({ seen }) => seen.flipCpuMs);
  figure('from the first write to the last', ({ seen }) => seen.writesMs);
  figure('what a reader could see mixed, by its own word', ({ mixMs }) => mixMs);
  print(`\n  the same writes alone, the middle of ${floors.length}:`);
  for (const name of floors[0]?.parts.keys() ?? []) part(`  ${name}`, (floor) => floor.parts.get(name) ?? NaN);
  part('one after the other, each server alone', ({ alone }) => alone);
  part('both registries at once', ({ together }) => together);
  part('both at once, each tag read before and after', ({ withReads }) => withReads);
  const ratio = (ours: (turn: Turn) => number, theirs: (floor: Floor) => number): number =>
    middle(turns.map((turn) => ours(turn) / mean(turn.floors.map(theirs))));
  const flipMs = ({ seen }: Turn): number => seen.flipMs;
  print(`  flip of both registries at once: ${times(ratio(flipMs, ({ together }) => together))}`);
  print(`  flip of the same with reads: ${times(ratio(flipMs, ({ withReads }) => withReads))}`);
  bars.atMost(
    "flip of the servers' own times",
    ratio(flipMs, ({ alone }) => alone),
    bar,
    times,
  );
  bars.atMost(
    "what can be seen mixed of the servers' own times",
    ratio(
      ({ mixMs }) => mixMs,
      ({ mix }) => mix,
    ),
    bar,
    times,
  );
}

function totalOf(kinds: Kinds): number {
  return [...kinds.values()].reduce((sum, count) => sum + count, 0);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
