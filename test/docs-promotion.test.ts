import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allInputs, systemClock } from '@tagflow/action-kit';
import { loadConfig } from '@tagflow/config';
import { createRandom, vote } from '@tagflow/lab';
import { type FullHash, fullHashOfCommit } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { parse, stringify } from 'yaml';
import type { FindingKind } from '../packages/promotion/src/doctor/finding.ts';
import { root } from '../scripts/workspaces.ts';
import { type Answered, blocks, commandsOf, makeFolder, runHere, textOf } from './docs-page.ts';
import { unsaid } from './docs-played.ts';
import { list, type Node, object, text } from './phase-workflow.ts';
import { type LabWorld, stageBuild, startLabWorld, subtree } from './pipelines/lab-world.ts';
import { imageFolder, readTruth } from './pipelines/truth.ts';

// docs/promotion.md, as a reader would follow it: one lab with its tagflow.yaml and its policy, and every command, one
// after another. Time is the lab's and chance is seeded, so what the commands say is what the page shows, to the letter.

const page = 'promotion.md';
const commands = commandsOf(page);
const [configPart = '', policyPart = '', workflowPart = ''] = blocks(page, 'yaml');
const [shownOfExplain = '', shownOfPolicy = '', shownOfPlan = '', shownOfDiff = '', shownOfDoctor = ''] = blocks(
  page,
  'text',
);

/** What each command is known by. */
const marks = {
  explain: 'explain current-tripleo',
  explainHash: 'explain "$HASH"',
  explainAll: 'explain --config',
  policy: 'policy --config tagflow.yaml',
  plan: 'plan current-tripleo',
  stageContainers: 'tag-and-push-containers',
  stageImages: 'sync-images',
  apply: 'apply plan/plan.json',
  resume: 'resume current-tripleo',
  sweep: 'npm run sweep',
  rollback: "--reason 'loses packets after an hour'",
  rollbackTo: 'the one before loses packets, too',
  lift: '--lift "$HOLD"',
  byHand: 'promote-symlink --config',
  diff: 'diff current-tripleo --config',
  show: 'show current-tripleo',
  diffDates: 'diff current-tripleo@',
  asOf: 'ledger as-of',
  doctor: 'doctor current-tripleo',
  repair: 'apply repair/',
  exportLedger: 'ledger export',
  importLedger: 'ledger import',
} as const;
type Mark = keyof typeof marks;

function isKnownBy(command: string, mark: Mark): boolean {
  // The same words, and more behind them, are another command.
  return mark === 'policy' ? command.endsWith(marks.policy) : command.includes(marks[mark]);
}

test('docs/promotion.md: every command is run by a test', (t) => {
  for (const command of commands) {
    const known = (Object.keys(marks) as Mark[]).filter((mark) => isKnownBy(command, mark));
    t.is(known.length, 1, `${command}: ${known.join(', ')}`);
  }
  t.is(commands.length, Object.keys(marks).length);
  // The only one that is not run: it takes its time.
  t.true(existsSync(join(root, 'scripts', 'sweep.ts')));
});

interface Reader {
  readonly world: LabWorld;
  /** What the labels of upstream name in the beginning, and the candidate. */
  readonly hashes: readonly [promoted: FullHash, candidate: FullHash];
  run(mark: Mark, env?: Readonly<Record<string, string>>): Promise<Answered>;
  report(results: Readonly<Record<string, boolean>>): Promise<void>;
}

async function startReader(world: LabWorld): Promise<Reader> {
  const { lab } = world;
  await writeFile(world.config, stringify(wholeConfig(parse(lab.config()), parse(configPart))));
  const clock = { now: lab.clock.now, sleep: systemClock.sleep };
  const random = createRandom('docs').next;
  const stage = (): Promise<FullHash> =>
    stageBuild({ ...world, act: (action, inputs) => world.act(action, inputs, { clock }) }, { votes: false });
  const promoted = await stage();
  await world.act(promoteSymlink, { phase: 'upstream', criteria: 'none' }, { clock });
  const hashes = [promoted, await stage()] as const;
  const row = lab.dlrn.state.commits.find((build) => fullHashOfCommit(build) === hashes[1]);
  if (row === undefined) throw new Error(`the lab has no build ${hashes[1]}`);
  return {
    world,
    hashes,
    async run(mark, env = {}) {
      const command = commands.find((line) => isKnownBy(line, mark)) ?? '';
      const { signal } = new AbortController();
      return runHere(command, {
        ...{ clock, random, signal, cwd: lab.root, actor: 'cli:ruck@laptop' },
        env: { ...world.env, RUNNER_TEMP: lab.root, ...env },
      });
    },
    async report(results) {
      for (const [job, success] of Object.entries(results)) {
        await vote(lab.dlrn, {
          job,
          success,
          subject: row,
          url: `https://logs.example/${job}`,
          timestamp: clock.now() / 1000,
        });
      }
      await lab.clock.advance(20 * 60_000);
    },
  };
}

/** The page shows the part that it is about. */
function wholeConfig(own: unknown, shown: unknown): Node {
  const config = subtree(own);
  const upstream = subtree(config, 'phases', 'upstream');
  const { test: _, ...withoutTests } = upstream;
  const promote = { ...subtree(upstream, 'promote'), ...subtree(shown, 'phases', 'upstream', 'promote') };
  const phases = { ...subtree(config, 'phases'), upstream: { ...withoutTests, promote } };
  return { ...config, ...subtree(shown), phases };
}

test('docs/promotion.md: every command does what the page says, in one lab', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { run, report, hashes } = await startReader(world);
  const [promoted, candidate] = hashes;
  const { lab } = world;
  const ends = async (outcome: string, mark: Mark, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { said, ...answer } = await run(mark, env);
    t.is(answer.outcome, outcome, `${mark}:\n${said}`);
    return said;
  };
  const shows = (shown: string, said: string): void => {
    t.deepEqual(unsaid(shown, said), [], `The page shows:\n${shown}\n\nIt says:\n${said}`);
  };
  const names = async (hash: FullHash): Promise<void> => {
    const everywhere = { repository: hash, rdo: hash, docker: hash, public: hash, internal: null };
    t.deepEqual(await readTruth(lab, 'current-tripleo'), everywhere);
  };

  // Why does my label not move?
  const good = ['multinode-featureset010', 'standalone-featureset052', 'scenario001', 'scenario002'];
  await report({ ...Object.fromEntries(good.map((job) => [job, true])), 'ovb-featureset001': false });
  t.is(`${shownOfExplain}\ndone: current-tripleo: waiting\n`, await ends('done', 'explain'));
  t.regex(await ends('done', 'explainAll'), /^current-tripleo: WAITING[^]*^current-tripleo-rdo: WAITING/m);
  t.regex(await ends('done', 'explainHash', { HASH: candidate }), /^upstream +current-tripleo: CANDIDATE/m);

  // How does a person decide otherwise?
  await mkdir(join(lab.root, 'policy'));
  await writeFile(join(lab.root, 'policy', 'ovb.yaml'), policyPart);
  shows(shownOfPolicy, await ends('done', 'policy'));

  // What would happen? One more success, and the waiver.
  await report({ 'upgrade-minor': true });
  shows(shownOfPlan, await ends('planned', 'plan'));
  t.true(existsSync(join(lab.root, 'plan', 'plan.json')));
  await ends('done', 'stageContainers');
  await ends('done', 'stageImages');
  await names(promoted);
  await ends('done', 'apply');
  await names(candidate);
  t.deepEqual((await readdir(join(lab.root, 'promotion'))).sort(), ['plan.json', 'statement.json']);
  await ends('nothing-to-do', 'resume');

  // What is in it, and what changed?
  shows(shownOfDiff, await ends('done', 'diff'));
  t.regex(await ends('done', 'show'), new RegExp(`^hash +${candidate}$`, 'm'));
  t.regex(await ends('done', 'diffDates'), new RegExp(`${promoted}[^]*${candidate}`));
  t.regex(await ends('done', 'asOf'), new RegExp(`^ +current-tripleo +${candidate}`, 'm'));

  // How do I take a promotion back?
  await ends('done', 'rollback');
  await names(promoted);
  await ends('nothing-to-do', 'rollback');
  const [left = ''] = (await readdir(join(lab.root, 'rollback'))).filter((name) => name.startsWith('rollback-'));
  const hold = left.replace(/\.yaml$/, '-hold');
  const listed = await ends('done', 'policy');
  t.regex(listed, /^active: freeze rollback-\S+-freeze .* ends in 7 days/m);
  t.regex(listed, new RegExp(`^active: hold ${hold} .* ends in 30 days`, 'm'));
  t.is((textOf(page).match(/`(rollback-\S+-hold)`/)?.[1] ?? '').replaceAll(/\w/g, 'x'), hold.replaceAll(/\w/g, 'x'));
  const byHand = { HASH: candidate };
  t.regex(await ends('blocked', 'byHand', byHand), /held by cli:ruck@laptop/);
  await ends('done', 'lift', { HOLD: hold });
  await ends('done', 'byHand', byHand);
  await names(candidate);
  t.notRegex(await ends('done', 'policy'), /rollback-/, 'a promotion by hand ends the freeze');
  await ends('done', 'rollbackTo', { HASH: promoted });
  await names(promoted);

  // Has something drifted?
  await rm(join(lab.root, 'images', imageFolder, 'current-tripleo'));
  shows(shownOfDoctor, await ends('half-done', 'doctor'));
  await ends('done', 'repair');
  await names(promoted);

  // What does the ledger remember?
  await ends('done', 'exportLedger');
  await ends('done', 'importLedger');
});

test('docs/promotion.md: each ledger that it shows may stand in tagflow.yaml', async (t) => {
  const folder = await makeFolder(t);
  const shown = [...textOf(page).matchAll(/^\| `(\{ url: .+? \})` \|/gm)].map(([, ledger = '']) => ledger);
  t.is(shown.length, 3);
  const example = await readFile(join(root, 'packages/config/examples/master-centos7.yaml'), 'utf8');
  const file = join(folder, 'tagflow.yaml');
  for (const ledger of shown) {
    await writeFile(file, stringify({ ...subtree(parse(example)), ledger: parse(ledger) as unknown }));
    await t.notThrowsAsync(loadConfig(file), ledger);
  }
});

test('docs/promotion.md: the kinds of drift are those that there are', (t) => {
  const [table = ''] = (textOf(page).split('| Kind | Means |')[1] ?? '').split('\n\n');
  const rows = [...table.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \|/gm)];
  const shown = rows.flatMap(([, row = '']) => [...row.matchAll(/[a-z-]+/g)].map(([kind]) => kind));
  const all: Readonly<Record<FindingKind, true>> = {
    ...{ 'moved-by-somebody': true, backwards: true, 'half-moved': true, 'other-set': true },
    ...{ 'missing-container': true, 'missing-image': true, 'dangling-link': true, 'under-construction': true },
    ...{ 'no-set': true, 'contradicting-sets': true, interrupted: true, 'half-in-repository': true },
    ...{ unreadable: true, 'follower-owes': true },
  };
  t.deepEqual(shown.sort(), Object.keys(all).sort());
});

test('docs/promotion.md: the workflow gives each action what it knows, and pins what ours pin', (t) => {
  const ours = readFileSync(join(root, '.github/workflows/phase-upstream.yml'), 'utf8');
  const jobs = Object.entries(object(object(parse(workflowPart), page)['jobs'], page));
  const steps = jobs.flatMap(([id, job]) => list(object(job, id)['steps'], id).map((step) => object(step, id)));
  for (const step of steps) {
    const uses = text(step['uses'], page);
    if (!uses.startsWith('./')) t.true(ours.includes(uses), uses);
    else {
      t.is(uses, './actions/promote-symlink');
      const known = Object.keys(allInputs(promoteSymlink));
      t.deepEqual(
        Object.keys(object(step['with'], uses)).filter((input) => !known.includes(input)),
        [],
      );
    }
  }
  const outputs = ['outcome', ...Object.keys(promoteSymlink.outputs)];
  for (const [, output = ''] of workflowPart.matchAll(/steps\.plan\.outputs\.([\w-]+)/g))
    t.true(outputs.includes(output));
  for (const [, output = ''] of workflowPart.matchAll(/needs\.plan\.outputs\.([\w-]+)/g)) {
    t.true(Object.hasOwn(object(object(jobs[0]?.[1], page)['outputs'], page), output));
  }
});
