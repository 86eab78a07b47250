import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runOnce } from './compare.ts';
import { fetchNextOurs } from './fetch.ts';
import { publishNextOurs } from './publish.ts';
import { formatBytes, printTable } from './report.ts';
import type { ImagesRun, World } from './world.ts';

/** What the next hash costs when more of it is new, with images of a quarter of the size. */
export async function growth(world: World): Promise<void> {
  const directions = { fetch: new Map<string, ImagesRun>(), publish: new Map<string, ImagesRun>() };
  let size = 0;
  for (const change of [0.02, 0.07, 0.2]) {
    const trees = await world.makeTrees('growth', { scale: world.scale / 4, change });
    const row = `${(change * 100).toFixed(0).padStart(2)} % of the extents, ${formatBytes(trees.next.fresh)} new`;
    directions.fetch.set(row, await runOnce(world, fetchNextOurs(world, trees)));
    directions.publish.set(row, await runOnce(world, publishNextOurs('tagflow', trees, world.sshd)));
    ({ size } = trees.next);
    await rm(join(world.root, 'growth'), { recursive: true });
  }
  for (const [direction, runs] of Object.entries(directions)) {
    world.print(`\n${direction} of the next hash, ${formatBytes(size)}, of which more and more is new`);
    printTable(runs, world.print);
  }
}
