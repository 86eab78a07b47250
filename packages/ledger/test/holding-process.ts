// Started by dead-holder.test.ts as a process of its own: takes a lease, says so, and keeps it until it is killed.
import { argv, stdin, stdout } from 'node:process';
import { openSqliteLedger } from '../src/index.ts';

const [, , path = ''] = argv;
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const ledger = await openSqliteLedger(path, { clock, random: Math.random });
await ledger.acquire(['key'], 'the other', 3_600_000);
stdout.write('held\n');
stdin.resume();
