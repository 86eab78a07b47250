// One job that unpacks an archive, started by unpack-killed.test.ts as a process of its own. With a number it stops for
// good before it writes that member, and says so; without, it says how many bytes unpacking made it read.
// usage: unpack-job.ts ARCHIVE INTO [NUMBER]
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { unpackImage } from '../src/unpack/unpack-image.ts';

const [archive = '', into = '', stopAt] = process.argv.slice(2);
const clock = { now: () => Date.now(), sleep: (ms: number) => setTimeout(ms) };
const log = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const say = (message: string): void => void process.stdout.write(`${message}\n`);

let members = 0;
const freeBytes = async (): Promise<number> => {
  members += 1;
  if (String(members) === stopAt) {
    say('stopped');
    await new Promise(() => setInterval(() => undefined, 1000));
  }
  return 2 ** 40;
};

/** Bytes that system calls of this process have read, from files or caches. */
async function bytesRead(): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

const before = await bytesRead();
const files = await unpackImage(archive, into, { clock, log, signal: new AbortController().signal }, { freeBytes });
say(JSON.stringify({ files, read: (await bytesRead()) - before }));
