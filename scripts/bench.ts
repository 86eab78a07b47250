import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspaces.ts';

// usage: npm run bench -- NAME [WORDS…]
// Every file of test/bench that exports `bench` is one. It measures a peer in the same run and prints a ratio: times of
// one machine mean nothing on another.

interface Bench {
  bench(print: (line: string) => void, words: readonly string[]): Promise<void>;
  /** What its words may be; a benchmark without it takes none. */
  readonly usage?: string;
}

const folder = join(root, 'test', 'bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const [name, ...words] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  const what = name === undefined ? 'no benchmark was named' : `there is no benchmark "${name}"`;
  fail(`${what}; there are: ${names.join(', ')}`);
} else {
  const module = (await import(pathToFileURL(join(folder, `${name}.bench.ts`)).href)) as Bench;
  if (words.length > 0 && module.usage === undefined) fail(`benchmark ${name} takes no "${words.join(' ')}"`);
  else await module.bench((line) => console.log(line), words);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 2;
}
