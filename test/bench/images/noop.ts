import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool } from '../../../scripts/tools.ts';
import { formatMs } from '../measure.ts';
import { compare, type Contender, linkFiles, runOf } from './compare.ts';
import { fetchOurs, namesOf, publishOurs, runUnmeasured } from './ours.ts';
import { rcloneHttp, rcloneSftp, rsyncPull, rsyncPush, wgetNewer } from './peers.ts';
import { formatBytes } from './report.ts';
import { hashesFolder } from './seed.ts';
import { type ImagesRun, type Trees, usualChange, type World } from './world.ts';

/** Nothing to do, both ways; and the same with images of a tenth of the size. */
export async function noop(world: World): Promise<void> {
  const { trees, bars, scale } = world;
  const tenth = await world.makeTrees('tenth', { scale: scale / 10, change: usualChange });
  const again = { rounds: 5, again: true, best: ({ wallMs }: ImagesRun) => wallMs };
  const directions = {
    fetch: { ours: (of: Trees, name: string) => fetchAgain(world, of, name), peers: fetchPeers(world) },
    publish: { ours: (of: Trees, name: string) => publishAgain(world, of, name), peers: publishPeers(world) },
  };
  for (const [direction, { ours, peers }] of Object.entries(directions)) {
    const title = `nothing to ${direction}, ${formatBytes(trees.previous.size)}`;
    const runs = await compare(
      world,
      title,
      [ours(trees, 'tagflow'), ours(tenth, 'tagflow, a tenth'), ...peers],
      again,
    );
    const [own, small] = [runOf(runs, 'tagflow'), runOf(runs, 'tagflow, a tenth')];
    bars.atMost(`nothing to ${direction}`, own.wallMs, 200, formatMs);
    const limit = small.cpuMs * 1.25;
    bars.atMost(`client CPU, nothing to ${direction} (1.25 × that of a tenth of the size)`, own.cpuMs, limit, formatMs);
  }
  await rm(join(world.root, 'tenth'), { recursive: true });
}

function fetchAgain(world: World, { ours, previous }: Trees, name: string): Contender {
  const command: Contender['command'] = (into, home) => fetchOurs(world, ours, { hash: previous, into }, home);
  return { name, command, prepare: (folder, home) => runUnmeasured(command(folder, home), home) };
}

function publishAgain({ sshd }: World, { rdo, previous }: Trees, name: string): Contender {
  const command: Contender['command'] = (folder, home) => publishOurs({ rdo, hash: previous }, sshd, folder, home);
  return { name, command, prepare: (folder, home) => runUnmeasured(command(folder, home), home) };
}

function fetchPeers({ sshd, trees, urlOf }: World): readonly Contender[] {
  const from = join(trees.rdo, hashesFolder, trees.previous.hash);
  const urls = namesOf(trees.previous).flatMap((name) => [`${urlOf(from)}/${name}`, `${urlOf(from)}/${name}.md5`]);
  const prepare = (folder: string): Promise<void> => linkFiles(from, folder);
  return [
    { name: 'rsync -aS', prepare, command: (folder) => rsyncPull(sshd, ['-aS'], from, folder) },
    { name: 'rclone http', prepare, command: (folder) => rcloneHttp(urlOf(from), folder) },
    ...(findTool('wget') === null ? [] : [{ name: 'wget -N', prepare, command: () => wgetNewer(urls) }]),
  ];
}

function publishPeers({ sshd, trees }: World): readonly Contender[] {
  const from = join(trees.rdo, hashesFolder, trees.previous.hash);
  const prepare = (folder: string): Promise<void> => linkFiles(from, folder);
  return [
    { name: 'rsync -aS', prepare, command: (folder) => rsyncPush(sshd, ['-aS'], from, folder) },
    { name: 'rclone sftp', prepare, command: (folder) => rcloneSftp(sshd, from, folder) },
  ];
}
