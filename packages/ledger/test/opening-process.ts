// Started as a process of its own, because a login is read from the environment: opens a ledger and says what came of it.
import { argv, stdout } from 'node:process';
import { LedgerError, openLedger } from '../src/index.ts';

const [, , url = ''] = argv;
try {
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  await (await openLedger(url, { clock, random: Math.random })).close();
  stdout.write('opened\n');
} catch (error) {
  if (!(error instanceof LedgerError)) throw error;
  stdout.write(`${error.code} ${error.outcome} ${error.message} ${error.next ?? ''}\n`);
}
