import { readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@tagflow/action-kit';
import { type CommitRow, directoryOf, promoteOne } from '@tagflow/lab';
import { openSqliteLedger } from '@tagflow/ledger';
import { type FullHash, fullHashOfCommit, parsePlan } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { createDoctorAction } from '../../packages/cli/src/doctor.ts';
import { type LabWorld, namespace, stageBuild, startLabWorld } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { imageFolder } from '../pipelines/truth.ts';
import { allOn, bothLabels, hasty, label, promote } from './scenario.ts';

interface Finding {
  readonly kind: string;
  readonly label: string;
  readonly destination: string | null;
  readonly remedy: string;
  readonly sentence: string;
  readonly todo: string;
}

interface Seen {
  readonly outcome: string;
  readonly findings: readonly Finding[];
  /** Such as `half-moved registry rdo: repair`. */
  readonly told: readonly string[];
  /** The files of repair plans. */
  readonly plans: readonly string[];
  /** What a person reads. */
  readonly text: string;
}

const hourLater = { ...hasty, now: () => systemClock.now() + 3_600_000 };

async function look(
  { act, lab }: LabWorld,
  clock = hasty,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  let text = '';
  const doctor = createDoctorAction({ cwd: lab.root, write: (words) => (text += words) });
  const { outcome, outputs, message } = await act(doctor, { label, ...inputs }, { clock });
  if (outputs['findings'] === undefined) throw new Error(`${outcome}: ${message ?? ''}`);
  const findings = JSON.parse(outputs['findings']) as readonly Finding[];
  const told = findings.map(({ kind, label: of, destination, remedy }) => {
    const name = of === label ? '' : ' (previous)';
    return `${kind}${name}${destination === null ? '' : ` ${destination}`}: ${remedy}`;
  });
  return { outcome, findings, told, text, plans: (outputs['plans'] ?? '').split('\n').filter((path) => path !== '') };
}

interface Facts {
  readonly world: LabWorld;
  /** The hashes that previous-current-tripleo, current-tripleo and tripleo-ci-testing name in the beginning. */
  readonly hashes: readonly [FullHash, FullHash, FullHash];
}

interface Planted {
  readonly plant: (facts: Facts) => unknown;
  readonly told: readonly string[];
  /** What current-tripleo names in every place when it is repaired; default: the same as before. */
  readonly ends?: 2;
}

const setRepository = `${namespace}/tagflow-set`;
const store = ({ lab }: LabWorld, ...path: readonly string[]): string => join(lab.root, 'images', imageFolder, ...path);

function repositoriesOf({ lab }: LabWorld): readonly string[] {
  return lab.docker.repositories().filter((name) => name !== setRepository);
}

async function relink(world: LabWorld, to: string): Promise<void> {
  await rm(store(world, label));
  await symlink(to, store(world, label));
}

function rowOf({ lab }: LabWorld, hash: FullHash): CommitRow {
  const row = lab.dlrn.state.commits.find((one) => fullHashOfCommit(one) === hash);
  if (row === undefined) throw new Error(`no build ${hash}`);
  return row;
}

function promoteByHand(world: LabWorld, hash: FullHash): void {
  const { commitHash, distroHash } = rowOf(world, hash);
  promoteOne(world.lab.dlrn.state, { commitHash, distroHash, extendedHash: null, label }, 'somebody');
}

const everywhere = ['registry rdo', 'registry docker', 'images public'];

const repairable: Readonly<Record<string, Planted>> = {
  'somebody moved a tag in a registry': {
    plant({ world: { lab }, hashes: [, , third] }) {
      const [repository = ''] = lab.rdo.repositories();
      lab.rdo.moveTag(repository, label, lab.rdo.manifest(repository, third)?.digest ?? null);
    },
    told: ['half-moved registry rdo: repair'],
  },
  'a registry went back to the set before': {
    plant({ world, hashes: [first] }) {
      const { docker } = world.lab;
      for (const one of repositoriesOf(world)) docker.moveTag(one, label, docker.manifest(one, first)?.digest ?? null);
    },
    told: ['backwards registry docker: repair'],
  },
  'a registry has lost a container, and another one has it': {
    plant({ world, hashes: [, second] }) {
      const [repository = ''] = repositoriesOf(world);
      for (const tag of [label, second]) world.lab.docker.moveTag(repository, tag, null);
    },
    told: ['missing-container registry docker: repair'],
  },
  'a registry has lost the set artifact': {
    plant: ({ world: { lab }, hashes: [, second] }) => lab.docker.moveTag(setRepository, second, null),
    told: ['under-construction registry docker: repair'],
  },
  'an image store has lost its set.json': {
    plant: ({ world, hashes: [, second] }) => rm(store(world, second, 'set.json')),
    told: ['under-construction images public: repair'],
  },
  'a link leads nowhere': {
    plant: ({ world }) => relink(world, 'old-images'),
    told: ['dangling-link images public: repair'],
  },
  'a link went back': {
    plant: ({ world, hashes: [first] }) => relink(world, first),
    told: ['backwards images public: repair'],
  },
  'a link is gone': {
    plant: ({ world }) => rm(store(world, label)),
    told: ['missing-image images public: repair'],
  },
  'DLRN has the link of its label and not the rest': {
    plant({ world, hashes: [, , third] }) {
      const { tree } = world.lab.dlrn.state;
      tree.remove(label);
      tree.link(label, directoryOf(rowOf(world, third)));
    },
    // Of a set that was never promoted every place knows its own kind.
    told: [
      ...['moved-by-somebody', 'half-in-repository'].map((kind) => `${kind} repository: repair`),
      ...everywhere.map((place) => `under-construction ${place}: repair`),
      ...everywhere.map((place) => `other-set ${place}: repair`),
    ],
    ends: 2,
  },
};

/** A lab in which two sets were promoted, and a third one is staged; one for all of these tests. */
async function openScenario(): Promise<Facts> {
  const world = await startLabWorld();
  const first = await stageBuild(world);
  await promote(world);
  const second = await stageBuild(world);
  await promote(world);
  return { world, hashes: [first, second, await stageBuild(world)] };
}

let facts: Facts;

test.before(async () => {
  facts = await openScenario();
});

test.after.always(() => facts.world.close());

test.serial('each kind of drift is named, promote-symlink applies its plan, and then all agrees', async (t) => {
  const { world, hashes } = facts;
  t.deepEqual((await look(world)).told, [], 'nothing has drifted yet');
  let named = hashes[1];
  for (const [name, { plant, told, ends }] of Object.entries(repairable)) {
    await plant(facts);
    const seen = await look(world);
    t.deepEqual(seen.told, told, `${name}: ${seen.text}`);
    t.is(seen.outcome, 'half-done', name);
    const [plan] = seen.plans;
    if (plan === undefined) return t.fail(`${name}: there is no plan: ${seen.text}`);
    const applied = await world.act(promoteSymlink, { phase: 'upstream', mode: 'repair', plan }, { clock: hasty });
    t.is(applied.outcome, 'done', `${name}: ${applied.message ?? ''}`);
    const again = await look(world);
    t.deepEqual(again.told, [], `${name}: ${again.text}`);
    t.is(again.outcome, 'nothing-to-do', name);
    if (ends !== undefined) named = hashes[ends];
    t.deepEqual(await bothLabels(world), { label: allOn(named), previous: allOn(hashes[0]) }, name);
  }
});

// From here on the label names the third set.
test.serial('a registry that does not answer is something to wait for', async (t) => {
  const { world } = facts;
  world.lab.docker.setFaults(() => ({ type: 'reset' }));
  const { told, outcome, plans } = await look(world);
  world.lab.docker.setFaults(null);
  t.deepEqual(told, ['unreadable registry docker: nobody']);
  t.is(outcome, 'waiting');
  t.deepEqual(plans, []);
});

test.serial(
  'two sets of one hash that contradict each other are for a person, and the ledger is a witness',
  async (t) => {
    const { world, hashes } = facts;
    const setFile = store(world, hashes[2], 'set.json');
    const kept = await readFile(setFile, 'utf8');
    await writeFile(setFile, kept.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`));
    const { told, findings } = await look(world);
    await writeFile(setFile, kept);
    t.deepEqual(told, ['contradicting-sets images public: person']);
    t.regex(findings[0]?.sentence ?? '', /; promotion \S+ agrees with the others$/);
  },
);

test.serial('a promotion that never ended: it may run still, may be staging, or has to be resumed', async (t) => {
  const { world, hashes } = facts;
  const asked = { mode: 'rollback', 'full-hash': hashes[1], reason: 'bug 1', 'dry-run': 'true' };
  const { outputs } = await world.act(promoteSymlink, { phase: 'upstream', ...asked });
  const plan = parsePlan(await readFile(outputs['plan'] ?? '', 'utf8'), 'plan');
  const effects = { clock: systemClock, random: Math.random };
  const ledger = await openSqliteLedger(join(world.lab.root, 'ledger.db'), effects);
  const id = await ledger.begin(plan);
  const underWay = await look(world);
  t.deepEqual([underWay.told, underWay.outcome], [['interrupted: nobody'], 'waiting']);
  t.is((await look(world, hourLater)).outcome, 'waiting', 'it may be staging');
  await ledger.record(id, 'flipping', 'registry rdo');
  const interrupted = await look(world, hourLater);
  t.deepEqual([interrupted.told, interrupted.outcome], [['interrupted: resume'], 'half-done']);
  t.is(interrupted.findings[0]?.todo, 'Run tagflow resume current-tripleo.');
  await ledger.finish(id, 'failed');
  await ledger.close();
});

test.serial('what is gone everywhere is left by the rollback that the command names', async (t) => {
  const { world, hashes } = facts;
  const [, second, third] = hashes;
  await rm(store(world, third), { recursive: true });
  const { exitCode, stdout, stderr } = await world.run(['doctor', label, '--config', world.config]);
  t.is(exitCode, 4, stderr);
  const { outcome, outputs } = answerOf({ exitCode, stdout, stderr, signal: null });
  t.deepEqual([outcome, outputs['plans']], ['half-done', '']);
  t.regex(outputs['findings'] ?? '', /"kind":"dangling-link"/);
  t.is(await readlink(store(world, label)), third, 'looking changes nothing');
  const [advice] = /tagflow rollback .* --reason/.exec(stderr.replace(/\s+/g, ' ')) ?? [];
  t.is(advice, `tagflow rollback ${label} --full-hash ${second} --reason`, stderr);
  // What names a folder of this machine is as long as its name.
  const wide = stderr.split('\n').filter((line) => line.length > 80 && !line.includes('file:'));
  t.deepEqual(wide, []);
  const asked = { mode: 'rollback', 'full-hash': second, reason: 'bug 1' };
  const back = await world.act(promoteSymlink, { phase: 'upstream', ...asked });
  t.is(back.outcome, 'done', back.message);
  t.deepEqual((await look(world)).told, []);
});

test.serial(
  'a plan whose label moved meanwhile is refused; plans go where they are wanted, for every label',
  async (t) => {
    const { world, hashes } = facts;
    const [first, second] = hashes;
    const folder = join(world.lab.root, 'plans');
    promoteByHand(world, first);
    const byHand = await look(world, hasty, { label: '', 'plan-to': folder });
    t.is(byHand.told[0], 'backwards repository: repair');
    t.deepEqual(byHand.plans, [join(folder, 'repair-current-tripleo.json')]);
    for (const name of ['tripleo-ci-testing', 'current-tripleo-rdo'])
      t.true(`\n${byHand.text}`.includes(`\n${name} → `));
    promoteByHand(world, second);
    const [stale = ''] = byHand.plans;
    const refused = await world.act(promoteSymlink, { phase: 'upstream', mode: 'repair', plan: stale });
    t.is(refused.outcome, 'failed');
    t.regex(refused.message ?? '', /the plan no longer fits, and nothing was written: current-tripleo names /);
  },
);
