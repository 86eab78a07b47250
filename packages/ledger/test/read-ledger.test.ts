import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { openLedger, openLedgerReader } from '../src/index.ts';
import { countingRandom, label, ledgerPath, manualClock, planOf } from './world.ts';

test('looking makes no ledger', async (t) => {
  const path = await ledgerPath(t);
  t.is(await openLedgerReader(`sqlite:${path}`), null);
  t.false(existsSync(dirname(path)));
});

test('reads what was written, while the writer has it open and after', async (t) => {
  const url = `sqlite:${await ledgerPath(t)}`;
  const ledger = await openLedger(url, { clock: manualClock(), random: countingRandom() });
  const done = await ledger.begin(planOf('b'.repeat(32)));
  await ledger.finish(done, 'done');
  await ledger.begin(planOf('c'.repeat(32)));
  const read = async () => {
    const reader = await openLedgerReader(url);
    const unfinished = (await reader?.unfinished('master', label)) ?? [];
    const history = (await reader?.history('master', label, 5)) ?? [];
    await reader?.close();
    return [unfinished, history].map((records) => records.map(({ plan }) => plan.toHash.slice(0, 1)));
  };
  t.deepEqual(await read(), [['c'], ['c', 'b']]);
  await ledger.close();
  t.deepEqual(await read(), [['c'], ['c', 'b']]);
});

test('an older ledger is read and stays as old as it is', async (t) => {
  const path = await ledgerPath(t);
  await mkdir(dirname(path));
  const old = new DatabaseSync(path);
  old.exec(
    'create table tagflow_schema (version integer); insert into tagflow_schema values (1);' +
      'create table promotions (sequence, id, release, label, full_hash, begun_at, finished_at, outcome, plan)',
  );
  old.close();
  const before = readFileSync(path);
  const reader = await openLedgerReader(`sqlite:${path}`);
  t.deepEqual(await reader?.unfinished('master', label), []);
  await reader?.close();
  t.deepEqual(readFileSync(path), before);
});

test('a file that is being made is empty, a newer or foreign one an error', async (t) => {
  const path = await ledgerPath(t);
  await mkdir(dirname(path));
  await writeFile(path, '');
  const reader = await openLedgerReader(`sqlite:${path}`);
  t.deepEqual(await reader?.history('master', label, 1), []);
  await reader?.close();
  const other = new DatabaseSync(path);
  other.exec('create table tagflow_schema (version integer); insert into tagflow_schema values (99)');
  await t.throwsAsync(openLedgerReader(`sqlite:${path}`), { code: 'newer-schema' });
  other.exec('drop table tagflow_schema; create table cars (x)');
  await t.throwsAsync(openLedgerReader(`sqlite:${path}`), { code: 'unreadable', message: /something else/ });
  other.close();
  await writeFile(path, 'no database');
  await t.throwsAsync(openLedgerReader(`sqlite:${path}`), { code: 'unreadable' });
  t.true(readdirSync(dirname(path)).includes('ledger.db'));
});
