// Claims one part after another, whose locks are those of dead processes, and tells which ones it got.
// usage: cache-contender.ts FOLDER COUNT
import { join } from 'node:path';
import { stdin, stdout } from 'node:process';
import { tryClaimPart } from '../src/fetch/part-lock.ts';

const [folder = '', count = ''] = process.argv.slice(2);
const won: number[] = [];
for (let index = 0; index < Number(count); index++) {
  if ((await tryClaimPart(join(folder, `${index}.part`))) !== null) won.push(index);
}
stdout.write(`${JSON.stringify(won)}\n`);
// Lives on, so that what it won stays won, until everybody has tried.
stdin.resume();
