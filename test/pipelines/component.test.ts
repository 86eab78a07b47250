import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildInterval, promoteComponents } from '@tagflow/lab';
import { fullHashOfCommit, isAggregate, parseFullHash, parseSet } from '@tagflow/model';
import anyTest, { type TestFn } from 'ava';
import { type LabWorld, runArgs, startLabWorld } from './lab-world.ts';
import { answerOf, self } from './tagflow.ts';
import { imageFolder, readTruth } from './truth.ts';

const test = anyTest as TestFn<{ readonly world: LabWorld }>;
const promoted = ['current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'] as const;

test.before(async (t) => {
  t.context = { world: await startLabWorld({ mode: 'component' }) };
});
test.after.always((t) => t.context.world?.close());

test.serial('component mode: promoted-components goes through all four phases as one aggregate', async (t) => {
  const { world } = t.context;
  const { lab } = world;
  const hash = lab.dlrn.state.promotions.at(-1)?.aggregateHash;
  t.truthy(hash, 'the component line has promoted');

  const ended = await world.run(runArgs(world));
  t.is(ended.exitCode, 0, ended.stderr);
  const answer = answerOf(ended);
  t.is(answer.outcome, 'done');
  const full = parseFullHash(answer.outputs['full-hash'] ?? '');
  t.is(full, parseFullHash(`${hash}`));
  t.true(isAggregate(full));

  for (const label of ['promoted-components', 'tripleo-ci-testing', ...promoted]) {
    t.is((await readTruth(lab, label)).repository, full, label);
  }
  for (const label of promoted) {
    const inside = label === 'current-tripleo-rdo-internal';
    const { rdo, docker, public: published, internal } = await readTruth(lab, label);
    t.deepEqual({ rdo, published }, { rdo: full, published: full }, label);
    t.deepEqual({ docker, internal }, inside ? { docker: null, internal: full } : { docker: full, internal: null });
  }
  const components = [...new Set(lab.dlrn.state.projects.map(({ component }) => component))].sort();
  for (const component of components) {
    for (const label of promoted) {
      const link = lab.dlrn.state.tree.readLink(`component/${component}/${label}`);
      t.is(link, lab.dlrn.state.tree.readLink(`component/${component}/promoted-components`), `${component} ${label}`);
    }
  }

  const set = parseSet(await readFile(join(lab.root, 'hand-off', full, 'set.json'), 'utf8'), 'delivered set');
  t.is(set.fullHash, full);
  t.deepEqual(set.repository.builds.map(({ component }) => component).toSorted(), components);
  const published = await readFile(join(lab.root, 'images', imageFolder, 'current-tripleo', 'set.json'), 'utf8');
  t.is(parseSet(published, 'published set').fullHash, full);
  const votes = lab.dlrn.state.aggregateVotes.filter(({ success, aggregateHash }) => success && aggregateHash === full);
  t.is(votes.length, 6 + 6 + 2, 'every job voted on the aggregate');
});

test.serial(
  'component mode: the next aggregate, with one component changed, moves on, and previous keeps the first',
  async (t) => {
    const { world } = t.context;
    const { lab } = world;
    const before = await readTruth(lab, 'current-tripleo');
    lab.builder.build('openstack-nova');
    await lab.clock.advance(buildInterval);
    const hash = promoteComponents(lab.dlrn.state, 'promoted-components', lab.dlrn.username).aggregateHash;
    t.not(hash, before.repository);

    const ended = await world.run(runArgs(world, 'upstream'));
    t.is(ended.exitCode, 0, ended.stderr);
    t.deepEqual(await readTruth(lab, 'current-tripleo'), {
      ...before,
      ...{ repository: hash, rdo: hash, docker: hash, public: hash },
    });
    t.deepEqual(await readTruth(lab, 'previous-current-tripleo'), before);
  },
);

test.serial('the component line: a build of one component becomes part of promoted-components', async (t) => {
  const { world } = t.context;
  const { lab } = world;
  const before = await readTruth(lab, 'promoted-components');
  const row = lab.builder.build('openstack-nova');
  await lab.clock.advance(buildInterval);
  const job = 'periodic-tripleo-ci-centos-9-standalone-featureset052-master';
  const config = await world.writeConfig((tree) => {
    const phases = tree['phases'] as Record<string, unknown>;
    phases['component-line'] = {
      template: 'component',
      component: row.component,
      pin: { from: 'consistent', to: 'component-ci-testing' },
      test: { command: [...self, 'lab', 'job', '--ci-url', lab.ci.url], jobs: [job] },
      promote: { from: 'component-ci-testing', to: 'promoted-components', criteria: { 'all-of': [job] } },
    };
  });
  const args = ['run', 'component-line', '--config', config, '--password-env', 'DLRN_PASSWORD'];

  lab.ci.failJobs.add(job);
  const blocked = await world.run(args);
  t.is(blocked.exitCode, 5, blocked.stderr);
  t.deepEqual(await readTruth(lab, 'promoted-components'), before);

  lab.ci.failJobs.delete(job);
  const ended = await world.run(args);
  t.is(ended.exitCode, 0, ended.stderr);
  t.is(answerOf(ended).outputs['full-hash'], fullHashOfCommit(row));
  const link = lab.dlrn.state.tree.readLink(`component/${row.component}/promoted-components`);
  t.true(link?.endsWith(fullHashOfCommit(row)), link ?? 'no link');
  const after = await readTruth(lab, 'promoted-components');
  t.not(after.repository, before.repository, 'a new aggregate holds it');

  const again = await world.run(args);
  t.is(again.exitCode, 0, again.stderr);
  t.is(answerOf(again).outcome, 'nothing-to-do');
  const upstream = await world.run(runArgs(world, 'upstream'));
  t.is(upstream.exitCode, 0, upstream.stderr);
  t.is((await readTruth(lab, 'current-tripleo')).repository, after.repository);
});
