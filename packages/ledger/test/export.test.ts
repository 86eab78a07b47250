import test from 'ava';
import { importLedger } from '../src/index.ts';
import { exported, exportSuite, fill } from './export-suite.ts';
import { sqliteStage } from './stage.ts';
import { countingRandom, ledgerPath, manualClock } from './world.ts';

exportSuite('SQLite', sqliteStage, sqliteStage);

const head = '{"schema":"tagflow/ledger/v1","version":4}';
const end = '{"end":{"rows":0}}';
const debt = '{"row":{"at":6,"label":"a","release":"master","sentences":"[]"},"table":"debts"}';
const broken: readonly (readonly [string, readonly string[], string, RegExp])[] = [
  ['nothing', [], 'bad-export', /line 0 .*cut off/],
  ['a header alone', [head], 'bad-export', /line 1 .*cut off/],
  ['too few rows', [head, '{"end":{"rows":1}}'], 'bad-export', /line 2 .*0 rows came, not 1/],
  ['more after the end', [head, end, end], 'bad-export', /line 3 .*follows the end/],
  ['half a line', [head, '{"table":"deb'], 'bad-export', /line 2 .*not JSON/],
  ['a number', [head, '7'], 'bad-export', /line 2 .*no object/],
  ['another schema', ['{"schema":"x","version":4}', end], 'bad-export', /line 1 .*schema is not/],
  ['no version', ['{"schema":"tagflow/ledger/v1"}', end], 'bad-export', /line 1 .*version is not/],
  ['a newer one', ['{"schema":"tagflow/ledger/v1","version":5}', end], 'newer-schema', /version 5/],
  ['leases', [head, '{"table":"leases","row":{}}'], 'bad-export', /line 2 .*no row of a table/],
  ['a column more', [head, debt.replace('"at"', '"x":1,"at"')], 'bad-export', /line 2 .*column "x" is unknown/],
  ['a column less', [head, debt.replace('"at":6,', '')], 'bad-export', /line 2 .*at is no integer/],
  ['a wrong value', [head, debt.replace('"a"', 'null')], 'bad-export', /line 2 .*label is no text/],
  [
    'a plan that somebody changed',
    [head, `{"table":"plans","row":{"digest":"sha256:${'0'.repeat(64)}","plan":"{}"}}`],
    'bad-export',
    /line 2 .*digest of the plan is another/,
  ],
  [
    'a manifest that somebody changed',
    [
      head,
      `{"table":"hand_offs","row":{"release":"r","full_hash":"f","destination":"d","digest":"sha256:${'0'.repeat(64)}",` +
        '"label":null,"delivered_at":1,"promotion":null,"manifest":"{}","acknowledgement":null,"acknowledged_at":null}}',
    ],
    'bad-export',
    /line 2 .*digest of the manifest is another/,
  ],
  [
    'a journal of no promotion',
    [head, '{"table":"journal","row":{"promotion":"x","sequence":1,"at":1,"step":"begun","detail":""}}'],
    'bad-export',
    /line 2 .*refers to a row/,
  ],
];
for (const [title, lines, code, message] of broken) {
  test(`refused as an export: ${title}`, async (t) => {
    const url = `sqlite:${await ledgerPath(t)}`;
    const effects = { clock: manualClock(), random: countingRandom() };
    await t.throwsAsync(importLedger(url, lines, effects), { code, message });
  });
}

test('a good one, with empty lines and line endings of others', async (t) => {
  const url = `sqlite:${await ledgerPath(t)}`;
  const lines = [`${head}\r\n`, '', debt, '{"end":{"rows":1}}\n', '\n'];
  const effects = { clock: manualClock(), random: countingRandom() };
  t.deepEqual(await importLedger(url, lines, effects), { added: 1, known: 0 });
});

test('what cannot be exported', async (t) => {
  const stage = await sqliteStage(t);
  await t.throwsAsync(exported(stage.url), { code: 'unreadable', message: 'there is no ledger to export' });
  await fill(stage);
  await stage.execute('update tagflow_schema set version = 2');
  await t.throwsAsync(exported(stage.url), { code: 'older-schema', message: /version 2, .*version 4/ });
});
