import test, { type ExecutionContext } from 'ava';
import { buildInterval, createLabBuilder, type LabBuilder } from '../src/builder.ts';
import { createVirtualClock, type VirtualClock } from '../src/clock.ts';
import { defaultProjects } from '../src/dlrn/projects.ts';
import { createDlrnState, type DlrnState, type LabMode } from '../src/dlrn/state.ts';

function start(seed: string, mode: LabMode = 'classic'): { clock: VirtualClock; dlrn: DlrnState; builder: LabBuilder } {
  const clock = createVirtualClock('2018-06-01T00:00:00Z');
  const baseUrl = 'http://lab/centos7-master';
  const dlrn = createDlrnState({ mode, builder: 'centos7-master', clock, baseUrl, projects: defaultProjects });
  return { clock, dlrn, builder: createLabBuilder({ dlrn, clock, seed }) };
}

function textAt(t: ExecutionContext, dlrn: DlrnState, path: string): string {
  const found = dlrn.tree.find(path);
  t.is(found?.kind, 'file', path);
  return found?.kind === 'file' ? found.content.toString() : '';
}

test('the same seed builds the same commits', (t) => {
  const built = (seed: string): readonly string[] => {
    const { builder } = start(seed);
    return Array.from({ length: 30 }, () => builder.build()).map((row) => `${row.project} ${row.commitHash}`);
  };
  t.deepEqual(built('a'), built('a'));
  t.notDeepEqual(built('a'), built('b'));
  t.is(new Set(built('a')).size, 30);
});

test('consistent waits until every project was built', (t) => {
  const { dlrn, builder } = start('a');
  for (const _ of defaultProjects.slice(1)) builder.build();
  t.is(dlrn.tree.readLink('consistent'), null);
  t.not(dlrn.tree.readLink('current'), null);
  builder.build();
  t.is(dlrn.tree.readLink('consistent'), dlrn.tree.readLink('current'));
  t.deepEqual(
    dlrn.votes.map(({ job, user, success, url }) => ({ job, user, success, url })),
    [{ job: 'consistent', user: null, success: true, url: '' }],
  );
});

test('a failed build holds consistent back, until that project builds again', (t) => {
  const { dlrn, builder } = start('a');
  for (const _ of defaultProjects) builder.build();
  const before = dlrn.tree.readLink('consistent');
  builder.failNextBuild('openstack-nova');
  t.is(builder.build('openstack-nova').status, 'FAILED');
  t.is(dlrn.tree.readLink('current'), before, 'a failed build is not current');
  builder.build('openstack-heat');
  t.is(dlrn.tree.readLink('consistent'), before);
  t.not(dlrn.tree.readLink('current'), before);
  builder.build('openstack-nova');
  t.is(dlrn.tree.readLink('consistent'), dlrn.tree.readLink('current'));
});

test('a failed build holds back its own component alone', (t) => {
  const { dlrn, builder } = start('a', 'component');
  for (const _ of defaultProjects) builder.build();
  const consistent = (component: string): string | null => dlrn.tree.readLink(`component/${component}/consistent`);
  const [compute, network] = [consistent('compute'), consistent('network')];
  builder.failNextBuild('openstack-nova');
  for (const project of ['openstack-nova', 'openstack-placement', 'openstack-neutron']) builder.build(project);
  t.is(consistent('compute'), compute);
  t.not(consistent('network'), network);
  t.regex(textAt(t, dlrn, 'consistent/delorean.repo.md5'), /^[0-9a-f]{32}$/);
});

test('builds every 30 minutes of the clock', async (t) => {
  const { clock, dlrn, builder } = start('a');
  const controller = new AbortController();
  const running = builder.run(controller.signal);
  await clock.advance(5 * buildInterval - 1);
  t.is(dlrn.commits.length, 4);
  await clock.advance(1);
  t.is(dlrn.commits.length, 5);
  t.deepEqual(
    dlrn.commits.map((row) => row.builtAt - Date.UTC(2018, 5, 1) / 1000),
    [1800, 3600, 5400, 7200, 9000],
  );
  controller.abort();
  await running;
});

test('a tree lists the newest build of every project, and has each package', (t) => {
  const { dlrn, builder } = start('a');
  for (let index = 0; index < 15; index++) builder.build();
  const rows = textAt(t, dlrn, 'current/versions.csv').trim().split('\n').slice(1);
  t.deepEqual(
    rows.map((row) => row.split(',')[0]),
    defaultProjects.map((project) => project.name),
  );
  for (const row of rows) textAt(t, dlrn, `current/${row.split(',').at(-1)}.noarch.rpm`);
  const common = rows.find((row) => row.startsWith('openstack-tripleo-common,'));
  const newest = dlrn.commits.findLast((row) => row.project === 'openstack-tripleo-common');
  t.is(common?.split(',')[2], newest?.commitHash);
});

test('an unknown project is refused', (t) => {
  t.throws(() => start('a').builder.build('nova'), { message: /no project "nova"/ });
});
