import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliIo, systemClock } from '@tagflow/action-kit';
import { describeImages } from '@tagflow/images';
import { buildContainers, buildImages, runLabCommand } from '@tagflow/lab';
import { type ArtifactSet, formatSet, fullHashOfCommit, hashDirectory } from '@tagflow/model';
import anyTest, { type TestFn } from 'ava';
import { parse } from 'yaml';
import { createLabVerify } from '../../packages/cli/src/lab-verify.ts';
import { createVerifyAction } from '../../packages/cli/src/verify.ts';
import { containerPattern, imageFiles, namespace, startLabWorld, subtree } from '../pipelines/lab-world.ts';
import { faults } from './verify-faults.ts';
import { flip, forget, names, removePackage, repositoryOf, type Subject } from './verify-rig.ts';

const test = anyTest as TestFn<Subject>;

test.before(async (t) => {
  const world = await startLabWorld();
  const { lab } = world;
  const row = lab.dlrn.state.commits.at(-1);
  if (row === undefined) throw new Error('nothing was built');
  const hash = fullHashOfCommit(row);
  const folder = join(lab.root, 'images', hash);
  const work = { fullHash: hash, signal: new AbortController().signal, write: () => undefined };
  await buildContainers({
    ...{ ...work, names, outDir: lab.root, layerBytes: 500, namePattern: containerPattern },
    registryUrl: `${lab.rdo.url}/${namespace}`,
  });
  await buildImages({ ...work, outDir: folder, files: imageFiles, sizeBytes: 50_000 });
  const set: ArtifactSet = {
    ...{ fullHash: hash, release: 'master', repository: { url: null, builds: [] } },
    containers: names.map((name) => {
      const digest = lab.rdo.manifest(repositoryOf(name), hash)?.digest;
      if (digest === undefined) throw new Error(`${name} was not built`);
      return { name, digest };
    }),
    images: await describeImages(folder, imageFiles, 'public'),
  };
  t.context = { world, hash, folder, set, back: lab.snapshot() };
});
test.after.always((t) => t.context.world?.close());

/** Looks at a set as a featureset job does: what is tested stands in the environment, where it is in flags. */
async function verify({ world, hash }: Subject, set: ArtifactSet, inputs: Readonly<Record<string, string>> = {}) {
  const { lab } = world;
  const folder = await world.folder();
  const file = join(folder, 'set');
  await writeFile(file, formatSet(set));
  const said: string[] = [];
  const action = createVerifyAction({ cwd: lab.root, write: (text) => said.push(text) });
  const flags = {
    'containers-at': `${lab.rdo.url}/${namespace}`,
    'container-names': containerPattern,
    'images-at': `${lab.images.url}/{hash}`,
  };
  const env = {
    TAGFLOW_SET: file,
    TAGFLOW_FULL_HASH: hash,
    TAGFLOW_REPO_URL: `${lab.dlrn.reposUrl}/${hashDirectory(hash)}`,
    TAGFLOW_RESULTS_DIR: join(folder, 'results'),
  };
  // The lab's tagflow.yaml is none of a job's matters: without it everything has to be said.
  const result = await world.act(action, { config: '', ...flags, ...inputs }, { env });
  const failures = JSON.parse(result.outputs['failures'] ?? 'null') as
    readonly { readonly kind: string; readonly detail: string }[] | null;
  return {
    ...result,
    failures,
    said: said.join(''),
    junit: await readFile(join(folder, 'results/verify.xml'), 'utf8'),
  };
}

test.serial('a set that is whole passes, at every depth, and it is said what was looked at', async (t) => {
  for (const depth of ['quick', 'sample', 'full']) {
    const result = await verify(t.context, t.context.set, { depth });
    t.is(result.outcome, 'done', result.message);
    t.deepEqual(result.failures, []);
    t.true(Number(result.outputs['bytes']) > (depth === 'quick' ? 1000 : 50_000));
    t.regex(result.junit, depth === 'quick' ? /tests="8" failures="0"/ : /tests="9" failures="0"/);
  }
  const { said, message } = await verify(t.context, t.context.set);
  t.regex(message ?? '', /all is right; checks: repository 3, packages 1, container 2, image 2; \d+ bytes read/);
  t.regex(said, /ok {4}packages .*10 of 10 packages are there with their sizes, 5 read/);
  t.regex(said, /ok {4}container .*keystone: manifest and config are as the digest says; layers: 3, there/);
  t.regex(said, /ok {4}image .*overcloud-full\.qcow2, overcloud-full\.initrd.*md5 beside it/);
});

for (const { title, kind, says, depth, plant } of faults) {
  test.serial(`it fails for ${title}`, async (t) => {
    t.teardown(() => {
      t.context.back();
      t.context.world.lab.rdo.setFaults(null);
    });
    const set = (await plant(t.context)) ?? t.context.set;
    const result = await verify(t.context, set, depth === undefined ? {} : { depth });
    t.is(result.outcome, 'failed', result.message);
    const failures = result.failures ?? [];
    t.true(failures.length > 0);
    t.deepEqual([...new Set(failures.map((failure) => failure.kind))], [kind], result.message);
    t.regex(failures[0]?.detail ?? '', says);
    t.true(result.message?.includes(failures[0]?.detail ?? ''), result.message);
    t.regex(result.said, /^FAIL /m);
    t.regex(result.junit, new RegExp(`failures="${failures.length}"`));
  });
}

test.serial('everything that is wrong is told, and not the first alone', async (t) => {
  t.teardown(() => {
    t.context.back();
    t.context.world.lab.rdo.setFaults(null);
  });
  const { folder, set } = t.context;
  removePackage(t.context);
  await rm(join(folder, 'overcloud-full.tar'));
  forget(t.context, 'keystone', ({ config }) => config.digest);
  const { failures } = await verify(t.context, set);
  t.deepEqual(
    failures?.map(({ kind }) => kind),
    ['packages', 'container', 'image'],
  );
});

test.serial('servers that do not answer are failures, and never a success', async (t) => {
  const { world, hash } = t.context;
  const closed = 'http://127.0.0.1:1';
  const action = createVerifyAction({ cwd: world.lab.root, write: () => undefined });
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const repository = { 'full-hash': hash, 'repo-url': `${closed}/${hashDirectory(hash)}` };
  const result = await world.act(action, { config: '', ...repository }, { clock });
  t.is(result.outcome, 'failed');
  t.regex(result.message ?? '', /the repository does not answer: GET http:\/\/127\.0\.0\.1:1/);
  const file = join(await world.folder(), 'set.json');
  await writeFile(file, formatSet(t.context.set));
  const nothing = await world.act(action, { config: '', set: file });
  t.is(nothing.outcome, 'failed');
  t.regex(nothing.message ?? '', /nothing of it was looked at/);
  const unnamed = await world.act(action, { config: '' });
  t.is(unnamed.outcome, 'invalid');
  t.regex(unnamed.message ?? '', /no set is named/);
});

const rhelFiles = imageFiles.map((name) => `rhel-${name}`);

/** Runs the job that the lab's own tagflow.yaml gives phase 2, in this process; returns what it said. */
async function phase2Job({ world, hash }: Subject, set: ArtifactSet): Promise<{ code: number; said: string }> {
  const { lab } = world;
  const setFile = join(await world.folder(), 'set.json');
  await writeFile(setFile, formatSet(set));
  const command = subtree(parse(lab.config()), 'phases', 'rdo-phase-2', 'test')['command'] as readonly string[];
  const said: string[] = [];
  const { signal } = new AbortController();
  const io = { ...{ env: {}, random: () => 0.5, clock: systemClock, signal } } as unknown as CliIo;
  const code = await runLabCommand(command.slice(command.indexOf('lab') + 1), {
    env: {
      ...{ TAGFLOW_JOB: 'rhel', TAGFLOW_FULL_HASH: hash, TAGFLOW_SET: setFile },
      TAGFLOW_REPO_URL: `${lab.dlrn.reposUrl}/${hashDirectory(hash)}`,
    },
    signal,
    write: (line) => said.push(line),
    verify: createLabVerify(io),
  });
  return { code, said: said.join('\n') };
}

test.serial('the jobs of phase 2 test what was built on RHEL, which no place of the public has', async (t) => {
  const { world, hash, folder, set } = t.context;
  const { root } = world.lab;
  const below = (store: string): string => join(root, store, 'master/rdo_trunk', hash);
  await cp(folder, below('images'), { recursive: true });
  // Before its promotion the internal store has nothing but what was built for it.
  const work = { fullHash: hash, signal: new AbortController().signal, write: () => undefined, sizeBytes: 50_000 };
  await buildImages({ ...work, outDir: below('internal'), files: rhelFiles, flavour: 'rhel' });
  const rhel = await describeImages(below('internal'), rhelFiles, 'internal');
  const whole: ArtifactSet = { ...set, images: [...set.images, ...rhel] };
  const good = await phase2Job(t.context, whole);
  t.is(good.code, 0, good.said);
  t.regex(good.said, /^ok {4}set: \S+: containers: 2, images: 4$/m);
  for (const name of rhelFiles)
    t.regex(good.said, new RegExp(`^ok {4}image: file:\\S+/internal/\\S+/${name}: a tar of`, 'm'));

  const damaged = join(below('internal'), 'rhel-overcloud-full.tar');
  await writeFile(damaged, flip(await readFile(damaged), 20_000));
  const bad = await phase2Job(t.context, whole);
  t.is(bad.code, 1, bad.said);
  t.regex(bad.said, /^FAIL {2}image: file:\S+rhel-overcloud-full\.tar: .* has the sha256 [0-9a-f]{64}, expected/m);
  await rm(damaged);
  t.is((await phase2Job(t.context, whole)).code, 1);
  const none = await phase2Job(t.context, set);
  t.is(none.code, 1, 'a phase 2 that built nothing tested nothing');
});

test.serial('what of a set no place may hold is named, and not counted', async (t) => {
  const { set } = t.context;
  const internal = { ...set.images[0]!, name: 'rhel-overcloud-full.tar', visibility: 'internal' as const };
  const { outcome, message, said } = await verify(t.context, { ...set, images: [...set.images, internal] });
  t.is(outcome, 'done', message);
  t.regex(
    said,
    /containers: 2, images: 2 of 3; no place that is looked at may hold rhel-overcloud-full\.tar \(internal\)$/m,
  );
  const left = 'images: not looked at, they are internal, and every place is public: rhel-overcloud-full.tar';
  t.true(said.includes(`${left}\n`), said);
  t.true(message?.endsWith(`image 2; ${/\d+ bytes read/.exec(message)?.[0]}; ${left}`), message);
  const nowhere = await verify(t.context, set, { 'images-at': '' });
  t.regex(nowhere.said, /containers: 2, images: 0 of 2; /);
  t.regex(
    nowhere.message ?? '',
    /images: not looked at, no place is known: ironic-python-agent\.tar, overcloud-full\.tar$/,
  );
});
