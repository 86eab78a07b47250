import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runMeasured } from '../measured-command.ts';
import { formatMs } from '../measure.ts';
import { linkFiles } from './compare.ts';
import { environment, sftpFlags, syncImages } from './ours.ts';
import { sftp } from './peers.ts';
import { type ReadersCount, startReaders } from './readers.ts';
import { hashesFolder } from './seed.ts';
import type { World } from './world.ts';

const label = 'current-tripleo';
const readers = 4;

/** A way to move the link, back and forth. */
interface Flipper {
  readonly name: string;
  /** How often it moves the link. */
  readonly flips: number;
  /** The commands that do so; `hashes` are to be named in turns, the second one first. */
  readonly commands: (folder: string, hashes: readonly string[]) => readonly (readonly string[])[];
}

/** A label's link that moves while readers ask for a file behind it. */
export async function flip(world: World): Promise<void> {
  const { trees, root, print, urlOf } = world;
  const [folder, home] = [join(root, 'work'), join(root, 'home')];
  const links = join(folder, hashesFolder);
  const hashes = [trees.previous.hash, trees.next.hash];
  const file = 'overcloud-full.tar.md5';
  await mkdir(home);
  await linkFiles(join(trees.ours, hashesFolder), links, hashes);
  const texts = await Promise.all(hashes.map((hash) => readFile(join(links, hash, file), 'utf8')));
  print(`\n${label} moves while ${readers} readers ask for its ${file}`);
  let ours: ReadersCount | null = null;
  for (const { name, flips, commands } of flippers(world, home)) {
    await rm(join(links, label), { force: true });
    await symlink(hashes[0] ?? '', join(links, label));
    const asking = startReaders(`${urlOf(links)}/${label}/${file}`, readers, texts);
    let wallMs = 0;
    for (const command of commands(links, hashes)) {
      const run = await runMeasured(command, { cwd: home, env: environment(home) });
      if (run.exitCode !== 0) throw new Error(`${name} ended with ${String(run.exitCode)}: ${run.stderr}${run.stdout}`);
      wallMs += run.wallMs;
    }
    const counted = await asking.stop();
    ours ??= counted;
    print(`  ${name.padEnd(34)} ${failuresOf(counted).padEnd(38)} ${formatMs(wallMs / flips).padStart(7)} a flip`);
  }
  world.bars.atMost('failures of readers while a link moves', ours?.failures ?? NaN, 0, String);
  for (const path of [folder, home]) await rm(path, { recursive: true });
}

function flippers(world: World, home: string): readonly Flipper[] {
  const { sshd, sftpOnly } = world;
  const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const other = (hashes: readonly string[], index: number): string => hashes[(index + 1) % hashes.length] ?? '';
  return [
    {
      name: 'tagflow, a run a flip',
      flips: 20,
      commands: (links, hashes) => {
        const tree = links.slice(0, -hashesFolder.length - 1);
        return times(20, (index) =>
          syncImages('link', other(hashes, index), home, { label, ...sftpFlags(sftpOnly, tree) }),
        );
      },
    },
    {
      name: 'ssh ln -sfn, a run a flip',
      flips: 8,
      commands: (links, hashes) =>
        times(8, (index) => ['ssh', '-F', sshd.config, 'images', `ln -sfn ${other(hashes, index)} ${links}/${label}`]),
    },
    {
      name: 'remove and symlink, one session', // as dlrnapi_promoter does it
      flips: 200,
      commands: (links, hashes) => {
        const lines = (index: number): readonly string[] => [
          ...[`rm ${links}/${label}`, `ln -s ${other(hashes, index)} ${links}/${label}`],
        ];
        return [sftp(sftpOnly, times(200, lines).flat())];
      },
    },
    {
      name: 'rm, rename, ln -s, three sessions', // as promote-images.sh does it
      flips: 5,
      commands: (links, hashes) =>
        times(5, (index) => [
          sftp(sftpOnly, [`-rm ${links}/previous-${label}`]),
          sftp(sftpOnly, [`-rename ${links}/${label} ${links}/previous-${label}`]),
          sftp(sftpOnly, [`ln -s ${other(hashes, index)} ${links}/${label}`]),
        ]).flat(),
    },
  ];
}

function failuresOf({ requests, failures }: ReadersCount): string {
  const share = failures === 0 ? '' : ` (${((100 * failures) / requests).toFixed(1)} %)`;
  return `${failures} failures${share} of ${requests}`;
}
