import test from 'ava';
import { DlrnError, parseCommitYaml, parseDeloreanRepo, parseVersionsCsv, splitRepoUrl } from '../src/index.ts';
import { parseBaseUrl } from '../src/base-url.ts';
import { ParseError, parseFullHash } from '@tagflow/model';

const commit = '4d37e51b82cd7ab95e065389fc559286e2a979eb';
const distro = 'fe857747de01b3d54a638a80346575e268f33aeb';
const html =
  '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head><title>404 Not Found</title></head></html>';

const repo = (id: string, path: string): string =>
  `[${id}]\nname=delorean-x\nbaseurl=https://trunk.example/c9/${path}\nenabled=1\n\n`;

test('delorean.repo: sections in order, slashes and comments aside', (t) => {
  const text = `# made by DLRN\r\n${repo('delorean-component-a', 'component/a/1')}; x\n${repo('delorean-component-b', 'component/b/2/')}`;
  t.deepEqual(parseDeloreanRepo(text, 'F'), [
    { id: 'delorean-component-a', baseurl: 'https://trunk.example/c9/component/a/1' },
    { id: 'delorean-component-b', baseurl: 'https://trunk.example/c9/component/b/2' },
  ]);
});

const refused = test.macro((t, parse: (text: string, where: string) => unknown, text: string, message: RegExp) => {
  const error = t.throws(() => parse(text, 'FILE'), { instanceOf: DlrnError });
  t.is(error.code, 'unexpected-answer');
  t.regex(error.message, message);
  t.regex(error.message, /^FILE/);
});

test('delorean.repo: HTML', refused, parseDeloreanRepo, html, /HTML page \("404 Not Found"\), not a delorean\.repo/);
test('delorean.repo: empty', refused, parseDeloreanRepo, ' \n', /is empty/);
test('delorean.repo: no section', refused, parseDeloreanRepo, '# nothing\n', /has no sections/);
test('delorean.repo: no baseurl', refused, parseDeloreanRepo, '[delorean]\nname=x\n', /\[delorean\] has no baseurl/);
test('delorean.repo: key outside', refused, parseDeloreanRepo, 'baseurl=x\n', /line 1: "baseurl=x" is not part/);
test('delorean.repo: other text', refused, parseDeloreanRepo, '[delorean]\nNot Found\n', /line 2: "Not Found"/);

const yaml = (fields: Record<string, string>): string =>
  `commits:\n- ${Object.entries({ commit_hash: commit, distro_hash: distro, ...fields })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n  ')}\n`;

test('commit.yaml: the word None is null', (t) => {
  const text = yaml({
    extended_hash: 'None',
    component: 'None',
    project_name: 'heat',
    status: 'SUCCESS',
    dt_build: "'1'",
  });
  t.deepEqual(parseCommitYaml(text, 'F'), {
    build: { commitHash: commit, distroHash: distro, extendedHash: null, component: null },
    project: 'heat',
    status: 'SUCCESS',
    builtAt: 1,
  });
});

test('commit.yaml: hashes that look like numbers stay texts', (t) => {
  const digits = '1234567890'.repeat(4);
  const exponent = `12e4${'5'.repeat(36)}`;
  const { build } = parseCommitYaml(
    `commits:\n- commit_hash: ${digits}\n  distro_hash: ${exponent}\n  component: '12'\n`,
    'F',
  );
  t.deepEqual(build, { commitHash: digits, distroHash: exponent, extendedHash: null, component: '12' });
});

test('commit.yaml: two extended hashes', (t) => {
  const { build } = parseCommitYaml(yaml({ extended_hash: `${commit}_${distro}`, component: 'tripleo' }), 'F');
  t.is(String(build.extendedHash), `${commit}_${distro}`);
  t.is(build.component, 'tripleo');
});

test('commit.yaml: HTML', refused, parseCommitYaml, html, /HTML page/);
test('commit.yaml: not YAML', refused, parseCommitYaml, 'commits: [\n', /is not YAML/);
test('commit.yaml: other YAML', refused, parseCommitYaml, 'Not Found', /has no list "commits"/);
test('commit.yaml: no commit', refused, parseCommitYaml, 'commits: []\n', /is empty or holds no mappings/);
test(
  'commit.yaml: short hash',
  refused,
  parseCommitYaml,
  yaml({ distro_hash: 'fe857747' }),
  /distro_hash "fe857747" is not 40/,
);

const header = 'Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp';

test('versions.csv: columns by name, None is null, quotes', (t) => {
  const text = `${header},Component,Extended Sha,Pkg NVR\nheat,"https://g/a,""b""",${commit},,${distro},SUCCESS,1,None,None,heat-1\n`;
  t.deepEqual(parseVersionsCsv(text, 'F'), [
    {
      project: 'heat',
      sourceRepo: 'https://g/a,"b"',
      sourceSha: commit,
      distRepo: null,
      distSha: distro,
      status: 'SUCCESS',
      component: null,
      nvr: 'heat-1',
    },
  ]);
  t.is(parseVersionsCsv(`${header}\nheat,r,${commit},d,${distro},SUCCESS,1\n`, 'F')[0]?.nvr, null, 'an older header');
});

test('versions.csv: HTML', refused, parseVersionsCsv, html, /HTML page/);
test('versions.csv: other columns', refused, parseVersionsCsv, 'a,b\n1,2\n', /no columns "Project" and "Source Sha"/);
test('versions.csv: header only', refused, parseVersionsCsv, `${header}\n`, /lists no packages/);
test(
  'versions.csv: short row',
  refused,
  parseVersionsCsv,
  `${header}\nheat,r\n`,
  /line 2: 2 fields where the header has 7/,
);
test('versions.csv: no project', refused, parseVersionsCsv, `${header}\n,r,s,d,e,f,1\n`, /line 2: no project/);

test('the directory of a hash comes apart', (t) => {
  const hash = parseFullHash(`${commit}_fe857747`);
  const aggregate = parseFullHash('de8a8770efd583266ec536d190a0a440');
  const base = 'https://trunk.example/centos9-master';
  const rows = [
    [`${base}/4d/37/${hash}`, hash, { reposUrl: base, component: null, label: null }],
    [`${base}/component/tripleo/4d/37/${hash}/`, hash, { reposUrl: base, component: 'tripleo', label: null }],
    [
      `${base}/current-tripleo/de/8a/${aggregate}`,
      aggregate,
      { reposUrl: base, component: null, label: 'current-tripleo' },
    ],
    [`http://h/l/de/8a/${aggregate}`, aggregate, { reposUrl: 'http://h', component: null, label: 'l' }],
  ] as const;
  for (const [url, of, parts] of rows) t.deepEqual(splitRepoUrl(url, of), parts);
  for (const [url, of] of [
    [`${base}/4d/37/${hash}`, aggregate],
    [`${base}/aa/bb/${hash}`, hash],
    [`${base}/current-tripleo`, hash],
    [`http://h/de/8a/${aggregate}`, aggregate],
    [`ftp://h/4d/37/${hash}`, hash],
    ['', hash],
  ] as const) {
    t.throws(() => splitRepoUrl(url, of), {
      instanceOf: ParseError,
      message: /^repo-url ".*" is not the directory of full-hash/,
    });
  }
});

test('a base URL holds no secret', (t) => {
  t.is(parseBaseUrl('https://trunk.example/api-x//', 'apiUrl'), 'https://trunk.example/api-x');
  for (const bad of ['https://user:s3cret@h/x', 'https://h/x?token=s3cret', 'ftp://h/x', 'h', '']) {
    const error = t.throws(() => parseBaseUrl(bad, 'reposUrl'), { instanceOf: DlrnError });
    t.is(error.outcome, 'invalid');
    t.regex(error.message, /^the address of the repository \(repos-url, /);
    t.notRegex(error.message, /s3cret/);
  }
});
