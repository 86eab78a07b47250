import { join } from 'node:path';
import test from 'ava';
import { fullHashOfCommit } from '@tagflow/model';
import { type Bench, bench, invalidIn, startHost } from './support.ts';

test('classic: a label is two requests where nobody said which mode it is, and its hash is pinned', async (t) => {
  const { lab, outDir, said, run } = await bench(t, 'classic');
  const newest = lab.state.commits.at(-1);
  const { outcome, outputs } = await run({ 'repos-url': lab.reposUrl, label: 'consistent' });
  t.is(outcome, 'done');
  const hash = newest === undefined ? '' : fullHashOfCommit(newest);
  t.deepEqual(outputs, {
    'full-hash': hash,
    'repo-url': `${lab.reposUrl}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`,
    'source-url': `${lab.reposUrl}/consistent/commit.yaml`,
    'commit-hash': newest?.commitHash ?? '',
    'distro-hash': newest?.distroHash ?? '',
    'hash-info': join(outDir, 'hash_info.sh'),
    full_hash: hash,
    commit_hash: newest?.commitHash ?? '',
    distro_hash: newest?.distroHash ?? '',
    dlrn_url: `${lab.reposUrl}/consistent/commit.yaml`,
  });
  t.is(lab.requests.length, 2);
  t.deepEqual(said, [`pinned ${hash}, found in ${lab.reposUrl}/consistent/commit.yaml`]);
});

test('component: an aggregate, and the label of one component', async (t) => {
  const { lab, run } = await bench(t, 'component');
  const whole = (await run({ 'repos-url': lab.reposUrl, label: 'consistent' })).outputs;
  t.regex(whole['full-hash'] ?? '', /^[0-9a-f]{32}$/);
  t.is(whole['aggregate-hash'], whole['full-hash']);
  t.is(whole['commit-hash'], undefined);
  t.true(
    whole['repo-url']?.endsWith(
      `/consistent/${whole['full-hash']?.slice(0, 2)}/${whole['full-hash']?.slice(2, 4)}/${whole['full-hash']}`,
    ),
  );
  const one = (await run({ 'repos-url': lab.reposUrl, label: 'consistent', component: 'tripleo' })).outputs;
  t.is(one['component'], 'tripleo');
  t.regex(one['repo-url'] ?? '', /\/component\/tripleo\/..\/..\/[0-9a-f]{40}_[0-9a-f]{8}$/);
});

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: full-hash and repo-url are checked and come back`, async (t) => {
    const { lab, build, run } = await bench(t, mode);
    const first = await run({ 'repos-url': lab.reposUrl, label: 'consistent' });
    await build();
    const pinned = { 'full-hash': first.outputs['full-hash'] ?? '', 'repo-url': first.outputs['repo-url'] ?? '' };
    const again = await run(pinned);
    t.is(again.outcome, 'done', again.message);
    t.like(again.outputs, pinned);
    const gone = pinned['full-hash'].replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    const lost = await run({ 'full-hash': gone, 'repo-url': pinned['repo-url'].replace(pinned['full-hash'], gone) });
    t.deepEqual([lost.outcome, lost.error?.code], ['failed', 'nothing-there']);
    t.regex(lost.message ?? '', new RegExp(`has no build ${gone}`));
  });

  test(`${mode}: against tells whether the hash is new to a label`, async (t) => {
    const { at, build, promote, run } = await bench(t, mode);
    const asked = { ...at, label: 'consistent', against: 'tested' };
    t.is((await run(asked)).outputs['is-new'], 'true', 'a label that is not there yet');
    promote('tested');
    t.is((await run(asked)).outputs['is-new'], 'false');
    await build();
    t.is((await run(asked)).outputs['is-new'], 'true');
  });

  test(`${mode}: a label that is away for a moment is asked for again`, async (t) => {
    const { lab, run } = await bench(t, mode);
    let misses = 0;
    lab.setFaults(() => {
      misses += 1;
      return misses > 4 ? undefined : { status: 404, body: 'Not Found', contentType: 'text/html' };
    });
    const result = await run({ 'repos-url': lab.reposUrl, label: 'consistent' });
    t.is(result.outcome, 'done', result.message);
    t.true(misses > 4);
  });
}

test('how many requests a look-up takes', async (t) => {
  const classic = await bench(t, 'classic');
  const components = await bench(t, 'component');
  for (const { promote } of [classic, components]) promote('tested');
  const config = async ({ lab, configure }: Bench): Promise<Record<string, string>> => ({
    config: await configure({ dlrn: { mode: lab.state.mode } }),
  });
  const pinned = async ({ lab, run }: Bench, more = {}): Promise<Record<string, string>> => {
    const { outputs } = await run({ 'repos-url': lab.reposUrl, label: 'tested', ...more });
    return { 'full-hash': outputs['full-hash'] ?? '', 'repo-url': outputs['repo-url'] ?? '' };
  };
  const hashOf = async (of: Bench): Promise<string> => (await pinned(of))['full-hash'] ?? '';
  const tested = { label: 'tested' };
  const rows: readonly (readonly [string, Bench, Readonly<Record<string, string>>, number])[] = [
    ['classic label, mode unknown', classic, { ...classic.at, label: 'tested' }, 2],
    ['classic label', classic, { ...(await config(classic)), label: 'tested' }, 1],
    ['classic hash', classic, await pinned(classic), 1],
    ['aggregate label', components, { ...components.at, label: 'tested' }, 2],
    ['aggregate label, mode known', components, { ...(await config(components)), label: 'tested' }, 2],
    ['aggregate and its directory', components, await pinned(components), 1],
    ['aggregate alone', components, { ...components.at, 'full-hash': await hashOf(components) }, 2],
    ['label of a component', components, { ...components.at, label: 'tested', component: 'tripleo' }, 1],
    ['classic, against what is there', classic, { ...(await config(classic)), ...tested, against: 'current' }, 2],
    ['the same, mode unknown', classic, { ...classic.at, ...tested, against: 'current' }, 4],
    ['classic, against what is not there', classic, { ...(await config(classic)), ...tested, against: 'x' }, 3],
    ['the same, mode unknown', classic, { ...classic.at, ...tested, against: 'x' }, 5],
    ['aggregate, against what is there', components, { ...components.at, ...tested, against: 'tested' }, 3],
    ['aggregate, against what is not there', components, { ...(await config(components)), ...tested, against: 'x' }, 4],
    ['the same, mode unknown', components, { ...components.at, ...tested, against: 'x' }, 5],
    ['build of a component', components, await pinned(components, { component: 'tripleo' }), 1],
  ];
  for (const [title, { run, count }, inputs, expected] of rows) {
    const made = await count(async () => t.is((await run(inputs)).outcome, 'done', title));
    t.is(made, expected, title);
  }
});

test('release and distro say where everything is on a host', async (t) => {
  const { lab, promote, run } = await bench(t, 'component', { builder: 'centos9-master' });
  promote('tested');
  const host = await startHost(t, [lab]);
  const asked = { release: 'master', distro: 'centos9', 'dlrn-host': `${host.url}/` };
  const now = await run({ ...asked, label: 'tested' });
  t.is(now.outputs['repo-url']?.split('/tested/')[0], `${host.url}/centos9-master`, now.message);
  t.is((await run({ ...asked, 'full-hash': now.outputs['full-hash'] ?? '' })).outcome, 'done');
  t.regex(host.requests.at(-2)?.path ?? '', /^\/api-centos9-master-uc\/api\/promotions\?aggregate_hash=/);
});

/** A phase with parts that nobody asks for here. */
const whole = {
  registries: { rdo: { url: 'http://127.0.0.1:9/tripleomaster' } },
  phases: {
    upstream: {
      pin: { from: 'consistent', to: 'tripleo-ci-testing', criteria: 'none' },
      test: { command: ['true'], jobs: ['periodic-a'] },
      promote: {
        from: 'tripleo-ci-testing',
        to: 'current-tripleo',
        criteria: { 'all-of': ['periodic-a'] },
        containers: { source: 'rdo', destinations: ['rdo'] },
      },
    },
  },
};

test('config and phase say what is not given', async (t) => {
  const { lab, configure, promote, run } = await bench(t, 'classic');
  const file = await configure(whole);
  const fresh = await run({ config: file, phase: 'upstream' });
  t.is(fresh.outcome, 'done', fresh.message);
  t.is(fresh.outputs['source-url'], `${lab.reposUrl}/consistent/commit.yaml`);
  t.is(fresh.outputs['is-new'], 'true');
  promote('current-tripleo');
  t.is((await run({ config: file, phase: 'upstream' })).outputs['is-new'], 'false');
  t.is(
    (await run({ config: file, phase: 'upstream', label: 'current' })).outputs['source-url'],
    `${lab.reposUrl}/current/commit.yaml`,
  );

  const before = lab.requests.length;
  const unknown = await run({ config: file, phase: 'nonsense' });
  t.deepEqual([unknown.outcome, unknown.error?.code], ['invalid', 'unknown-name']);
  const release = await run({ config: file, phase: 'upstream', release: 'zed' });
  t.is(release.outcome, 'invalid');
  t.regex(release.message ?? '', /"release": "zed" is not what .*tagflow\.yaml is about, which is "master"/);
  t.is(lab.requests.length, before, 'bad input is found before the first request');
});

const invalid = invalidIn('classic');
const there = { 'repos-url': 'http://h', label: 'a' };
test('nothing given', invalid, {}, /"label" is missing/);
test('no place', invalid, { label: 'consistent' }, /give repos-url, or release and distro, or config/);
test('malformed hash', invalid, { 'repos-url': 'http://h', 'full-hash': 'abc' }, /full-hash "abc" is not a hash/);
test('repo-url alone', invalid, { label: 'current', 'repo-url': 'http://h/x' }, /of no use without "full-hash"/);
test('phase alone', invalid, { label: 'a', 'repos-url': 'http://h', phase: 'upstream' }, /of no use without "config"/);
test('label', invalid, { 'repos-url': 'http://h', label: '../x' }, /label "\.\.\/x" is not a label/);
test(
  'component',
  invalid,
  { 'repos-url': 'http://h', label: 'a', component: '../x' },
  /component "\.\.\/x" is not the name of a component/,
);
test('distro', invalid, { label: 'a', release: 'master', distro: 'beos1' }, /distro "beos1" .* expected centos and a/);
test('release', invalid, { label: 'a', release: 'osp16.2', distro: 'centos9' }, /release "osp16\.2" .* rhos-16\.2/);
test('rhel', invalid, { label: 'a', release: 'rhos-16.2', distro: 'rhel8' }, /distro "rhel8" .* give dlrn-host/);
test('several', invalid, { label: '/', against: '/', component: '/' }, /label/, /"against": label/, /component/);
test(
  'a label to compare with',
  invalid,
  { ...there, against: '../a' },
  /^input "against": label "\.\.\/a" is not a label/,
);
test('release and distro', invalid, { label: 'a', release: '16', distro: 'os2' }, /^release "16" .*; distro "os2"/);

const named = { label: 'a', release: 'master', distro: 'centos9' };
const mixed =
  /^input "dlrn-url": \S+ is no API on https:\/\/trunk\.rdo\S+, .* two servers .* give repos-url .* dlrn-host instead/;
test('the API of another server', invalid, { ...named, 'dlrn-url': 'https://dlrn.example/api-x' }, mixed);
test('the API of another port', invalid, { ...named, 'dlrn-url': 'https://trunk.rdoproject.org:8080/api-x' }, mixed);
test('a host for an API', invalid, { ...named, 'dlrn-url': 'https://trunk.rdoproject.org' }, mixed);
test(
  'secrets in addresses',
  invalid,
  { label: 'a', 'repos-url': 'https://token@h/x', 'dlrn-url': 'https://h/api?token=x' },
  /input "dlrn-url": "https:\/\/h\/api\?token=\*\*\*" is not an http/,
  /input "repos-url": "https:\/\/\*\*\*@h\/x" is not an http/,
);

const build = `${'a'.repeat(40)}_${'b'.repeat(8)}`;
const aggregate = 'a'.repeat(32);
test(
  'an aggregate without an API',
  invalid,
  { 'repos-url': 'http://h', 'full-hash': aggregate },
  /^input "full-hash": a{32} is an aggregate, .*: give repo-url or dlrn-url$/,
);
test(
  'a component that is not that of repo-url',
  invalid,
  { 'full-hash': build, 'repo-url': `http://h/component/tripleo/aa/aa/${build}`, component: 'compute' },
  /^input "component": "compute" contradicts repo-url, which is in component tripleo$/,
);
test(
  'a component, and a repo-url without one',
  invalid,
  { 'full-hash': build, 'repo-url': `http://h/aa/aa/${build}`, component: 'compute' },
  /^input "component": "compute" contradicts repo-url, which is in no component$/,
);
test(
  'a component, and an aggregate of all',
  invalid,
  { 'full-hash': aggregate, 'repo-url': `http://h/tested/aa/aa/${aggregate}`, component: 'compute' },
  /^input "component": "compute" contradicts full-hash, which is an aggregate of all components$/,
);

test('repos-url and dlrn-url may be of two servers, and so may a host and its API', async (t) => {
  const { lab, run } = await bench(t, 'classic', { builder: 'centos7-master' });
  const host = await startHost(t, [lab]);
  t.not(new URL(host.url).origin, new URL(lab.apiUrl).origin);
  const asked = { release: 'master', distro: 'centos7', label: 'current', 'dlrn-url': lab.apiUrl };
  t.is((await run({ ...asked, 'dlrn-host': host.url })).outcome, 'done');
  t.is((await run({ ...asked, 'repos-url': lab.reposUrl })).outcome, 'done');
});

test('the component of a phase contradicts like one that is given', async (t) => {
  const { configure, run } = await bench(t, 'component');
  const component = { component: 'tripleo', pin: { from: 'consistent', to: 'component-ci-testing' } };
  const asked = { config: await configure({ dlrn: { mode: 'component' }, phases: { component } }), phase: 'component' };
  const own = await run(asked);
  t.is(own.outputs['component'], 'tripleo', own.message);
  const pinned = { 'full-hash': own.outputs['full-hash'] ?? '', 'repo-url': own.outputs['repo-url'] ?? '' };
  t.is((await run({ ...asked, ...pinned })).outcome, 'done');
  const other = await run({ ...asked, ...pinned, 'repo-url': pinned['repo-url'].replace('/tripleo/', '/compute/') });
  t.is(other.message, 'phase component: its component "tripleo" contradicts repo-url, which is in component compute');
});

test('what is not there, and what does not answer', async (t) => {
  const { lab, run } = await bench(t, 'classic');
  const label = await run({ 'repos-url': lab.reposUrl, label: 'nonsense' });
  t.deepEqual([label.outcome, label.error?.code], ['failed', 'nothing-there']);
  const component = await run({ 'repos-url': lab.reposUrl, label: 'current', component: 'nonsense' });
  t.regex(component.message ?? '', /no component "nonsense"/);
  const release = await run({ 'repos-url': `${lab.reposUrl}-zed`, label: 'current' });
  t.deepEqual([release.outcome, release.error?.code], ['failed', 'not-found']);
  t.regex(release.error?.next ?? '', /Check release and distro/);
  lab.setFaults(() => ({ status: 200, body: '<!doctype html><title>Maintenance</title>', contentType: 'text/html' }));
  const page = await run({ 'repos-url': lab.reposUrl, label: 'current' });
  t.deepEqual([page.outcome, page.error?.code], ['failed', 'unexpected-answer']);
  t.regex(page.message ?? '', /current\/delorean\.repo\.md5 is an HTML page \("Maintenance"\)/);
  lab.setFaults(() => 'reset');
  const away = await run({ 'repos-url': lab.reposUrl, label: 'current' });
  t.deepEqual([away.outcome, away.error?.code], ['waiting', 'unreachable']);
});
