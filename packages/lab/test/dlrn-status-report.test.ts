import test, { type ExecutionContext } from 'ava';
import { recordBuild } from '../src/dlrn/repository.ts';
import { startLabDlrn } from '../src/dlrn/server.ts';
import { directoryOf, type DlrnRelease, type LabMode } from '../src/dlrn/state.ts';
import { fetchPlain } from '../src/fetch.ts';
import { fakeSha } from '../src/random.ts';

const day = 86_400_000;
const files = ['report.html', 'status_report.html', 'status_report.csv', 'queue.html', 'styles.css'] as const;

/** Starts a DLRN with a package that fails since a while, one that always failed, one that is well, and one never built. */
async function startMixed(t: ExecutionContext, mode: LabMode, release: DlrnRelease = 'R') {
  const names = ['z-broken', 'hopeless', 'fine', 'unbuilt'];
  let now = Date.parse('2018-06-01T12:00:00Z');
  const projects = names.map((name) => ({ name, component: 'tripleo' }));
  const lab = await startLabDlrn({ clock: { now: () => now }, mode, release, projects, builder: 'centos9-master' });
  t.teardown(() => lab.close());
  const build = (project: string, number: number, status: 'SUCCESS' | 'FAILED' | 'RETRY') =>
    recordBuild(lab.state, {
      ...{ project, status, component: mode === 'component' ? 'tripleo' : null, extendedHash: null },
      ...{ commitHash: fakeSha(project, number), distroHash: fakeSha(project, 'distro') },
    });
  build('z-broken', 0, 'SUCCESS');
  now += day;
  const first = build('z-broken', 1, 'FAILED');
  build('z-broken', 2, 'RETRY');
  const last = build('z-broken', 3, 'FAILED');
  const hopeless = build('hopeless', 0, 'FAILED');
  now += 2 * day;
  const fine = build('fine', 0, 'SUCCESS');
  const read = (path: string) => fetchPlain(`${lab.reposUrl}/${path}`);
  return { lab, read, first, last, hopeless, fine };
}

/** Returns the texts and links of a page's cells, by rows. */
function cellsOf(page: string): readonly (readonly string[])[] {
  return [...page.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd]>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell),
  );
}

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: the last build of each package is at the top of the tree, as CSV and as a page`, async (t) => {
    const { read, first, last, hopeless, fine } = await startMixed(t, mode);
    const none = mode === 'component' ? 'tripleo' : 'None';
    const line = (row: typeof fine, artifacts: string): string =>
      [row.project, row.commitHash, row.distroHash, 'None', none, row.status, row.builtAt, artifacts].join(',');
    const rpms = ['src', 'noarch'].map((kind) => `repos/${directoryOf(fine)}/${fine.nvr}.${kind}.rpm`).join('|');
    t.is(
      (await read('status_report.csv')).text,
      [
        'Project,Source Sha,Dist Sha,Extended Sha,Component,Status,Timestamp,Packages',
        ...[line(fine, rpms), line(hopeless, 'None'), line(last, 'None'), ''],
      ].join('\n'),
    );
    const [heads, ...rows] = cellsOf((await read('status_report.html')).text);
    t.deepEqual(heads, [
      ...['Project Name', 'Status', 'First failure after success ', 'Number of days since last success'],
    ]);
    const log = (row: typeof fine): string => `${directoryOf(row)}/rpmbuild.log`;
    const failure = (row: typeof fine): string =>
      `<a href="http://git.openstack.org/cgit/openstack/${row.project}/commit/?id=${row.commitHash}">${row.commitHash}</a>` +
      ` (<a href="${log(row)}">build log</a>)`;
    t.deepEqual(rows, [
      ['fine', `<a href="${log(fine)}">SUCCESS</a>`, '', ''],
      ['hopeless', `<a href="${log(hopeless)}">FAILED</a>`, failure(hopeless), 'Never'],
      ['z-broken', `<a href="${log(last)}">FAILED</a>`, failure(first), '3 days'],
    ]);
    t.regex((await read('queue.html')).text, /Pending commits for the current run: Centos9 \(master\)/);
  });

  test(`${mode}: the pages are the tree's, not a component's, and come with the first build`, async (t) => {
    const { read } = await startMixed(t, mode);
    for (const file of files) {
      t.is((await read(file)).status, 200, file);
      t.is((await read(`component/tripleo/${file}`)).status, 404, file);
    }
    const empty = await startLabDlrn({ clock: { now: () => 0 }, mode });
    t.teardown(() => empty.close());
    for (const file of files) t.is((await fetchPlain(`${empty.reposUrl}/${file}`)).status, 404, file);
  });
}

test('a page says what it said when it was written', async (t) => {
  const { lab, read } = await startMixed(t, 'classic');
  const before = (await read('status_report.csv')).text;
  lab.state.commits.pop();
  t.is((await read('status_report.csv')).text, before);
});

test('a build that is to be retried is neither a success nor a failure', async (t) => {
  const { lab, read, last } = await startMixed(t, 'classic');
  const row = { ...last, extendedHash: null, commitHash: fakeSha('again'), status: 'RETRY' } as const;
  recordBuild(lab.state, row);
  const cells = cellsOf((await read('status_report.html')).text).at(-1) ?? [];
  t.regex(cells[1] ?? '', />RETRY</);
  t.deepEqual([cells[0], ...cells.slice(2)], ['z-broken', '', '']);
});

test('the head shows each package and its commit, too', async (t) => {
  const { read, fine, last } = await startMixed(t, 'component', 'H');
  const [heads, ...rows] = cellsOf((await read('status_report.html')).text);
  t.deepEqual(heads?.slice(0, 4), ['Project Name', 'NVR', 'Tarball SHA', 'Status']);
  t.deepEqual(rows[0]?.slice(0, 3), ['fine', fine.nvr, fine.commitHash]);
  t.deepEqual(rows[2]?.slice(0, 3), ['z-broken', '', last.commitHash]);
});
