import { cp, mkdir, readdir, readlink, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  differing,
  halvesIn,
  type ImagesRig,
  type Inputs,
  newFiles,
  newHash,
  oldFiles,
  oldHash,
  startImagesRig,
} from './images-rig.ts';

/** A command that writes to an image server, and what has to be true of the server. */
interface Work {
  /** Where it writes, below the server's root. */
  readonly store: 'rdo' | 'rh1';
  /** Brings everything to where it was before the command, and returns the command. */
  prepare(rig: ImagesRig): Promise<Inputs>;
  /** Everything that is in the store when the command is through, hidden names too. */
  readonly names: readonly string[];
  readonly label?: string;
  readonly files?: typeof newFiles;
}

const label = 'current-tripleo';
const oldHashOnly = [oldHash];

const works: Readonly<Record<string, Work>> = {
  'publish, of a successor': {
    store: 'rdo',
    names: [oldHash, newHash],
    files: newFiles,
    prepare: async (rig) => {
      await keepIn(rig.store('rdo'), oldHashOnly);
      return rig.publish(await rig.folder(newFiles), newHash);
    },
  },
  'mirror, with a label': {
    store: 'rh1',
    names: [oldHash, newHash, label],
    label: newHash,
    files: newFiles,
    prepare: async (rig) => {
      if ((await readdir(rig.store('rdo'))).length === 1) {
        await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
      }
      await rm(rig.store('rh1'), { recursive: true, force: true });
      await cp(join(rig.store('rdo'), oldHash), join(rig.store('rh1'), oldHash), { recursive: true });
      await symlink(oldHash, join(rig.store('rh1'), label));
      return { ...rig.mirror(newHash), label: await pointTo(rig, newHash) };
    },
  },
  'prune, of three hashes': {
    store: 'rh1',
    names: [oldHash, label],
    label: oldHash,
    prepare: async (rig) => {
      const store = rig.store('rh1');
      await rm(store, { recursive: true, force: true });
      for (const hash of [oldHash, ...deadHashes]) {
        await cp(join(rig.store('rdo'), oldHash), join(store, hash), { recursive: true });
        await age(join(store, hash));
      }
      await symlink(oldHash, join(store, label));
      return { mode: 'prune', destination: `${rig.sftp.url}/rh1` };
    },
  },
};

const deadHashes = ['c', 'd', 'e'].map((digit) => `${digit.repeat(40)}_${digit.repeat(8)}`);

for (const [what, work] of Object.entries(works)) {
  test(`${what}: killed at any request, a reader sees nothing half, and the next run completes it`, async (t) => {
    const rig = await startImagesRig(t, { commands: true });
    await rig.mustDo(rig.publish(await rig.folder(oldFiles), oldHash));
    const total = await countRequests(rig, await work.prepare(rig));
    t.true(total > 20, `${total} requests`);
    let killed = 0;
    for (let moment = 1; moment <= moments; moment += 1) {
      const inputs = await work.prepare(rig);
      const at = Math.ceil(((moment - 0.5) * total) / moments);
      if (await runKilled(rig, inputs, at, moment % 2 === 0)) killed += 1;
      await checkVisible(t, rig, work, `killed at request ${at} of ${total}`);
      const next = await rig.act(inputs);
      t.true(['done', 'nothing-to-do'].includes(next.outcome), `after request ${at}: ${next.message}`);
      await checkWhole(t, rig, work, `completed after request ${at}`);
    }
    t.true(killed >= moments - 1, `${killed} of ${moments} were killed`);
  });
}

const moments = 3;

/** Returns how many requests a whole run makes. */
async function countRequests(rig: ImagesRig, inputs: Inputs): Promise<number> {
  let total = 0;
  rig.faults.sftp = () => {
    total += 1;
    return undefined;
  };
  await rig.mustDo(inputs);
  rig.faults.sftp = undefined;
  return total;
}

/** Runs a command in a process that dies at a request, before the server has seen it or after; tells whether it died. */
async function runKilled(rig: ImagesRig, inputs: Inputs, at: number, isSeen: boolean): Promise<boolean> {
  const { child, ended } = rig.start(inputs);
  let requests = 0;
  rig.faults.sftp = () => {
    requests += 1;
    if (requests < at) return undefined;
    if (requests > at) return 'Failure';
    child.kill('SIGKILL');
    return isSeen ? undefined : 'Failure';
  };
  const { signal } = await ended;
  rig.sftp.cutConnections();
  rig.faults.sftp = undefined;
  return signal === 'SIGKILL';
}

async function checkVisible(t: ExecutionContext, rig: ImagesRig, work: Work, when: string): Promise<void> {
  t.deepEqual(await halvesIn(rig.store(work.store)), [], when);
  if (work.label === undefined) return;
  const target = await readlink(join(rig.store(work.store), label));
  t.true([oldHash, work.label].map(String).includes(target), `${when}: ${label} names ${target}`);
}

async function checkWhole(t: ExecutionContext, rig: ImagesRig, work: Work, when: string): Promise<void> {
  const store = rig.store(work.store);
  t.deepEqual((await readdir(store)).sort(), [...work.names].sort(), when);
  t.deepEqual(await halvesIn(store), [], when);
  if (work.label !== undefined) t.is(await readlink(join(store, label)), work.label, when);
  if (work.files === undefined) return;
  t.deepEqual(await differing(join(store, newHash), work.files), [], when);
  // What a small file was written to has a random name: nobody finds it again, and prune takes it when it is old.
  const isSmall = /^\..*(?:\.cidx|\.md5|\.sha256|set\.json)\.[0-9a-f]{12}\.part$/;
  const hidden = (await readdir(join(store, newHash))).filter((name) => name.startsWith('.') && !isSmall.test(name));
  t.deepEqual(hidden, [], when);
}

/** Makes the label of the first store name a hash, and returns the label. */
async function pointTo(rig: ImagesRig, hash: string): Promise<string> {
  await rm(join(rig.store('rdo'), label), { force: true });
  await symlink(hash, join(rig.store('rdo'), label));
  return label;
}

async function keepIn(store: string, names: readonly string[]): Promise<void> {
  await mkdir(store, { recursive: true });
  for (const name of await readdir(store)) {
    if (!names.includes(name)) await rm(join(store, name), { recursive: true });
  }
}

/** Makes a folder and its files so old that a prune takes them. */
async function age(folder: string): Promise<void> {
  const long = new Date('2020-01-01T00:00:00Z');
  for (const name of await readdir(folder)) await utimes(join(folder, name), long, long);
  await utimes(folder, long, long);
}
