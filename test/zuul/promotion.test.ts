import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab, VoteRow } from '@tagflow/lab';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { buildCommit } from '../pipelines/lab-world.ts';
import { readTruth } from '../pipelines/truth.ts';
import { type PromotionWorld, startPromotionWorld } from './promotion-world.ts';
import type { ZuulBuild } from './zuul-api.ts';

interface Context {
  readonly world: PromotionWorld;
}
const test = anyTest as TestFn<Context>;
const pipeline = 'tagflow-upstream';
const label = 'current-tripleo';
const failing = 'periodic-tripleo-ci-centos-7-multinode-1ctlr-featureset010-master';
const before = ['hash', 'pin', 'containers', 'images', 'candidate', 'test'];
const after = ['plan', 'stage-containers', 'stage-images', 'promote', 'mirror'];
/** Of one run, on a machine that is busy with other things. */
const runMs = 480_000;

// One world for all: each test goes on where the one before ended.
test.before(async (t) => {
  t.timeout(300_000);
  t.context = { world: await startPromotionWorld() };
});
test.after.always(async (t) => {
  await (t.context as Partial<Context>).world?.close();
});

test.serial('a timer pipeline carries a hash from consistent to current-tripleo', async (t) => {
  t.timeout(runMs);
  const { lab, zuul } = t.context.world;
  t.deepEqual(await readTruth(lab, label), nowhere);
  const candidate = (await readTruth(lab, 'consistent')).repository;
  t.truthy(candidate);
  const builds = await finishedRun(t, 0);
  t.deepEqual(ends(builds), all([...before, ...after], 'SUCCESS'));
  const promoted = { repository: candidate, rdo: candidate, docker: candidate, public: candidate, internal: null };
  t.deepEqual(await readTruth(lab, label), promoted);
  t.deepEqual(await zuul.api.configErrors(), [], 'the templates of all phases are understood');

  const promote = buildOf(builds, 'promote');
  t.regex(await page(`${promote.log_url ?? ''}job-output.txt`), /promote-symlink/);
  t.true(promote.artifacts.length > 0);
  for (const { name, url } of builds.flatMap(({ artifacts }) => artifacts)) t.truthy(await page(url), name);
  const votes = votesOn(lab, candidate);
  t.deepEqual([votes.length, [...new Set(votes.map(({ success }) => success))]], [6, [true]]);
  const tested = `${zuul.url}/t/${zuul.tenant}/build/${buildOf(builds, 'test').uuid}`;
  t.deepEqual([...new Set(votes.map(({ url }) => url))], [tested], 'a vote leads to the build');
});

test.serial('a tick with nothing new ends without a write', async (t) => {
  t.timeout(runMs);
  const { lab, calls, zuul } = t.context.world;
  const seen = calls.length;
  const hashes = async () => (await zuul.api.builds('tagflow-upstream-hash')).filter(({ result }) => result !== null);
  // What comes next is for the run after this one, which knows its hash by now.
  await zuul.until('second hash', async () => ((await hashes()).length >= 2 ? true : null), runMs);
  await buildCommit(lab);
  lab.ci.failJobs.add(failing);
  const builds = await finishedRun(t, 1);
  t.deepEqual(ends(builds), {
    ...all(['hash', 'pin', 'plan', 'mirror'], 'SUCCESS'),
    ...all(['containers', 'images', 'candidate', 'test', 'stage-containers', 'stage-images', 'promote'], 'SKIPPED'),
  });
  t.true(calls.length > seen);
  t.deepEqual(
    calls.slice(seen).filter(({ what }) => writing.test(what)),
    [],
  );
});

test.serial('a failing test job keeps the next hash from being promoted', async (t) => {
  t.timeout(runMs);
  const { lab } = t.context.world;
  const next = (await readTruth(lab, 'consistent')).repository;
  const promoted = await readTruth(lab, label);
  t.not(next, promoted.repository);
  const builds = await finishedRun(t, 2);
  t.deepEqual(ends(builds), {
    ...all(before, 'SUCCESS'),
    ...all(['test'], 'FAILURE'),
    ...all(after, 'SKIPPED'),
  });
  t.deepEqual(await readTruth(lab, label), promoted);
  t.is((await readTruth(lab, 'tripleo-ci-testing')).repository, next, 'it was pinned and tested');

  const failed = buildOf(builds, 'test');
  const said = JSON.parse(await page(`${failed.log_url ?? ''}tagflow/run/result.json`)) as Said;
  t.is(said.outcome, 'failed');
  t.true(said.error.message.startsWith(`1 of 6 jobs did not succeed: ${failing}: it ended with exit code 1;`));
  t.true((await page(`${failed.log_url ?? ''}job-output.txt`)).includes(said.error.message));
  const votes = votesOn(lab, next);
  t.is(votes.length, 6);
  t.deepEqual(
    votes.filter(({ success }) => !success).map(({ job }) => job),
    [failing],
  );
});

test.serial('no log of Zuul and no page of a job holds a secret', async (t) => {
  const { zuul, secrets, logs } = t.context.world;
  const files = (await readdir(logs, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const inventories = files.filter(({ name }) => name === 'inventory.yaml');
  t.true(inventories.length >= 20, 'every job that ran has one');
  const texts = new Map<string, string>();
  for (const { parentPath, name } of files) {
    texts.set(join(parentPath, name), await readFile(join(parentPath, name), 'latin1'));
  }
  for (const name of ['scheduler', 'executor', 'web'] as const) texts.set(name, await zuul.log(name));
  t.regex(texts.get('executor') ?? '', /Bubblewrap command/);
  for (const [what, secret] of secrets) {
    t.true(secret.length > 5, what);
    const found = [...texts].filter(([, text]) => text.includes(secret)).map(([name]) => name);
    t.deepEqual(found, [], what);
  }
});

/** What an action said. */
interface Said {
  readonly outcome: string;
  readonly error: { readonly message: string };
}

function votesOn(lab: Lab, hash: string | null): readonly VoteRow[] {
  const mine = lab.dlrn.state.votes.filter(({ user }) => user === lab.dlrn.username);
  return mine.filter((row) => 'commit' in row && row.commit.commitHash === hash?.split('_')[0]);
}

const nowhere = { repository: null, rdo: null, docker: null, public: null, internal: null };
/** Of HTTP and of SFTP. */
const writing = /^(?:PUT|POST|PATCH|DELETE|write|rename|posix-rename|symlink|remove|mkdir|rmdir|setstat)\b/;

/** Waits for the end of a run of the pipeline, counted from 0, and returns its builds; says what they cost. */
async function finishedRun(t: ExecutionContext<Context>, index: number): Promise<readonly ZuulBuild[]> {
  const { zuul } = t.context.world;
  const ended = await zuul.until(
    `end of run ${String(index)}`,
    async () => (await zuul.api.buildsets(pipeline))[index] ?? null,
    runMs,
  );
  const { builds = [], ...set } = await zuul.api.buildset(ended.uuid);
  t.log(`${set.first_build_start_time ?? ''} to ${set.last_build_end_time ?? ''}`);
  for (const { job_name, result, duration } of builds) {
    t.log(`${job_name} ${result ?? ''} ${(duration ?? 0).toFixed(0)} s`);
  }
  return builds;
}

function ends(builds: readonly ZuulBuild[]): Readonly<Record<string, string | null>> {
  return Object.fromEntries(builds.map(({ job_name, result }) => [job_name, result]));
}

function all(names: readonly string[], end: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [`tagflow-upstream-${name}`, end]));
}

function buildOf(builds: readonly ZuulBuild[], name: string): ZuulBuild {
  const found = builds.find(({ job_name }) => job_name === `tagflow-upstream-${name}`);
  if (found === undefined) throw new Error(`the run has no ${name}`);
  return found;
}

async function page(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${String(response.status)} for ${url}`);
  return response.text();
}
