// Started as a process of its own: takes the lease as often as it was told, and between check and release writes its
// name into a file that must never have two names at once.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { LedgerError, openLedger } from '../src/index.ts';
import { planOf } from './world.ts';

const [, , url = '', witness = '', name = '', rounds = '0', ...keys] = argv;
const clock = { now: () => Date.now(), sleep: (ms: number) => delay(ms) };
const ledger = await openLedger(url, { clock, random: Math.random });
for (let round = 0; round < Number(rounds);) {
  try {
    const lease = await ledger.acquire(keys, name, 60_000);
    if (readFileSync(witness, 'utf8') !== '') throw new Error('somebody else is inside');
    writeFileSync(witness, name);
    await ledger.record(await ledger.begin(planOf()), 'begun', name);
    await lease.check();
    if (readFileSync(witness, 'utf8') !== name) throw new Error('somebody else came in');
    writeFileSync(witness, '');
    await lease.release();
    round += 1;
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'held') throw error;
    await delay(1);
  }
}
await ledger.close();
