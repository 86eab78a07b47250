import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FullHash } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { publishSet } from '../src/publish/publish.ts';
import { verifySet } from '../src/verify.ts';
import {
  hashA,
  hashB,
  openFolder,
  type Sample,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const body = randomBytes(600_000);
const old: Sample = { name: 'overcloud-full.tar', bytes: Buffer.concat([body, randomBytes(200_000)]) };
const files: readonly Sample[] = [
  { name: 'agent.tar', bytes: randomBytes(120_000) },
  { name: 'overcloud-full.tar', bytes: Buffer.concat([body, randomBytes(100_000), Buffer.alloc(300_000)]) },
];
const options = (hash: FullHash, samples: readonly Sample[], source: string) => ({
  ...{ directory: `master/${hash}`, visibility: 'public' as const },
  set: { ...setOfSamples(samples), fullHash: hash },
  sources: [{ store: openFolder(source), directory: '' }],
});

/** A server with one hash published, which breaks off at the request of that number, counted from the call of `arm`. */
async function start(t: ExecutionContext, how: 'fails' | 'is cut off') {
  let left = Infinity;
  let cut = (): void => undefined;
  const world = await sftpWorld(
    t,
    () => {
      left -= 1;
      if (left !== 0) return undefined;
      if (how === 'is cut off') cut();
      return 'Failure';
    },
    { commands: true },
  );
  cut = world.server.cutConnections;
  const before = options(hashA, [old], await writeSamples(await temporaryFolder(), [old]));
  await publishSet({ ...before, store: world.store }, testEffects());
  const arm = (requests: number): void => {
    left = requests;
  };
  return { ...world, arm, wasReached: () => left <= 0 };
}

for (const [how, what] of [
  ['fails', 'nothing half is seen, and the next run completes it'],
  ['is cut off', 'the run goes on by itself'],
] as const) {
  test(`wherever one request ${how}, ${what}`, async (t) => {
    const { root, store, arm, wasReached } = await start(t, how);
    const published = { ...options(hashB, files, await writeSamples(await temporaryFolder(), files)), store };
    const visible = async (): Promise<readonly string[]> =>
      (await readdir(join(root, 'master'))).filter((name) => !name.startsWith('.'));
    const { set, visibility, directory } = published;
    const problems = () => verifySet({ store, directory }, { set, visibility, proof: 'bytes' }, testEffects());
    let [runs, broken] = [0, 0];
    // Each round goes four requests further; the rounds end when a run makes fewer.
    for (let request = how === 'fails' ? 1 : 3; ; request += 4) {
      arm(request);
      runs += 1;
      const first = await publishSet(published, testEffects()).catch((error: unknown) => error);
      const reached = wasReached();
      arm(Infinity);
      if (first instanceof Error) {
        broken += 1;
        t.true(['failed', 'waiting'].includes((first as Error & { outcome?: string }).outcome ?? ''), first.message);
        if ((await visible()).includes(hashB)) t.deepEqual(await problems(), [], `at ${request}`);
        await publishSet(published, testEffects());
      }
      t.deepEqual(await problems(), [], `at ${request}`);
      for (const { name, bytes } of files) t.true(bytes.equals(await readFile(join(root, directory, name))));
      t.deepEqual((await readdir(join(root, 'master'))).sort(), [hashA, hashB], `at ${request}`);
      await store.removeTree(directory);
      if (!reached) break;
    }
    t.true(runs >= 12, `${runs} runs`);
    t.true(how === 'fails' ? broken >= 12 : broken === 0, `${broken} runs were broken off`);
  });
}
