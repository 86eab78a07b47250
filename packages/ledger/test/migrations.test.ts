import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatPlan } from '@tagflow/model';
import test from 'ava';
import { openLedgerReader, openSqliteLedger } from '../src/index.ts';
import { countingRandom, handOffOf, hashOf, label, ledgerPath, manualClock, planOf } from './world.ts';

/** What ledgers of earlier versions look like in the file, written down here so that it cannot change with the code. */
const tables = `
  create table tagflow_schema (version integer not null);
  create table promotions (sequence integer not null unique, id text not null primary key, release text not null,
    label text not null, full_hash text not null, begun_at integer not null, finished_at integer, outcome text,
    plan text not null);
  create index promotions_of_label on promotions (release, label, sequence);
  create table journal (promotion text not null references promotions (id), sequence integer not null,
    at integer not null, step text not null, detail text not null, primary key (promotion, sequence));
  create table leases (key text not null primary key, generation integer not null, owner text,
    since integer not null, expires integer not null);`;
const columns = 'alter table leases add column place text; alter table leases add column pid integer;';
const generations = { 1: tables, 2: tables + columns } as const;

/** A plan as tagflow wrote it before there were waivers and versions. */
function oldPlan(hash: string): string {
  const {
    irreversible: _1,
    criteria: _2,
    waivers: _3,
    version: _4,
    policyDigest: _5,
    component: _6,
    ...plan
  } = planOf(hash);
  const { waivers: _7, votes: _8, ...verdict } = plan.verdict;
  return formatPlan({ ...plan, verdict } as never);
}

for (const [version, schema] of Object.entries(generations)) {
  test(`a ledger of version ${version} is read as it is, and keeps everything when it is brought up`, async (t) => {
    const path = await ledgerPath(t);
    await mkdir(dirname(path));
    const old = new DatabaseSync(path);
    old.exec(`${schema} insert into tagflow_schema values (${version});
      insert into leases (key, generation, owner, since, expires) values ('key', 7, 'cli:old', 0, 4e12);`);
    const promotion = old.prepare('insert into promotions values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const [b, c] = ['b'.repeat(32), 'c'.repeat(32)];
    promotion.run(1, 'p1', 'master', label, b, 10, 20, 'done', oldPlan(b));
    promotion.run(2, 'p2', 'master', label, c, 30, null, null, oldPlan(c));
    old.exec(`insert into journal values ('p2', 1, 31, 'begun', 'words'), ('p2', 2, 32, 'staged', '5 bytes')`);
    old.close();

    const told = async (
      ledger: Pick<Awaited<ReturnType<typeof openSqliteLedger>>, 'history' | 'asOf' | 'unfinished'>,
    ) => ({
      history: (await ledger.history('master', label, 9)).map(({ id, plan }) => [id, plan.toHash, plan.version]),
      asOf: (await ledger.asOf('master', 99)).map(({ id }) => id),
      unfinished: (await ledger.unfinished('master', label)).map(({ journal }) => journal),
    });
    const expected = {
      history: [
        ['p2', c, 0],
        ['p1', b, 0],
      ],
      asOf: ['p1'],
      unfinished: [
        [
          { at: 31, step: 'begun', detail: 'words' },
          { at: 32, step: 'staged', detail: '5 bytes' },
        ],
      ],
    };
    const reader = await openLedgerReader(`sqlite:${path}`);
    if (reader === null) throw new Error('no reader');
    t.deepEqual(await told(reader), expected as never);
    t.is(await reader.lastVersion('master', label), 0);
    t.deepEqual(await reader.policy('master'), []);
    t.deepEqual(await reader.debts('master'), []);
    t.deepEqual(await reader.jobsSeen('master'), []);
    t.deepEqual(await reader.verdictsOn('master', label, planOf(b).toHash), []);
    await reader.close();

    for (const time of ['first', 'second']) {
      const ledger = await openSqliteLedger(path, { clock: manualClock(), random: countingRandom() });
      t.deepEqual(await told(ledger), expected as never, time);
      await t.throwsAsync(ledger.acquire(['key'], 'me', 1000), { code: 'held', message: /cli:old/ });
      await ledger.close();
    }
    const now = new DatabaseSync(path);
    t.deepEqual(Object.values(now.prepare('select version from tagflow_schema').get() ?? {}), [4]);
    now.close();
    const ledger = await openSqliteLedger(path, { clock: manualClock(), random: countingRandom() });
    t.teardown(() => ledger.close());
    await t.notThrowsAsync(ledger.finish('p2', 'done'));
    await t.notThrowsAsync(ledger.begin(planOf()));
  });
}

const third = `
  create table tagflow_schema (version integer not null);
  create table plans (digest text not null primary key, plan text not null);
  create table promotions (sequence integer not null unique, id text not null primary key, release text not null,
    label text not null, full_hash text not null, begun_at integer not null, finished_at integer, outcome text,
    version integer not null default 0, plan_digest text references plans (digest));
  create index promotions_of_label on promotions (release, label, sequence);
  create table journal (promotion text not null references promotions (id), sequence integer not null,
    at integer not null, step text not null, detail text not null, primary key (promotion, sequence));
  create table leases (key text not null primary key, generation integer not null, owner text,
    since integer not null, expires integer not null, place text, pid integer);
  create table sets (release text not null, full_hash text not null, set_json text not null,
    primary key (release, full_hash));
  create table votes_seen (digest text not null primary key, release text not null, full_hash text not null,
    job text not null, result text not null, timestamp integer not null, url text not null, notes text, reporter text,
    seen_at integer not null);
  create index votes_of_job on votes_seen (release, job);
  create table verdicts (release text not null, label text not null, full_hash text not null,
    sequence integer not null, at integer not null, answer text not null, verdict text not null,
    primary key (release, label, full_hash, sequence));
  create table waivers_used (promotion text not null references promotions (id), waiver text not null,
    entry text not null, primary key (promotion, waiver));
  create table debts (release text not null, label text not null, at integer not null, sentences text not null,
    primary key (release, label));
  create table policies (id text not null primary key, release text, sequence integer not null unique,
    entry text not null, added_at integer not null, lifted_at integer, lifted_by text);
  insert into tagflow_schema values (3);
  insert into debts values ('master', 'current-tripleo', 6, '["a tag"]');`;

test('a ledger of version 3 remembers no delivery, and does once it is brought up', async (t) => {
  const path = await ledgerPath(t);
  await mkdir(dirname(path));
  const old = new DatabaseSync(path);
  old.exec(third);
  const plan = formatPlan(planOf());
  const digest = `sha256:${createHash('sha256').update(plan).digest('hex')}`;
  old.prepare('insert into plans values (?, ?)').run(digest, plan);
  const promotion = old.prepare('insert into promotions values (1, ?, ?, ?, ?, 10, 20, ?, 1, ?)');
  promotion.run('p1', 'master', label, planOf().toHash, 'done', digest);
  old.close();

  const reader = await openLedgerReader(`sqlite:${path}`);
  t.deepEqual(await reader?.handOffs({ release: 'master' }), []);
  t.is((await reader?.history('master', label, 9))?.[0]?.id, 'p1');
  await reader?.close();

  const handOff = handOffOf(hashOf('a'));
  const ledger = await openSqliteLedger(path, { clock: manualClock(), random: countingRandom() });
  t.teardown(() => ledger.close());
  await ledger.recordHandOff(handOff);
  t.deepEqual(await ledger.handOffs({ release: 'master' }), [handOff]);
  t.deepEqual(
    (await ledger.history('master', label, 9)).map(({ id, plan: { toHash } }) => [id, toHash]),
    [['p1', planOf().toHash]],
  );
  t.deepEqual((await ledger.debts('master'))[0]?.sentences, ['a tag']);
});
