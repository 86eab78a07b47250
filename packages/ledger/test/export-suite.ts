import test from 'ava';
import { exportLedger, importLedger, openLedgerReader } from '../src/index.ts';
import type { Declare, NewStage, Stage } from './stage.ts';
import {
  countingRandom,
  handOffOf,
  hashOf,
  hold,
  label,
  manualClock,
  planOf,
  setOf,
  verdictOf,
  waiver,
} from './world.ts';

/** Fills every table, with more rows than one page of an export has. */
export async function fill(stage: Stage): Promise<void> {
  const ledger = await stage.open();
  const set = setOf(hashOf('b'), ['heat-api', 'nova-api']);
  const id = await ledger.begin(planOf('b'.repeat(32), { set, fromSet: setOf(hashOf('9')), waivers: [waiver] }));
  // Letters that languages sort in another order than bytes.
  for (const detail of ['Ä', 'a', 'B', '_', '«»']) await ledger.record(id, 'moved', detail);
  await ledger.finish(id, 'done');
  await ledger.begin(planOf('c'.repeat(32)));
  await ledger.acquire(['key'], 'one', 60_000);
  const votes = Array.from({ length: 450 }, (_, i) => ({
    ...{ job: `Job-${String(i % 7)}`, result: 'failure' as const, timestamp: i, url: '', notes: null, user: 'ci' },
  }));
  await ledger.noteVerdict({ release: 'master', label, at: 5, verdict: verdictOf(hashOf('b'), { votes }) });
  await ledger.addPolicy([hold, { ...hold, id: 'Z', release: null }]);
  await ledger.liftPolicy([hold.id], 'alice');
  await ledger.noteDebts({ release: 'master', label, at: 6, sentences: ['a tag'] });
  await ledger.recordHandOff(handOffOf(hashOf('b')));
}

export async function exported(url: string): Promise<readonly string[]> {
  return Array.fromAsync(exportLedger(url));
}

const effects = () => ({ clock: manualClock(), random: countingRandom() });

/** What an export holds, and that it can be put into a ledger of the other kind. */
export function exportSuite(name: string, newStage: NewStage, otherStage: NewStage, declare: Declare = test): void {
  declare(`${name}: export, import elsewhere, export: the same bytes`, async (t) => {
    const [from, to, back] = [await newStage(t), await otherStage(t), await newStage(t)];
    await fill(from);
    const lines = await exported(from.url);
    t.is(lines[0], '{"schema":"tagflow/ledger/v1","version":4}\n');
    const tables = lines.slice(1, -1).map((line) => (JSON.parse(line) as { table: string }).table);
    t.deepEqual(
      [...Map.groupBy(tables, (table) => table)].map(([table, rows]) => [table, rows.length]),
      [
        ['plans', 2],
        ['promotions', 2],
        ['journal', 5],
        ['sets', 3],
        ['votes_seen', 450],
        ['verdicts', 1],
        ['waivers_used', 1],
        ['debts', 1],
        ['policies', 2],
        ['hand_offs', 1],
      ],
    );
    t.is(lines.at(-1), '{"end":{"rows":468}}\n');
    t.deepEqual(await importLedger(to.url, lines, effects()), { added: 468, known: 0 });
    t.deepEqual(await exported(to.url), lines);
    await importLedger(back.url, exportLedger(to.url), effects());
    t.deepEqual(await exported(back.url), lines);

    const reader = await openLedgerReader(to.url);
    t.teardown(() => reader?.close());
    t.deepEqual((await reader?.asOf('master', Number.MAX_SAFE_INTEGER))?.[0]?.plan.waivers, [waiver]);
  });

  declare(`${name}: an import may be repeated, and goes on where the history went on`, async (t) => {
    const [from, to] = [await newStage(t), await otherStage(t)];
    const ledger = await from.open();
    const id = await ledger.begin(planOf('b'.repeat(32)));
    await ledger.finish(id, 'done');
    await importLedger(to.url, await exported(from.url), effects());
    t.deepEqual(await importLedger(to.url, await exported(from.url), effects()), { added: 0, known: 3 });
    await ledger.begin(planOf('c'.repeat(32)));
    t.deepEqual(await importLedger(to.url, await exported(from.url), effects()), { added: 3, known: 3 });
    const next = await to.open();
    await t.notThrowsAsync(next.begin(planOf('d'.repeat(32))));
  });

  declare(`${name}: another history is refused by name, and nothing of it is kept`, async (t) => {
    const [from, to] = [await newStage(t), await newStage(t)];
    const [one, two] = [await from.open(), await to.open()];
    await one.noteDebts({ release: 'master', label, at: 1, sentences: ['a tag'] });
    await two.noteDebts({ release: 'master', label, at: 1, sentences: ['a link'] });
    await one.addPolicy([hold]);
    const before = await exported(to.url);
    await t.throwsAsync(importLedger(to.url, await exported(from.url), effects()), {
      code: 'contradiction',
      message: 'debts master current-tripleo: the ledger says something else than the export: sentences differs',
    });
    t.deepEqual(await exported(to.url), before);
    await one.begin(planOf('b'.repeat(32)));
    to.clock.advance(1000);
    await two.begin(planOf('c'.repeat(32)));
    await t.throwsAsync(importLedger(to.url, await exported(from.url), effects()), {
      code: 'contradiction',
      message: /^promotions 20260102T030405Z-\w+: .*another row has its sequence$/,
    });
  });

  declare(`${name}: an export is of one moment`, async (t) => {
    const stage = await newStage(t);
    await fill(stage);
    const lines = exportLedger(stage.url);
    const head = [(await lines.next()).value, (await lines.next()).value];
    const ledger = await stage.open();
    await ledger.begin(planOf('d'.repeat(32)));
    await ledger.noteDebts({ release: 'a-first', label, at: 6, sentences: [] });
    const rest = await Array.fromAsync(lines);
    t.is(rest.at(-1), '{"end":{"rows":468}}\n');
    t.is(head.length + rest.length, 470);
    t.is((await exported(stage.url)).at(-1), '{"end":{"rows":472}}\n');
  });
}
