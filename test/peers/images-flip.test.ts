import { readlink, rename, symlink } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { executeAction, type ExecutionResult, systemClock } from '@tagflow/action-kit';
import { action as syncImages } from '@tagflow/sync-images';
import test from 'ava';
import { type ImagesRig, type Inputs, newHash, oldHash, startImagesRig, writeImages } from './images-rig.ts';

const label = 'current-tripleo';
const flips = 50;

test(`${flips} flips and four readers: no answer but the one file or the other, whoever else moves the link`, async (t) => {
  const rig = await startImagesRig(t);
  await rig.run(rig.publish(await writeImages(await rig.folder(), 'old'), oldHash));
  await rig.run(rig.publish(await writeImages(await rig.folder(), 'new'), newHash));
  const linkTo = (hash: string): Inputs => ({ mode: 'link', destination: rig.sftp('rdo'), label, 'full-hash': hash });
  await rig.run(linkTo(oldHash));
  const sums = await Promise.all(
    [oldHash, newHash].map(async (hash) => (await ask(rig, `/rdo/master/${hash}/overcloud-full.tar.md5`)).body),
  );
  const link = join(rig.store('rdo'), label);

  const readers = startReaders(rig, `/rdo/master/${label}/overcloud-full.tar.md5`, 4);
  for (let flip = 0; flip < flips; flip += 1) {
    const hash = flip % 2 === 0 ? newHash : oldHash;
    const { outcome, message } = await act(rig, linkTo(hash));
    t.is(outcome, 'done', `flip ${flip}: ${message}`);
    t.is(await readlink(link), hash);
  }
  // Processes of their own, as jobs start them.
  for (const hash of [newHash, oldHash]) await rig.run(linkTo(hash));
  const moved = readers.seen();

  // Somebody else moves it all the time, in the one right way.
  let isOver = false;
  const others = async (): Promise<number> => {
    let moves = 0;
    for (; !isOver; moves += 1) {
      await symlink(moves % 2 === 0 ? oldHash : newHash, `${link}.theirs`);
      await rename(`${link}.theirs`, link);
    }
    return moves;
  };
  const theirs = others();
  const outcomes: string[] = [];
  for (let flip = 0; flip < 10; flip += 1) {
    const { outcome, error } = await act(rig, linkTo(flip % 2 === 0 ? newHash : oldHash));
    outcomes.push(error?.code ?? outcome);
  }
  isOver = true;
  t.true((await theirs) > 10);
  // It was moved, was there already, was theirs when it was looked at again, or right after it was ours.
  const known = ['done', 'nothing-to-do', 'moved-meanwhile', 'not-taken'];
  t.deepEqual(
    outcomes.filter((one) => !known.includes(one)),
    [],
  );

  const seen = await readers.stop();
  t.true(moved > 10 * flips, `${moved} answers while it was moved`);
  t.deepEqual(
    [...seen.keys()].filter((one) => !sums.includes(one)),
    [],
    'every answer is one of the two files',
  );
  t.deepEqual([...seen.keys()].sort(), [...sums].sort(), 'both were seen');
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

function ask(rig: ImagesRig, path: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = get(`${rig.nginx.url}${path}`, { ...(agent === undefined ? {} : { agent }) }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    });
    sent.once('error', reject);
  });
}

/** Starts loops that ask for one file as fast as they can; `stop` tells each different answer and how often it came. */
function startReaders(rig: ImagesRig, path: string, count: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const seen = new Map<string, number>();
  let isOver = false;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      const { status, body } = await ask(rig, path, agent);
      const what = status === 200 ? body : `${status}: ${body}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };
  const loops = Array.from({ length: count }, loop);
  return {
    seen: () => [...seen.values()].reduce((sum, times) => sum + times, 0),
    stop: async () => {
      isOver = true;
      await Promise.all(loops);
      agent.destroy();
      return seen;
    },
  };
}

/** Runs sync-images in this process: a flip takes milliseconds, and a process hundreds. */
async function act(rig: ImagesRig, inputs: Inputs): Promise<ExecutionResult> {
  const { privateKey, knownHosts } = rig.sshd;
  const texts = { release: 'master', 'ssh-key': privateKey, 'known-hosts': knownHosts, ...inputs };
  const silent = (): void => undefined;
  return executeAction(syncImages, new Map(Object.entries(texts)), {
    ...{ clock: systemClock, log: { debug: silent, info: silent, warning: silent }, progress: silent },
    ...{ signal: new AbortController().signal, outDir: await rig.folder(), cwd: '/', actor: 'test' },
    ...{ random: Math.random, env: {} },
  });
}
