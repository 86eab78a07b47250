// Started as a process of its own: takes a lease, says so, and keeps it until it is killed.
import { argv, stdin, stdout } from 'node:process';
import { openLedger } from '../src/index.ts';

const [, , url = ''] = argv;
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const ledger = await openLedger(url, { clock, random: Math.random });
await ledger.acquire(['key'], 'the other', 3_600_000);
stdout.write('held\n');
stdin.resume();
