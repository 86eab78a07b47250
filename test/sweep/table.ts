import { modes } from './lane.ts';
import { describePoint, moments, servers } from './points.ts';
import { fates, type Result, type SweepReport } from './sweep.ts';

/** Returns what a sweep has to say: a table of points, a line of totals, and every point that failed. */
export function formatReport(report: SweepReport): string {
  const { results, kills, situations, again, seconds } = report;
  const columns = modes
    .flatMap((mode) => fates.map((fate) => ({ mode, fate })))
    .filter(({ mode, fate }) =>
      results.some((result) => result.mode === mode && (result.endings === null || result.endings[fate] !== undefined)),
    );
  const rows = servers.flatMap((server) => moments.map((moment) => ({ server, moment })));
  const cellsOf = (chosen: readonly Result[]): readonly string[] =>
    columns.flatMap(({ mode, fate }) => {
      const own = chosen.filter((result) => result.mode === mode);
      const endings = own.flatMap(({ endings: found }) => found?.[fate] ?? []);
      const on = (end: 'old' | 'new'): number => endings.filter((ending) => ending.on === end).length;
      const bad = own.filter((result) => faultsOf(result).some((fault) => fault.startsWith(fate))).length;
      return [own.length, on('old'), on('new'), bad].map(String);
    });
  const lines = [
    ['', ...columns.flatMap(({ mode, fate }) => [`${mode}, ledger ${fate}`, '', '', ''])],
    ['killed', ...columns.flatMap(() => ['points', 'old', 'new', 'failed'])],
    ...rows.flatMap(({ server, moment }) => {
      const own = results.filter(({ point }) => point.server === server && point.moment === moment);
      return own.length === 0 ? [] : [[`${moment} ${server}`, ...cellsOf(own)]];
    }),
    ['all', ...cellsOf(results)],
  ];
  const failed = results.filter((result) => faultsOf(result).length > 0);
  const reached = results.filter(({ endings }) => endings !== null).length;
  return [
    ...lines.map(([name = '', ...cells]) => name.padEnd(16) + cells.map((cell) => formatCell(cell)).join('')),
    '',
    `${reached} of ${results.length} points reached (${((100 * reached) / results.length).toFixed(1)} %), ` +
      `${failed.length} failed; ${kills} processes killed, ${situations} different situations left, ` +
      `${again} second runs, ${seconds.toFixed(0)} s`,
    'at: a call that only reads, where before and after are one death. Equal situations are ended once.',
    "DLRN's own leftovers: none; a classic DLRN ends a request whoever dies meanwhile.",
    ...failed.map(formatFailure),
  ].join('\n');
}

/** Returns what is wrong at a point, each sentence with the ledger's fate. */
export function faultsOf({ endings }: Result): readonly string[] {
  if (endings === null) return fates.map((fate) => `${fate}: no run came to this point`);
  return fates.flatMap((fate) => (endings[fate]?.faults ?? []).map((fault) => `${fate}: ${fault}`));
}

/** Returns a point that failed, and how to come to it again. */
export function formatFailure(result: Result): string {
  const { mode, point } = result;
  const words = describePoint(point);
  const command = `npm run sweep -- --containers 2 --only ${mode} --match ${JSON.stringify(words)}`;
  return [
    `✗ ${mode}, killed ${words}`,
    ...faultsOf(result).map((fault) => `    ledger ${fault}`),
    `    ${command}`,
  ].join('\n');
}

// The headings of four columns run over the next three.
function formatCell(cell: string): string {
  return cell.includes(',') ? `  ${cell}`.padEnd(30) : cell === '' ? '' : cell.padStart(7);
}
