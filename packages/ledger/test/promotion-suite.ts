import { type Outcome, parseLabel, type PromotionMode } from '@tagflow/model';
import test from 'ava';
import { LedgerError } from '../src/index.ts';
import type { Declare, NewStage } from './stage.ts';
import { hashOf, label, planOf, setOf, waiver } from './world.ts';

const start = Date.UTC(2026, 0, 2, 3, 4, 5);

/** How promotions are remembered, whatever the ledger is kept in. */
export function promotionSuite(name: string, newStage: NewStage, declare: Declare = test): void {
  declare(`${name}: a promotion is remembered across processes: plan, journal, outcome`, async (t) => {
    const stage = await newStage(t);
    const before = await stage.open();
    const plan = planOf('a'.repeat(32), { fromSet: setOf(hashOf('9'), ['heat-api']), waivers: [waiver] });
    const id = await before.begin(plan);
    t.regex(id, /^20260102T030405Z-[0-9a-z]{6}$/);
    await stage.advance(1500.7);
    await before.record(id, 'staged', 'containers to rdo');
    await before.record(id, 'moved', 'heat-api:current-tripleo, \0 and \ud800 survive as signs');
    await before.close();

    const after = await stage.open();
    t.deepEqual(await after.unfinished('master', label), [
      {
        id,
        plan,
        outcome: null,
        journal: [
          { at: start + 1500, step: 'staged', detail: 'containers to rdo' },
          {
            at: start + 1500,
            step: 'moved',
            detail: 'heat-api:current-tripleo, \ufffd and \ufffd survive as signs',
          },
        ],
      },
    ]);
    await after.finish(id, 'half-done');
    t.is((await after.unfinished('master', label)).length, 1, 'somebody still has to end it');
    await after.finish(id, 'done');
    t.deepEqual(await after.unfinished('master', label), []);
    const history = await after.history('master', label, 10);
    t.deepEqual(
      history.map((record) => [record.id, record.outcome]),
      [[id, 'done']],
    );
  });

  declare(`${name}: order is the order of beginning, also within one millisecond`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const ids: string[] = [];
    for (const digit of ['a', 'b', 'c']) ids.push(await ledger.begin(planOf(digit.repeat(32))));
    t.is(new Set(ids).size, 3);
    t.deepEqual(
      (await ledger.unfinished('master', label)).map((record) => record.id),
      ids,
    );
    t.deepEqual(
      (await ledger.history('master', label, 2)).map((record) => record.id),
      [ids[2], ids[1]],
    );
    t.deepEqual(await ledger.history('master', parseLabel('other'), 2), []);
    t.deepEqual(await ledger.unfinished('stein', label), []);
  });

  declare(`${name}: of many who begin at once none gets the number or the name of another`, async (t) => {
    const stage = await newStage(t);
    const [one, two] = [await stage.open(), await stage.open()];
    const either = (i: number) => (i % 2 === 0 ? one : two);
    // Both have the same random numbers.
    const begun = await Promise.all(
      Array.from({ length: 12 }, (_, i) => either(i).begin(planOf(String(i % 10).repeat(32)))),
    );
    t.is(new Set(begun).size, 12);
    await Promise.all(begun.map((id, i) => either(i).record(id, 'staged', '')));
    t.is((await one.unfinished('master', label)).length, 12);
  });

  declare(`${name}: an unknown promotion is an error`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const facts = { instanceOf: LedgerError, code: 'unknown-promotion' };
    await t.throwsAsync(ledger.record('nobody', 'staged', ''), facts);
    await t.throwsAsync(ledger.finish('nobody', 'done'), facts);
  });

  declare(`${name}: a plan that cannot be read is named`, async (t) => {
    const stage = await newStage(t);
    const ledger = await stage.open();
    const id = await ledger.begin(planOf());
    await stage.execute(`update plans set plan = '{}'`);
    await t.throwsAsync(ledger.unfinished('master', label), {
      code: 'unreadable',
      message: new RegExp(`promotion ${id}`),
    });
  });

  declare(`${name}: a ledger of a newer tagflow is refused before anything is read`, async (t) => {
    const stage = await newStage(t);
    await (await stage.open()).close();
    await stage.execute('update tagflow_schema set version = 99');
    const error = await t.throwsAsync(stage.open(), { instanceOf: LedgerError, code: 'newer-schema' });
    t.is(error.outcome, 'invalid');
    t.regex(error.message, /version 99/);
  });

  declare(`${name}: a place of something else is left alone`, async (t) => {
    const stage = await newStage(t);
    await (await stage.open()).close();
    await stage.execute('drop table tagflow_schema');
    await t.throwsAsync(stage.open(), { code: 'unreadable', message: /something else/ });
  });

  declare(`${name}: as of a moment each label has what was done last until then`, async (t) => {
    const stage = await newStage(t);
    const ledger = await stage.open();
    t.deepEqual(await ledger.asOf('master', Number.MAX_SAFE_INTEGER), []);
    const other = parseLabel('current-tripleo-rdo');
    // [seconds it takes, hash, mode, outcome, label], one after the other
    const rows: readonly (readonly [number, string, PromotionMode, Outcome | null, typeof label])[] = [
      [10, 'a', 'pin', 'done', label],
      [10, 'b', 'promote', 'done', label],
      [10, 'c', 'promote', 'failed', label],
      [10, '1', 'promote', 'done', other],
      [10, 'd', 'promote', 'half-done', label],
      [0, 'b', 'repair', 'done', label],
      [10, 'b', 'repair', 'done', label],
      [10, 'a', 'rollback', 'done', label],
      [10, 'e', 'promote', null, label],
    ];
    let version = 0;
    for (const [seconds, hash, mode, outcome, of] of rows) {
      version += 1;
      const id = await ledger.begin(planOf(hash.repeat(32), { mode, label: of, version }));
      await stage.advance(seconds * 1000);
      if (outcome !== null) await ledger.finish(id, outcome);
    }
    // Begun before the others, ended after them: the end counts.
    const asOf = async (seconds: number) =>
      (await ledger.asOf('master', start + seconds * 1000 - 1)).map(({ plan }) => plan.toHash[0]).join('');
    const at = async (seconds: number) =>
      (await ledger.asOf('master', start + seconds * 1000)).map(({ plan }) => plan.toHash[0]).join('');
    for (const [seconds, before, then] of [
      [10, '', 'a'],
      [20, 'a', 'b'],
      [30, 'b', 'b'],
      [40, 'b', 'b1'],
      [50, 'b1', 'b1'],
      [60, 'b1', 'b1'],
      [70, 'b1', 'a1'],
      [80, 'a1', 'a1'],
    ] as const) {
      t.deepEqual([await asOf(seconds), await at(seconds)], [before, then], `around ${String(seconds)} s`);
    }
    t.deepEqual(await ledger.asOf('stein', start + 99_000), []);
    t.is(await ledger.lastVersion('master', label), 8, 'repairs count, what was not done does not');
    t.is(await ledger.lastVersion('master', other), 4);
    t.is(await ledger.lastVersion('stein', other), 0);
  });

  declare(`${name}: of two that were done in the same millisecond the one begun last counts`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const [first, second] = [await ledger.begin(planOf('b'.repeat(32))), await ledger.begin(planOf('c'.repeat(32)))];
    await ledger.finish(second, 'done');
    await ledger.finish(first, 'done');
    t.deepEqual(
      (await ledger.asOf('master', start)).map(({ id }) => id),
      [second],
    );
  });
}
