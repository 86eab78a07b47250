import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import pg from 'pg';
import { LedgerError, openLedger, openLedgerReader } from '../../packages/ledger/src/index.ts';
import { decisionSuite } from '../../packages/ledger/test/decision-suite.ts';
import { exportSuite } from '../../packages/ledger/test/export-suite.ts';
import { leaseSuite } from '../../packages/ledger/test/lease-suite.ts';
import { promotionSuite } from '../../packages/ledger/test/promotion-suite.ts';
import { type NewStage, openFor, type Stage, sqliteStage } from '../../packages/ledger/test/stage.ts';
import { countingRandom, label, manualClock, planOf } from '../../packages/ledger/test/world.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { type RealPostgres, startRealPostgres } from './real-postgres.ts';

const minute = 60_000;
let server: RealPostgres;
let folder: string;
let schemas = 0;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tagflow-postgres-'));
  server = await startRealPostgres(folder);
});
test.after.always(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** One statement or several, as somebody who has nothing to do with the ledger. */
async function administer(statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(statement);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** A schema of its own for each test; `through` gives the port of a proxy. */
async function postgresStage(t: ExecutionContext, through?: CuttingProxy): Promise<Stage> {
  schemas += 1;
  const schema = `t${String(schemas)}`;
  await administer(`create schema ${schema}`);
  const base = through === undefined ? server.url : server.url.replace(String(server.port), String(through.port));
  const url = `${base}?options=-csearch_path%3D${schema}`;
  const clock = manualClock();
  const execute = async (statement: string) => {
    await administer(`set search_path = ${schema}; ${statement}`);
  };
  return {
    ...{ url, clock, execute },
    open: () => openFor(t, url, clock),
    // The server's clock cannot be moved; what it is compared with can.
    advance: async (ms) => {
      clock.advance(ms);
      await execute(`update leases set since = since - ${String(ms)}, expires = expires - ${String(ms)}`);
    },
  };
}
const newStage: NewStage = (t) => postgresStage(t);

leaseSuite('PostgreSQL', newStage, test.serial);
promotionSuite('PostgreSQL', newStage, test.serial);
decisionSuite('PostgreSQL', newStage, test.serial);
exportSuite('PostgreSQL to SQLite', newStage, sqliteStage, test.serial);
exportSuite('SQLite to PostgreSQL', sqliteStage, newStage, test.serial);

const program = (name: string) => fileURLToPath(new URL(`../../packages/ledger/test/${name}`, import.meta.url));

test.serial('two processes that fight for overlapping keys 100 rounds are never inside together', async (t) => {
  const stage = await newStage(t);
  const witness = join(folder, 'witness');
  await writeFile(witness, '');
  const rounds = 100;
  // Nobody has made the tables yet: both do.
  const children = [
    ['one', 'a', 'b', 'x'],
    ['two', 'b', 'x', 'c'],
  ].map(([name = '', ...keys]) =>
    spawn(execPath, [program('contender.ts'), stage.url, witness, name, String(rounds), ...keys], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  );
  t.teardown(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  t.deepEqual(await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown)), [0, 0]);
  const records = await (await stage.open()).unfinished('master', label);
  t.is(records.length, 2 * rounds);
  t.deepEqual([...new Set(records.flatMap(({ journal }) => journal.map(({ detail }) => detail)))].sort(), [
    'one',
    'two',
  ]);
});

test.serial('a holder that was killed is overtaken at once, one that lives is not', async (t) => {
  const stage = await newStage(t);
  const child = spawn(execPath, [program('holding-process.ts'), stage.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const ledger = await stage.open();
  await t.throwsAsync(ledger.acquire(['key'], 'me', minute), { code: 'held', message: /the other/ });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lease = await ledger.acquire(['key'], 'me', minute);
  await t.notThrowsAsync(lease.check());
});

test.serial('leases expire by the clock of the server, whatever that of a promoter says', async (t) => {
  const stage = await newStage(t);
  const ahead = { clock: manualClock(Date.UTC(2099, 0, 1)), random: countingRandom() };
  const one = await stage.open();
  const two = await openLedger(stage.url, ahead);
  t.teardown(() => two.close());
  await one.acquire(['key'], 'one', minute);
  const error = await t.throwsAsync(two.acquire(['key'], 'two', minute), { instanceOf: LedgerError, code: 'held' });
  const [row] = await administer('select extract(epoch from now())::float8 * 1000 as now');
  const since = Date.parse(/since (\S+);/.exec(error.message)?.[1] ?? '');
  t.true(Math.abs(Number(row?.['now']) - since) < minute, error.message);
});

async function behindProxy(t: ExecutionContext) {
  const proxy = await startCuttingProxy(server.port);
  t.teardown(() => proxy.close());
  const stage = await postgresStage(t, proxy);
  const direct = await openFor(t, stage.url.replace(String(proxy.port), String(server.port)), stage.clock);
  return { proxy, stage, direct, ledger: await stage.open() };
}

test.serial(
  'a connection that broke is unreachable and waiting; the lease is kept, and the next call works',
  async (t) => {
    const { proxy, ledger } = await behindProxy(t);
    const lease = await ledger.acquire(['key'], 'one', minute);
    const asked = proxy.holdAfter(/update "leases"/);
    const checked = lease.check();
    await asked;
    proxy.cut();
    proxy.pass();
    const error = await t.throwsAsync(checked, { instanceOf: LedgerError, code: 'unreachable' });
    t.is(error.outcome, 'waiting');
    t.regex(error.message, /^ledger postgres:\/\/tagflow@127\.0\.0\.1:\d+\/postgres cannot be reached: /);
    await t.notThrowsAsync(lease.check());
    // Idle connections break without anybody asking.
    proxy.cut();
    await lease.check().catch(() => undefined);
    await t.notThrowsAsync(lease.check());
  },
);

test.serial('a commit that nobody answered is no success', async (t) => {
  const { proxy, ledger, direct } = await behindProxy(t);
  const asked = proxy.holdAfter(/commit(?!ted)/);
  const begun = ledger.begin(planOf());
  await asked;
  while ((await direct.unfinished('master', label)).length === 0) await delay(5);
  proxy.cut();
  proxy.pass();
  await t.throwsAsync(begun, { code: 'unreachable' });
});

test.serial(
  'whoever stood still between question and answer asks again, and hears that it was overtaken',
  async (t) => {
    const { proxy, stage, direct, ledger } = await behindProxy(t);
    const lease = await ledger.acquire(['key'], 'one', minute);
    const asked = proxy.holdAfter(/commit(?!ted)/);
    const slow = lease.check();
    await asked;
    stage.clock.advance(minute / 4 + 1);
    proxy.pass();
    t.is(await slow, stage.clock.now() + minute, 'the time of the second question');

    const second = proxy.holdAfter(/commit(?!ted)/);
    const overtaken = lease.check();
    await second;
    await stage.advance(2 * minute);
    await direct.acquire(['key'], 'two', minute);
    proxy.pass();
    await t.throwsAsync(overtaken, { code: 'lost', message: /two took it/ });
  },
);

test.serial('the server is started again in the middle', async (t) => {
  const own = await mkdtemp(join(tmpdir(), 'tagflow-postgres-'));
  t.teardown(() => rm(own, { recursive: true, force: true }));
  let live = await startRealPostgres(own);
  t.teardown(() => live.stop());
  const proxy = await startCuttingProxy(live.port);
  t.teardown(() => proxy.close());
  const url = live.url.replace(String(live.port), String(proxy.port));
  const ledger = await openFor(t, url, manualClock());
  const other = await openFor(t, url, manualClock());
  const lease = await ledger.acquire(['key'], 'one', minute);
  const id = await ledger.begin(planOf());
  await live.stop();
  const error = await t.throwsAsync(lease.check(), { instanceOf: LedgerError, code: 'unreachable' });
  t.is(error.outcome, 'waiting');
  await t.throwsAsync(openLedgerReader(url), { code: 'unreachable' });
  await t.notThrowsAsync((await ledger.acquire(['x'], 'one', minute).catch(() => lease)).release());
  live = await live.restarted();
  proxy.target = live.port;
  await t.notThrowsAsync(lease.check(), 'nobody has to begin again');
  await t.throwsAsync(other.acquire(['key'], 'two', minute), { code: 'held' });
  await t.notThrowsAsync(ledger.finish(id, 'done'));
});

test.serial('a server that takes connections and says nothing is given up', async (t) => {
  const { proxy, ledger } = await behindProxy(t);
  const lease = await ledger.acquire(['key'], 'one', minute);
  const asked = proxy.holdAfter(/./s);
  const checked = lease.check();
  await asked;
  await t.throwsAsync(checked, { code: 'unreachable' });
  proxy.pass();
  await t.notThrowsAsync(lease.check(), 'the connection that was given up is not used again');
});

test.serial('whoever stands still in a transaction is thrown out, and the others go on', async (t) => {
  const { proxy, ledger, direct } = await behindProxy(t);
  const asked = proxy.holdAfter(/insert into "leases"/);
  const stuck = ledger.acquire(['key'], 'one', minute);
  stuck.catch(() => undefined);
  await asked;
  await t.notThrowsAsync(direct.acquire(['key'], 'two', minute));
  proxy.pass();
  const thrown = await t.throwsAsync<LedgerError>(stuck);
  // Its connection is gone; where it had the time to ask once more on another one, it learns who has the key.
  t.true(['unreachable', 'held'].includes(`${thrown?.code}`), thrown?.message);
  t.is(thrown?.outcome, 'waiting');
});

test.serial('a transaction that collided is tried again, and not for ever', async (t) => {
  const stage = await newStage(t);
  const ledger = await stage.open();
  const id = await ledger.begin(planOf());
  // A sequence counts on when its transaction is rolled back.
  const collide = (times: number) =>
    stage.execute(`
      create or replace function collide() returns trigger language plpgsql as $$ begin
        if nextval('collisions') <= ${String(times)} then raise exception using errcode = '40001'; end if;
        return new;
      end $$;`);
  await stage.execute('create sequence collisions');
  await collide(4);
  await stage.execute('create trigger collide before insert on journal for each row execute function collide()');
  await ledger.record(id, 'staged', 'the fifth time');
  t.is((await ledger.unfinished('master', label))[0]?.journal.length, 1);
  await collide(99);
  await t.throwsAsync(ledger.record(id, 'staged', ''), { code: 'busy', message: /stays busy/ });
});

test.serial('looking makes no table, and reads what is there', async (t) => {
  const stage = await newStage(t);
  t.is(await openLedgerReader(stage.url), null);
  const ledger = await stage.open();
  await ledger.begin(planOf());
  const reader = await openLedgerReader(stage.url);
  t.is((await reader?.unfinished('master', label))?.length, 1);
  await reader?.close();
  await stage.execute('update tagflow_schema set version = 99');
  await t.throwsAsync(openLedgerReader(stage.url), { code: 'newer-schema' });
});

test.serial('a socket instead of an address, and TLS where the server has none', async (t) => {
  const { url } = await newStage(t);
  const socket = `postgresql://tagflow@/postgres?host=${encodeURIComponent(server.sockets)}&port=${String(server.port)}`;
  const ledger = await openFor(t, url.replace(/^.*\?/, `${socket}&`), manualClock());
  await t.notThrowsAsync(ledger.begin(planOf()));
  await t.throwsAsync(openFor(t, `${server.url}?sslmode=verify-full`, manualClock()), { code: 'refused' });
});

test.serial('who may not enter hears where the password comes from, and none is shown', async (t) => {
  const strict = await mkdtemp(join(tmpdir(), 'tagflow-postgres-'));
  t.teardown(() => rm(strict, { recursive: true, force: true }));
  const guarded = await startRealPostgres(strict, { password: 'hunter2' });
  t.teardown(() => guarded.stop());
  const child = (env: Readonly<Record<string, string>>) => openIn(guarded.url, env);
  t.deepEqual(await child({ PGPASSWORD: 'hunter2' }), 'opened');
  const passwords = join(strict, 'pgpass');
  await writeFile(passwords, `127.0.0.1:${String(guarded.port)}:*:tagflow:hunter2\n`, { mode: 0o600 });
  t.deepEqual(await child({ PGPASSFILE: passwords }), 'opened');
  for (const env of [{}, { PGPASSWORD: 'hunter3' }]) {
    const said = await child(env);
    t.regex(said, /^refused invalid .*PGPASSWORD or PGPASSFILE/);
    t.notRegex(said, /hunter/);
  }
  const missing = server.url.replace(/\/postgres$/, '/no_such_database');
  await t.throwsAsync(openFor(t, missing, manualClock()), { code: 'refused', message: /does not exist/ });
});

/** Opens a ledger in a process of its own, which has the environment that a login is read from. */
async function openIn(url: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(execPath, [program('opening-process.ts'), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', HOME: folder, ...env },
  });
  const said = (await Array.fromAsync(child.stdout.setEncoding('utf8') as AsyncIterable<string>)).join('');
  return said.trim();
}
