import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runForeign } from '../../peers/foreign.ts';
import { compare, type Contender, holds, runOf } from './compare.ts';
import { readLoopbackBytes } from './loopback.ts';
import { environment, fetchOurs, publishOurs } from './ours.ts';
import { curlContinue, rcloneHttp, rcloneSftp, rsyncPush, sftpContinue } from './peers.ts';
import { formatBytes } from './report.ts';
import { hashesFolder } from './seed.ts';
import type { World } from './world.ts';

const image = 'overcloud-full.tar';

/** The rest of a file of which half is there: ours after a kill, the peers with the first half of the file. */
export async function resume(world: World): Promise<void> {
  const { sshd, trees } = world;
  const { rdo, ours, previous: hash } = trees;
  const size = hash.images.find(({ name }) => name === image)?.size ?? 0;
  const from = join(rdo, hashesFolder, hash.hash);
  const below = join(hashesFolder, hash.hash);
  const half = async (folder: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    await runForeign('dd', [
      'status=none',
      `if=${from}/${image}`,
      `of=${folder}/${image}`,
      `bs=${size >> 1}`,
      'count=1',
    ]);
  };
  const directions: Readonly<Record<string, readonly [Contender, ...Contender[]]>> = {
    download: [
      {
        name: 'tagflow',
        command: (into, home) => fetchOurs(world, ours, { hash, into, files: [image] }, home),
        check: holds(rdo, hash, '', [image]),
      },
      { name: 'curl -C -', command: () => curlContinue(`${world.urlOf(from)}/${image}`) },
      { name: 'rclone http', command: (folder) => rcloneHttp(world.urlOf(from), folder, { only: image }) },
    ],
    upload: [
      {
        name: 'tagflow',
        command: (folder, home) => publishOurs({ rdo, hash, only: image }, sshd, folder, home),
        check: holds(rdo, hash, below, [image]),
      },
      { name: 'sftp reput', command: (folder) => sftpContinue(sshd, `${from}/${image}`, `${folder}/${image}`) },
      {
        name: 'rsync --append-verify',
        command: (folder) =>
          rsyncPush(sshd, ['-a', '--append-verify', `--include=${image}`, '--exclude=*'], from, folder),
      },
      { name: 'rclone sftp', command: (folder) => rcloneSftp(sshd, from, folder, { only: image }) },
    ],
  };
  for (const [direction, [own, ...peers]] of Object.entries(directions)) {
    let moved = 0;
    const killed: Contender = {
      ...own,
      prepare: async (folder, home) => {
        moved = await killHalfWay(world, own.command(folder, home), size, home);
      },
    };
    const halves = peers.map((peer) => ({ check: holds(rdo, hash, '', [image]), ...peer, prepare: half }));
    const title = `${direction} of half of ${formatBytes(size)}, the other half is there`;
    const { wireBytes } = runOf(await compare(world, title, [killed, ...halves]), 'tagflow');
    world.print(
      `  tagflow was killed when ${formatBytes(moved)} had travelled, and moved ${formatBytes(wireBytes)} after that`,
    );
    // What was on its way when it was killed is lost: some pieces of a few MiB.
    const limit = size - moved + size * 0.05;
    world.bars.atMost(`bytes on the wire, rest of the ${direction} (5 % over)`, wireBytes, limit, formatBytes);
  }
}

/** Starts a command, ends it as a lost machine would when half of the bytes have travelled, and returns how many had. */
async function killHalfWay(world: World, command: readonly string[], size: number, home: string): Promise<number> {
  await world.settled();
  const before = readLoopbackBytes();
  const [program = '', ...words] = command;
  const env = { PATH: '/usr/bin:/bin', ...environment(home) };
  const child = spawn(program, words, { cwd: home, env, stdio: 'ignore' });
  const closed = once(child, 'close');
  while (child.exitCode === null && readLoopbackBytes() - before < size / 2) await sleep(2);
  const isRunning = child.kill('SIGKILL');
  await closed;
  if (!isRunning) throw new Error(`${command.join(' ')} ended before half of the bytes had travelled`);
  await world.settled();
  return readLoopbackBytes() - before;
}
