import test from 'ava';
import { DlrnError, readStatusReport } from '../src/index.ts';
import { parseStatusPage } from '../src/status-page.ts';
import { parseStatusCsv } from '../src/status-report.ts';

const [source, distro, extended] = [
  '375113de27207db83f2dff74a67cf815eedd57fe',
  '2742aa7d'.repeat(5),
  '3c205e02'.repeat(5),
];
const directory = `component/compute/37/51/${source}_2742aa7d_3c205e02`;
const header = 'Project,Source Sha,Dist Sha,Extended Sha,Component,Status,Timestamp,Packages';

const csv = (...rows: readonly string[]): string => [header, ...rows, ''].join('\n');

test('the last build of a package, as DLRN 0.26.1 and its head write it', (t) => {
  const rpms = ['src', 'noarch'].map((end) => `repos/${directory}/heat-1.0.4-0.375113d.el9.${end}.rpm`);
  const [built, classic, failed] = parseStatusCsv(
    csv(
      `heat,${source},${distro},${extended},compute,SUCCESS,1795412443,${rpms.join('|')}`,
      `nova,${source},${distro},None,None,RETRY,1795416644,None`,
      `zaqar,20260101,${distro},None,None,FAILED,1795416644,None`,
    ),
    'F',
  );
  t.deepEqual(built as unknown, {
    project: 'heat',
    component: 'compute',
    status: 'SUCCESS',
    builtAt: 1_795_412_443,
    build: { commitHash: source, distroHash: distro, extendedHash: extended, component: 'compute' },
    logPath: `${directory}/rpmbuild.log`,
    packages: ['heat-1.0.4-0.375113d.el9.src.rpm', 'heat-1.0.4-0.375113d.el9.noarch.rpm'],
    failing: null,
  });
  t.like(classic, { component: null, status: 'RETRY', packages: [], logPath: `37/51/${source}_2742aa7d/rpmbuild.log` });
  t.like(failed, { project: 'zaqar', status: 'FAILED', build: null, logPath: null }, 'not a hash of git');
  t.deepEqual(parseStatusCsv(`${header}\n`, 'F'), [], 'a server that has built nothing yet');
});

test('columns are found by their names', (t) => {
  const text = `More,${header}\r\nx,heat,${source},${distro},None,None,SUCCESS,1,a.rpm\r\n`;
  t.like(parseStatusCsv(text, 'F')[0], { project: 'heat', builtAt: 1, packages: ['a.rpm'] });
});

const refused = test.macro((t, text: string, message: RegExp) => {
  const error = t.throws(() => parseStatusCsv(text, 'FILE'), { instanceOf: DlrnError });
  t.is(error.code, 'unexpected-answer');
  t.regex(error.message, message);
});

const row = `heat,${source},${distro},None,None,SUCCESS,1,None`;
test('HTML', refused, '<!DOCTYPE html><title>404 Not Found</title>', /FILE is an HTML page \("404 Not Found"\)/);
test('an empty file', refused, '', /FILE is empty/);
test('other columns', refused, 'Project,Status\n', /FILE has no column Source Sha, Dist Sha, .*Packages, expected/);
test('a file that is being written', refused, csv(row).slice(0, -10), /does not end with a line: it is being written/);
test('a short row', refused, csv('heat,SUCCESS'), /FILE, line 2: 2 fields where the header has 8/);
test('another status', refused, csv(row, row.replace('SUCCESS', 'LOST')), /FILE, line 3: status "LOST"/);
test('no time', refused, csv(row.replace(',1,', ',None,')), /FILE, line 2: timestamp "None"/);

/** The page as DLRN writes it, but for icons and scripts in its head; its development head has two columns more. */
function page(isHead: boolean, rows: readonly (readonly [string, string, string, string])[]): string {
  const more = (cell: string): string => (isHead ? `<td>\n  ${cell}\n</td>`.repeat(2) : '');
  const lines = rows.map(
    ([project, status, since, days]) => `
        <tr ${status === 'FAILED' ? 'class="failure"' : ''}>
          <td>${project}</td>
          ${more('')}
            <td>
              <i class="fas fa-thumbs-down pull-left" style="color:red"></i>
              <a href="2c/9a/x/rpmbuild.log">${status}</a>
            </td>
            <td>
                ${since}
            </td>
            <td>
                ${days}
            </td>
        </tr>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
  <body>
    <table id="dlrn" class="pf-c-table">
      <thead>
      <tr>
        <th>Project Name</th>
        ${isHead ? '<th>NVR</th>\n<th>Tarball SHA</th>' : ''}
        <th>Status</th>
        <th>First failure after success (all commit not built)</th>
        <th>Number of days since last success</th>
      </tr>
      </thead>
      <tbody>${lines.join('')}
      </tbody>
    </table>
    <script>$('#dlrn').DataTable({ "paging": false });</script>
  </body>
</html>`;
}

const failure = `<i class="fas fa-link pull-left"></i>
                <a href="https://git.example/x${source}">${source}</a> (<a href="d0/9f/rpmbuild.log">build log</a>)`;

for (const isHead of [false, true]) {
  test(`since when a package fails, as ${isHead ? 'the development head' : 'DLRN 0.26.1'} tells it`, (t) => {
    const text = page(isHead, [
      ['cinder', 'SUCCESS', '', ''],
      ['heat', 'FAILED', failure, '12 days'],
      ['nova', 'RETRY', '', ''],
      ['swift', 'FAILED', '??????', '0 days'],
      ['zaqar', 'FAILED', failure, 'Never'],
    ]);
    t.deepEqual(
      [...parseStatusPage(text)],
      [
        ['heat', { since: source, days: 12 }],
        ['swift', { since: null, days: 0 }],
        ['zaqar', { since: source, days: null }],
      ],
    );
  });
}

test('a page that is not understood tells nothing', (t) => {
  for (const text of ['', 'Not Found', '<table><tr><th>Status</th></tr><tr><td>FAILED</td></tr></table>']) {
    t.is(parseStatusPage(text).size, 0, text);
  }
});

test('the page is read for packages that fail, and need not be there', async (t) => {
  const failed = row.replace('SUCCESS', 'FAILED');
  const read: string[] = [];
  const tree = (files: Readonly<Record<string, string>>): Parameters<typeof readStatusReport>[0] => ({
    reposUrl: 'https://trunk.example/c9',
    readFile(path) {
      read.push(path);
      return Promise.resolve(files[path] ?? null);
    },
  });
  t.is(await readStatusReport(tree({})), null);
  t.is((await readStatusReport(tree({ 'status_report.csv': csv(row) })))?.[0]?.failing, null);
  t.deepEqual(read.splice(0), ['status_report.csv', 'status_report.csv']);
  t.is((await readStatusReport(tree({ 'status_report.csv': csv(failed) })))?.[0]?.failing, null);
  t.deepEqual(read.splice(0), ['status_report.csv', 'status_report.html']);
  const html = page(false, [['heat', 'FAILED', failure, '3 days']]);
  const states = await readStatusReport(tree({ 'status_report.csv': csv(failed), 'status_report.html': html }));
  t.deepEqual(states?.[0]?.failing, { since: source, days: 3 });
  await t.throwsAsync(readStatusReport(tree({ 'status_report.csv': 'x\n' })), {
    message: /^https:\/\/trunk\.example\/c9\/status_report\.csv has no column/,
  });
});
