import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerNames } from '@tagflow/lab';
import { type ArtifactSet, type FullHash, parseSet } from '@tagflow/model';
import { openLedgerReader } from '@tagflow/ledger';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { buildCommit, imageFiles, type LabWorld, runArgs, startLabWorld } from './lab-world.ts';
import { dockerOf, downloadImage, pullContainer, rdoOf, readRegistrySet, readStoreSet, sha256 } from './reader.ts';
import { type Answer, answerOf } from './tagflow.ts';
import { imageFolder, type LabelTruth, readAllTruths } from './truth.ts';

const containers = 5;

// Three runs, one after the other, in one lab: what the second one does depends on the first. As in RDO, phase 2 and the
// hand-off are another team's: with a tagflow.yaml and a ledger of their own, behind a wall.
interface Context {
  readonly world: LabWorld;
}
const test = anyTest as TestFn<Context>;
const hashes: { first?: FullHash; second?: FullHash } = {};

test.before(async (t) => {
  const world = await startLabWorld({ containers });
  t.context = { world };
});
test.after.always((t) => t.context.world?.close());

test.serial('the first run brings consistent through all four phases, every kind on one hash', async (t) => {
  const { world } = t.context;
  const { lab } = world;
  const hash = await buildCommit(lab);
  hashes.first = hash;

  const [outside, inside] = await runZones(t);
  t.is(inside.outputs['full-hash'], hash);
  t.deepEqual(
    { ...phaseOutcomes(outside.outputs), ...phaseOutcomes(inside.outputs) },
    {
      upstream: 'done',
      'rdo-phase-1': 'done',
      'rdo-phase-2': 'done',
      'osp-phase-0': 'done',
    },
  );
  t.deepEqual(await readAllTruths(lab), labelsOn(hash));

  t.is(lab.dlrn.state.votes.filter(({ success, user }) => success && user !== null).length, 6 + 6 + 2, 'votes');
  t.deepEqual(
    lab.dlrn.state.promotions.map(({ label }) => label),
    ['tripleo-ci-testing', 'current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'],
  );
});

test.serial('what the label names is whole: set.json in the store and as an artifact, and the bytes', async (t) => {
  const { lab } = t.context.world;
  const hash = hashes.first!;
  const set = await readStoreSet(lab.images.url, 'current-tripleo');
  t.is(set.fullHash, hash);
  t.is(set.repository.builds.length, 1);
  t.deepEqual(namesOf(set.containers), [...containerNames(containers)]);
  t.deepEqual(namesOf(set.images), [...imageFiles]);
  for (const registry of [rdoOf(lab), dockerOf(lab)]) {
    t.deepEqual(await readRegistrySet(registry, hash), set, registry.url);
    for (const { name, digest } of set.containers) {
      t.is(await pullContainer(registry, name, hash), digest, `${registry.url} ${name}`);
      t.is(await pullContainer(registry, name, 'current-tripleo'), digest, `${registry.url} ${name}`);
    }
  }
  for (const { name, size, sha256: expected } of set.images) {
    t.deepEqual(await downloadImage(lab.images.url, hash, name), { size, sha256: expected }, name);
    const mirrored = await readFile(join(lab.root, 'rh1', imageFolder, 'current-tripleo', name));
    t.is(sha256(mirrored), expected, `the mirror's ${name}`);
  }
});

test.serial('what was built on RHEL is in the internal store and in no public place', async (t) => {
  const { lab } = t.context.world;
  const rhel = imageFiles.map((name) => `rhel-${name}`);
  const folder = (store: string): string => join(lab.root, store, imageFolder, hashes.first!);
  const internal = parseSet(await readFile(join(folder('internal'), 'set.json'), 'utf8'), 'internal set');
  t.deepEqual(namesOf(internal.images), [...imageFiles, ...rhel]);
  t.deepEqual(namesOf(internal.containers), [...containerNames(containers)]);
  for (const store of ['images', 'rh1']) {
    t.deepEqual(
      (await readdir(folder(store))).filter((name) => name.startsWith('rhel-')),
      [],
      store,
    );
    t.notRegex(await readFile(join(folder(store), 'set.json'), 'utf8'), /rhel-/, store);
  }
  for (const registry of [rdoOf(lab), dockerOf(lab)]) {
    t.deepEqual(namesOf((await readRegistrySet(registry, hashes.first!)).images), [...imageFiles]);
  }
});

test.serial('the hand-off is there, and its manifest is of its files', async (t) => {
  const { lab } = t.context.world;
  const hash = hashes.first!;
  const read = (name: string): Promise<string> => readFile(join(lab.root, 'hand-off', hash, name), 'utf8');
  t.deepEqual(await readdir(join(lab.root, 'hand-off')), [hash]);
  const delivered = await read('set.json');
  t.is(parseSet(delivered, 'delivered set').fullHash, hash);
  t.like(JSON.parse(await read('manifest.json')), {
    fullHash: hash,
    release: 'master',
    label: 'current-tripleo-rdo-internal',
    sha256: { 'set.json': sha256(Buffer.from(delivered)) },
  });
});

test.serial(
  'the second run promotes the next commit, and previous-<label> keeps the set before in every kind',
  async (t) => {
    const { world } = t.context;
    const hash = await buildCommit(world.lab);
    hashes.second = hash;
    t.not(hash, hashes.first);

    for (const { outputs } of await runZones(t)) t.is(outputs['full-hash'], hash);
    t.deepEqual(await readAllTruths(world.lab), { ...labelsOn(hash), ...previousOn(hashes.first!) });
    t.is((await readStoreSet(world.lab.images.url, 'previous-current-tripleo')).fullHash, hashes.first!);
    t.deepEqual((await readdir(join(world.lab.root, 'hand-off'))).sort(), [hash, hashes.first].sort());
  },
);

test.serial('the third run finds nothing to do, says so, and moves nothing', async (t) => {
  const { world } = t.context;
  const promotions = world.lab.dlrn.state.promotions.length;
  for (const { outcome, outputs } of await runZones(t)) {
    t.is(outcome, 'nothing-to-do');
    t.deepEqual(new Set(Object.values(phaseOutcomes(outputs))), new Set(['nothing-to-do']));
  }
  t.is(world.lab.dlrn.state.promotions.length, promotions);
  t.deepEqual(await readAllTruths(world.lab), { ...labelsOn(hashes.second!), ...previousOn(hashes.first!) });
});

test.serial('each side of the wall remembers its own promotions, and knows none of the other', async (t) => {
  const { root } = t.context.world.lab;
  const labels = async (ledger: string): Promise<readonly string[]> => {
    const reader = await openLedgerReader(`sqlite:${join(root, ledger)}`);
    const records = (await reader?.asOf('master', Number.MAX_SAFE_INTEGER)) ?? [];
    await reader?.close();
    return records.map(({ plan }) => plan.label).toSorted();
  };
  t.deepEqual(await labels('ledger.db'), ['current-tripleo', 'current-tripleo-rdo', 'tripleo-ci-testing']);
  t.deepEqual(await labels('inside.db'), ['current-tripleo-rdo-internal']);
});

/** Runs the phases of both sides, one after the other, and returns what the two runs answered. */
async function runZones(t: ExecutionContext<Context>): Promise<readonly [Answer, Answer]> {
  const { world } = t.context;
  const run = async (config: string): Promise<Answer> => {
    const ended = await world.run(runArgs({ config }));
    t.is(ended.exitCode, 0, ended.stderr);
    return answerOf(ended);
  };
  return [await run(world.zones.outside), await run(world.zones.inside)];
}

function labelsOn(hash: FullHash): Readonly<Record<string, LabelTruth>> {
  const nowhere = { rdo: null, docker: null, public: null, internal: null };
  const everywhere = { repository: hash, rdo: hash, docker: hash, public: hash, internal: null };
  return {
    consistent: { ...nowhere, repository: hash },
    current: { ...nowhere, repository: hash },
    'tripleo-ci-testing': everywhere,
    'current-tripleo': everywhere,
    'current-tripleo-rdo': everywhere,
    'current-tripleo-rdo-internal': { ...everywhere, docker: null, internal: hash },
  };
}

function previousOn(hash: FullHash): Readonly<Record<string, LabelTruth>> {
  const promoted = Object.entries(labelsOn(hash)).filter(([label]) => label.startsWith('current-'));
  return Object.fromEntries(promoted.map(([label, truth]) => [`previous-${label}`, truth]));
}

function namesOf(entries: ArtifactSet['containers'] | ArtifactSet['images']): readonly string[] {
  return entries.map(({ name }) => name);
}

function phaseOutcomes(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const phases: unknown = JSON.parse(outputs['phases'] ?? '[]');
  if (!Array.isArray(phases)) throw new Error(`the output phases is ${outputs['phases']}`);
  return Object.fromEntries(phases.map((each: { phase: string; outcome: string }) => [each.phase, each.outcome]));
}
