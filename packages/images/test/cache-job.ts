// One job of several that share a cache: fetches an image that another process described, and tells where it is.
// With the name of a stage as last argument it stops there, until it is killed.
// usage: cache-job.ts ROOT SOURCE TARGET WITNESS [STAGE]
import { appendFile, open, readFile, rename, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openImageCache } from '../src/cache/image-cache.ts';
import { imageOf } from './cache-world.ts';

const [root = '', source = '', target = '', witness = '', stopAt] = process.argv.slice(2);
const { signal } = new AbortController();
const say = (message: string): void => void process.stdout.write(`${message}\n`);
let stage = 'opened';

async function reach(next: string): Promise<void> {
  stage = next;
  say(`stage ${next}`);
  if (next === stopAt) await new Promise(() => setInterval(() => undefined, 1000));
}

const clock = {
  now: () => Date.now(),
  sleep: async (ms: number) => {
    // Inside complete and place the only waiting is for the clock of the file system.
    if (stage === 'whole' || stage === 'completed') await reach(`${stage}-settling`);
    await setTimeout(ms);
  },
};
const log = { debug: say, info: say, warning: say };

const bytes = await readFile(source);
const image = imageOf(basename(source), bytes);
const cache = await openImageCache(root, { clock, log });
const reserved = await cache.reserve(image, signal);
let { found } = reserved;
if (reserved.found === null) {
  const { part, target: whole, complete, release } = reserved.reservation;
  await reach('reserved');
  const file = await open(part, 'a');
  let { size } = await stat(part);
  await appendFile(witness, `${process.pid} from ${size}\n`);
  for (; size < bytes.length; size += 4096) {
    await file.write(bytes.subarray(size, size + 4096));
    if (size === Math.floor(bytes.length / 8192) * 4096) await reach('half');
  }
  await file.close();
  await reach('written');
  await rename(part, whole);
  await reach('whole');
  found = await complete(image, null);
  await reach('completed');
  await release();
}
await cache.place(found!, target, signal);
await reach('placed');
await cache.close();
