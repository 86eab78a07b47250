import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildInterval } from '@tagflow/lab';
import { fullHashOfCommit } from '@tagflow/model';
import anyTest, { type TestFn } from 'ava';
import { parse } from 'yaml';
import { root } from '../../scripts/workspaces.ts';
import { type LabWorld, startLabWorld } from '../pipelines/lab-world.ts';
import { answerOf } from '../pipelines/tagflow.ts';
import { readTruth } from '../pipelines/truth.ts';
import { docsYaml } from './docs-zuul.ts';
import { makeRig, type Rig } from './role-rig.ts';
import { type JobEnd, jobsOfLine, type LineRun, runLine } from './zuul-line.ts';

// The jobs of zuul.d, each by a real ansible-playbook, in the order that Zuul's rules give. Zuul itself is not here.

const test = anyTest as TestFn<{ readonly world: LabWorld; readonly rig: Rig }>;

test.before(async (t) => {
  const world = await startLabWorld();
  const rig = await makeRig(() => world.env);
  copyFileSync(world.config, join(rig.project, 'tagflow.yaml'));
  t.context = { world, rig };
});
test.after.always(async (t) => {
  await t.context.rig?.close();
  await t.context.world?.close();
});

const playbook = (name: string): string => readFileSync(join(root, 'playbooks/tagflow', name), 'utf8');
const steps = docsYaml().get('playbooks/tagflow/steps.yaml') ?? '';
const vote = docsYaml().get('playbooks/tagflow/vote.yaml') ?? '';

function line(
  t: { readonly context: { readonly world: LabWorld; readonly rig: Rig } },
  templates: readonly string[],
  pipeline: string,
  log: (text: string) => void,
  more: Parameters<typeof jobsOfLine>[2] = [],
): Promise<LineRun> {
  const { world, rig } = t.context;
  const { apiUrl, username, password } = world.lab.dlrn;
  return runLine(jobsOfLine(templates, pipeline, more), async (job, waiting, data) => {
    const tests = job.parents.includes('tagflow-voter');
    const common = { name: job.name, waiting, vars: { ...data, ...job.vars } };
    const ran = await rig.run(
      tests
        ? { ...common, playbook: playbook('test.yaml') }
        : { ...common, playbook: steps, secrets: { promotion_secrets: { password } } },
    );
    if (ran.code !== 0) log(ran.log);
    if (!tests) return { ok: ran.code === 0, data: ran.data };
    const secrets = { promotion_vote: { 'dlrn-url': apiUrl, username, password } };
    const voted = await rig.run({ ...common, playbook: vote, secrets, success: ran.code === 0 });
    if (voted.code !== 0) log(voted.log);
    return { ok: ran.code === 0 && voted.code === 0, data: ran.data };
  });
}

const all = (names: readonly string[], end: JobEnd): Readonly<Record<string, JobEnd>> =>
  Object.fromEntries(names.map((name) => [`tagflow-upstream-${name}`, end]));

test.serial('upstream: from consistent to current-tripleo, job by job', async (t) => {
  t.timeout(400_000);
  const { ended } = await line(t, ['tagflow-upstream', 'tagflow-upstream-test'], 'tagflow-upstream', t.log);
  t.deepEqual(
    ended,
    all(
      [
        'hash',
        'pin',
        'containers',
        'images',
        'candidate',
        'test',
        'plan',
        'stage-containers',
        'stage-images',
        'promote',
        'mirror',
      ],
      'SUCCESS',
    ),
  );
  const { repository, rdo, docker, public: published } = await readTruth(t.context.world.lab, 'current-tripleo');
  t.truthy(repository);
  t.deepEqual({ rdo, docker, published }, { rdo: repository, docker: repository, published: repository });
});

test.serial('upstream, again: what there is already is neither built nor tested nor promoted', async (t) => {
  t.timeout(200_000);
  const { ended } = await line(t, ['tagflow-upstream', 'tagflow-upstream-test'], 'tagflow-upstream', t.log);
  t.deepEqual(ended, {
    ...all(['hash', 'pin', 'plan', 'mirror'], 'SUCCESS'),
    ...all(['containers', 'images', 'candidate', 'test', 'stage-containers', 'stage-images', 'promote'], 'SKIPPED'),
  });
});

test.serial('a failed test skips the plan, and the promoter judges the votes', async (t) => {
  t.timeout(400_000);
  const { world, rig } = t.context;
  const [first, second] = ['001', '035'].map(
    (each) => `periodic-tripleo-ci-centos-7-ovb-3ctlr_1comp-featureset${each}-master`,
  );
  const config = await world.writeConfig((tree) => {
    const { upstream } = tree['phases'] as Record<string, Record<string, Record<string, unknown>>>;
    upstream!['test']!['jobs'] = [first, second];
    upstream!['promote']!['criteria'] = { 'all-of': [first] };
  });
  copyFileSync(config, join(rig.project, 'tagflow.yaml'));
  const hash = fullHashOfCommit(world.lab.builder.build());
  await world.lab.clock.advance(buildInterval);
  const { outputs } = answerOf(
    await world.run(['matrix', '--config', config, '--phase', 'upstream', '--format', 'zuul']),
  );
  const tests = parse(outputs['matrix'] ?? '', { version: '1.1' }) as Parameters<typeof jobsOfLine>[2];

  world.lab.ci.failJobs.add(`${second}`);
  const { ended } = await line(
    t,
    ['tagflow-upstream', 'tagflow-upstream-tests'],
    'tagflow-upstream',
    () => undefined,
    tests,
  );
  t.deepEqual(ended, {
    ...all(['hash', 'pin', 'containers', 'images', 'candidate'], 'SUCCESS'),
    ...{ [`${first}`]: 'SUCCESS', [`${second}`]: 'FAILURE' },
    ...all(['plan', 'stage-containers', 'stage-images', 'promote', 'mirror'], 'SKIPPED'),
  });
  const votes = world.lab.dlrn.state.votes.filter(({ job }) => [first, second].includes(job ?? '')).slice(-2);
  t.deepEqual(Object.fromEntries(votes.map(({ job, success }) => [`${job}`, success])), {
    [`${first}`]: true,
    [`${second}`]: false,
  });
  t.not((await readTruth(world.lab, 'current-tripleo')).repository, hash);

  const promoter = await line(t, ['tagflow-upstream-promoter'], 'tagflow-promoter', t.log);
  t.deepEqual(promoter.ended, all(['plan', 'stage-containers', 'stage-images', 'promote', 'mirror'], 'SUCCESS'));
  const { repository, rdo, docker, public: published } = await readTruth(world.lab, 'current-tripleo');
  t.deepEqual({ repository, rdo, docker, published }, { repository: hash, rdo: hash, docker: hash, published: hash });
});
