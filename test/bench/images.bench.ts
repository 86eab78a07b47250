import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fetchCold, fetchNext } from './images/fetch.ts';
import { flip } from './images/flip.ts';
import { growth } from './images/growth.ts';
import { hasOwnLoopback, runInOwnNetwork } from './images/loopback.ts';
import { noop } from './images/noop.ts';
import { publishCold, publishNext } from './images/publish.ts';
import { formatBytes } from './images/report.ts';
import { resume } from './images/resume.ts';
import { startWorld, type World } from './images/world.ts';

const cases: Readonly<Record<string, (world: World) => Promise<void>>> = {
  ...{ fetch: fetchCold, 'fetch-next': fetchNext, publish: publishCold, 'publish-next': publishNext },
  ...{ noop, resume, flip, growth },
};

export const usage = `[${Object.keys(cases).join('|')}…] [--scale NUMBER]`;

/**
 * Moves disk images of two successive hashes between this machine and nginx or sshd on loopback, with `sync-images` and
 * its peers in turns. All at scale 1 unless the words say otherwise: 1250 MB a hash, 713 MB of it data.
 */
export async function bench(print: (line: string) => void, words: readonly string[] = []): Promise<void> {
  const { names, scale } = parseWords(words);
  if (!hasOwnLoopback()) {
    const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));
    const code = await runInOwnNetwork([process.execPath, script, 'images', ...words]);
    if (code !== null) {
      process.exitCode = code;
      return;
    }
    print('no network of its own (that needs root): what else uses loopback on this machine counts as on the wire');
  }
  // A session of a plain user outlives the process of sshd that would have waited for it.
  if (userInfo().uid !== 0)
    print('not root: the CPU of sshd lacks most of its sessions, so the bar of publish means nothing');
  const world = await startWorld(scale, print);
  try {
    const { previous, next } = world.trees;
    print(
      `${previous.images.length} images a hash, ${formatBytes(previous.size)}, ${formatBytes(previous.fresh)} of it data; ` +
        `${formatBytes(next.fresh)} of the next hash is new; both ends ${world.inMemory ? 'in memory' : 'on disk'}`,
    );
    for (const name of names) await cases[name]?.(world);
    world.bars.summary();
  } finally {
    await world.close();
  }
}

function parseWords(words: readonly string[]): { readonly names: readonly string[]; readonly scale: number } {
  const options = { scale: { type: 'string', default: '1' } } as const;
  const { positionals, values } = parseArgs({ args: [...words], options, allowPositionals: true });
  const unknown = positionals.filter((name) => !(name in cases));
  const scale = Number(values.scale);
  if (unknown.length > 0) throw new Error(`there is no case "${unknown.join(' ')}": images ${usage}`);
  if (!(scale > 0 && scale <= 5)) throw new Error(`--scale is a number up to 5: images ${usage}`);
  return { names: positionals.length === 0 ? Object.keys(cases) : positionals, scale };
}
