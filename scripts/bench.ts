import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './workspaces.ts';

// usage: npm run bench -- NAME
// Every file of test/bench that exports `bench` is one. It measures a peer in the same run and prints a ratio: times of
// one machine mean nothing on another.

const folder = join(root, 'test', 'bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const [name, ...more] = process.argv.slice(2);
if (name === undefined || more.length > 0 || !names.includes(name)) {
  const what = name === undefined ? 'no benchmark was named' : `there is no benchmark "${[name, ...more].join(' ')}"`;
  console.error(`${what}; there are: ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  const module = (await import(pathToFileURL(join(folder, `${name}.bench.ts`)).href)) as {
    bench(print: (line: string) => void): Promise<void>;
  };
  await module.bench((line) => console.log(line));
}
