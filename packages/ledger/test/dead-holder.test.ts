import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath, pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hasEnded, thisHolder } from '../src/holder.ts';
import { openSqliteLedger } from '../src/index.ts';
import { ledgerPath } from './world.ts';

test('a holder that was killed is overtaken at once, one that lives is not', async (t) => {
  const path = await ledgerPath(t);
  const program = fileURLToPath(new URL('holding-process.ts', import.meta.url));
  const child = spawn(execPath, [program, `sqlite:${path}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');

  const ledger = await openSqliteLedger(path, {
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    random: Math.random,
  });
  t.teardown(() => ledger.close());
  await t.throwsAsync(ledger.acquire(['key'], 'me', 1000), { code: 'held', message: /the other/ });

  child.kill('SIGKILL');
  await once(child, 'exit');
  const lease = await ledger.acquire(['key'], 'me', 1000);
  await t.notThrowsAsync(lease.check());
});

test('only a process of the same place can be known to have ended', (t) => {
  const self = thisHolder();
  const noSuchPid = 2 ** 22 + 1; // above Linux's highest
  t.true(hasEnded({ place: self.place, pid: noSuchPid }, self));
  t.false(hasEnded({ place: self.place, pid }, self), 'this very process');
  t.false(hasEnded({ place: 'another boot or container', pid: noSuchPid }, self));
  t.false(hasEnded({ place: null, pid: noSuchPid }, { place: null, pid }), 'nobody can tell');
  t.false(hasEnded({ place: self.place, pid: null }, self), 'a lease of an older tagflow');
});
