import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool } from '../../../scripts/tools.ts';
import { formatMs } from '../measure.ts';
import { compare, type Contender, holds, linkFiles, runOf } from './compare.ts';
import { fetchOurs, type FetchTask, namesOf, runUnmeasured } from './ours.ts';
import { curl, rcloneHttp, rsyncPull, wget } from './peers.ts';
import { formatBytes } from './report.ts';
import { hashesFolder } from './seed.ts';
import type { Trees, World } from './world.ts';

/** All images of a hash over HTTP into an empty folder, and their digests looked at. */
export async function fetchCold(world: World): Promise<void> {
  const { rdo, ours, previous: hash } = world.trees;
  const check = holds(rdo, hash);
  const directory = world.urlOf(join(rdo, hashesFolder, hash.hash));
  const urls = namesOf(hash).map((name) => `${directory}/${name}`);
  const task = (into: string): FetchTask => ({ hash, into });
  const contenders: readonly Contender[] = [
    { name: 'tagflow', check, command: (folder, home) => fetchOurs(world, ours, task(folder), home) },
    {
      name: 'tagflow, RDO tree',
      check,
      command: (folder, home) => fetchOurs(world, rdo, { ...task(folder), files: namesOf(hash) }, home),
    },
    { name: 'curl, md5sum', check, command: () => curl(urls, ['md5sum']) },
    { name: 'curl, both sums', check, command: () => curl(urls, ['md5sum', 'sha256sum']) },
    ...(findTool('wget') === null ? [] : [{ name: 'wget, md5sum', check, command: () => wget(urls) }]),
    { name: 'rclone, md5', check, command: (folder) => rcloneHttp(directory, folder, { checksum: true }) },
  ];
  const title = `cold fetch over HTTP with verification, ${formatBytes(hash.size)}`;
  const runs = await compare(world, title, contenders, { rounds: 2 });
  // Of RDO's own tree we find the sha256 out as well.
  for (const [name, peer] of [
    ['tagflow', 'curl, md5sum'],
    ['tagflow, RDO tree', 'curl, both sums'],
  ] as const) {
    const { cpuMs, peakMb } = runOf(runs, name);
    const limit = runOf(runs, peer).cpuMs;
    world.bars.atMost(`client CPU of a cold fetch, ${name} (that of ${peer})`, cpuMs, limit, formatMs);
    world.bars.atMost(`peak of a cold fetch, ${name}`, peakMb * 1e6, 150e6, formatBytes);
  }
}

/** The next hash, where the one before is there. */
export async function fetchNext(world: World): Promise<void> {
  const { rdo, previous, next } = world.trees;
  const check = holds(rdo, next, 'next');
  const rsync = (name: string, options: readonly string[]): Contender => ({
    ...{ name, check },
    prepare: (folder) => linkFiles(join(rdo, hashesFolder, previous.hash), join(folder, 'previous')),
    command: (folder) =>
      rsyncPull(world.sshd, ['-aS', ...options], join(rdo, hashesFolder, next.hash), join(folder, 'next')),
  });
  const title = `fetch of the next hash, ${formatBytes(next.size)}, ${formatBytes(next.fresh)} of it new`;
  const runs = await compare(world, title, [
    fetchNextOurs(world, world.trees),
    rsync('rsync --link-dest', ['--link-dest=../previous']),
    rsync('rsync --link-dest, zstd', ['--link-dest=../previous', '-z', '--zc=zstd', '--zl=1']),
    rsync('rsync', []),
  ]);
  if (world.scale !== 1) return;
  const { wireBytes, cpuMs } = runOf(runs, 'tagflow');
  world.bars.atMost('bytes on the wire, fetch of the next hash', wireBytes, 115e6, formatBytes);
  world.bars.atMost('client CPU, fetch of the next hash', cpuMs, 2500, formatMs);
}

/** Fetches the next hash, with the previous one in its cache. */
export function fetchNextOurs(world: World, { ours, rdo, previous, next }: Trees): Contender {
  return {
    name: 'tagflow',
    check: holds(rdo, next, 'next'),
    prepare: async (folder, home) => {
      const into = join(folder, 'previous');
      const task = { hash: previous, into, cache: join(folder, 'cache') };
      await runUnmeasured(fetchOurs(world, ours, task, home), home);
      await rm(into, { recursive: true });
    },
    command: (folder, home) =>
      fetchOurs(world, ours, { hash: next, into: join(folder, 'next'), cache: join(folder, 'cache') }, home),
  };
}
