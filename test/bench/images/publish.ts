import { join } from 'node:path';
import { formatMs } from '../measure.ts';
import { compare, type Contender, costOf, holds, linkFiles, runOf, shell } from './compare.ts';
import { publishOurs } from './ours.ts';
import { rcloneSftp, rsyncPush, sftpPut } from './peers.ts';
import { formatBytes } from './report.ts';
import { hashesFolder } from './seed.ts';
import type { BenchSshd, Trees, World } from './world.ts';

/** All images of a hash over SSH to a server that has none. */
export async function publishCold(world: World): Promise<void> {
  const { sshd, sftpOnly, trees, bars } = world;
  const { rdo, previous: hash } = trees;
  const from = join(rdo, hashesFolder, hash.hash);
  const below = join(hashesFolder, hash.hash);
  const check = holds(rdo, hash, below);
  const ours = (name: string, server: BenchSshd, described = true): Contender => ({
    ...{ name, check },
    command: (folder, home) => publishOurs({ rdo, hash, described }, server, folder, home),
  });
  const peer = (name: string, command: (to: string) => readonly string[]): Contender => ({
    ...{ name, check },
    command: (folder) => command(join(folder, below)),
  });
  const verified =
    'server=$1 to=$2; shift 2; "$@"; ssh -F "$server" images "cd $to && md5sum -c --quiet *.md5 && sha256sum *.tar *.qcow2" > /dev/null';
  const runs = await compare(world, `publish to an empty server, ${formatBytes(hash.size)}`, [
    ours('tagflow', sshd),
    ours('tagflow, no set.json', sshd, false),
    ours('tagflow, SFTP alone', sftpOnly),
    peer('rsync -aS', (to) => rsyncPush(sshd, ['-aS'], from, to)),
    peer('rsync -aS, both sums', (to) => shell(verified, [sshd.config, to, ...rsyncPush(sshd, ['-aS'], from, to)])),
    peer('rsync -a', (to) => rsyncPush(sshd, ['-a'], from, to)),
    peer('sftp put', (to) => sftpPut(sftpOnly, from, to)),
    peer('rclone sftp', (to) => rcloneSftp(sshd, from, to)),
  ]);
  // The other two of ours do more: one finds the digests out, one has the server's files read back.
  for (const [name, peerName] of [
    ['tagflow', 'rsync -aS'],
    ['tagflow, no set.json', 'rsync -aS, both sums'],
  ] as const) {
    const limit = costOf(runOf(runs, peerName));
    bars.atMost(`CPU of both ends, publish, ${name} (that of ${peerName})`, costOf(runOf(runs, name)), limit, formatMs);
  }
}

/** The next hash, where the server has the one before. */
export async function publishNext(world: World): Promise<void> {
  const { sshd, sftpOnly, trees, bars, scale } = world;
  const { rdo, previous, next } = trees;
  const from = join(rdo, hashesFolder, next.hash);
  const below = join(hashesFolder, next.hash);
  const rsync = (name: string, options: readonly string[]): Contender => ({
    name,
    check: holds(rdo, next, below),
    prepare: (folder) => linkFiles(join(rdo, hashesFolder), join(folder, hashesFolder), [previous.hash]),
    command: (folder) => rsyncPush(sshd, options, from, join(folder, below)),
  });
  const basis = `--link-dest=../${previous.hash}`;
  const title = `publish of the next hash, ${formatBytes(next.size)}, ${formatBytes(next.fresh)} of it new`;
  const runs = await compare(world, title, [
    publishNextOurs('tagflow', trees, sshd),
    publishNextOurs('tagflow, SFTP alone', trees, sftpOnly),
    rsync('rsync --link-dest', ['-aS', basis]),
    rsync('rsync --link-dest, zstd', ['-aS', basis, '-z', '--zc=zstd', '--zl=1']),
    rsync("rsync, RDO's way", ['-a', '--no-perms', '--no-owner', '--no-group', '--delay-updates']),
  ]);
  if (scale !== 1) return;
  const { wireBytes, cpuMs } = runOf(runs, 'tagflow');
  bars.atMost('bytes on the wire, publish of the next hash', wireBytes, 115e6, formatBytes);
  bars.atMost('client CPU, publish of the next hash', cpuMs, 2500, formatMs);
}

/** Publishes the next hash in a tree where sync-images has published the previous one. */
export function publishNextOurs(name: string, { rdo, ours, previous, next }: Trees, sshd: BenchSshd): Contender {
  return {
    name,
    check: holds(rdo, next, join(hashesFolder, next.hash)),
    prepare: (folder) => linkFiles(join(ours, hashesFolder), join(folder, hashesFolder), [previous.hash]),
    command: (folder, home) => publishOurs({ rdo, hash: next }, sshd, folder, home),
  };
}
