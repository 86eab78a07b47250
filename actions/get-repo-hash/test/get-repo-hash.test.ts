import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fullHashOfCommit } from '@tagflow/model';
import { bench } from './support.ts';

test('classic: a label is two requests where nobody said which mode it is, and its hash is pinned', async (t) => {
  const { lab, run } = await bench(t, 'classic');
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
  });
  t.is(lab.requests.length, 2);
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

  test(`${mode}: against tells whether the hash is new to a label, as-of goes back in time`, async (t) => {
    const { lab, build, promote, run } = await bench(t, mode);
    const asked = { 'repos-url': lab.reposUrl, 'dlrn-url': lab.apiUrl, label: 'consistent', against: 'tested' };
    t.is((await run(asked)).outputs['is-new'], 'true', 'a label that is not there yet');
    promote('tested');
    const first = await run(asked);
    t.is(first.outputs['is-new'], 'false');
    await build();
    t.is((await run(asked)).outputs['is-new'], 'true');
    promote('tested');
    const past = await run({ ...asked, label: 'tested', 'as-of': '2026-01-01T01:30:00Z' });
    t.is(past.outputs['full-hash'], first.outputs['full-hash'], past.message);
    const earlier = await run({ ...asked, label: 'tested', 'as-of': '2025-01-01T00:00:00Z' });
    t.is(earlier.error?.code, 'nothing-there');
  });
}

const config = (lab: { apiUrl: string; reposUrl: string }): string => `
release: master
distro: centos7
dlrn: { api-url: '${lab.apiUrl}', repos-url: '${lab.reposUrl}' }
registries:
  rdo: { url: 'http://127.0.0.1:9/tripleomaster' }
phases:
  upstream:
    pin: { from: consistent, to: tripleo-ci-testing, criteria: none }
    test: { command: [ 'true' ], jobs: [ periodic-a ] }
    promote:
      from: tripleo-ci-testing
      to: current-tripleo
      criteria: { all-of: [ periodic-a ] }
      containers: { source: rdo, destinations: [ rdo ] }
`;

test('config and phase say what is not given', async (t) => {
  const { lab, promote, run } = await bench(t, 'classic');
  const file = join(await mkdtemp(join(tmpdir(), 'tagflow-test-')), 'tagflow.yaml');
  await writeFile(file, config(lab));
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

const invalid = test.macro({
  exec: async (t, inputs: Readonly<Record<string, string>>, ...messages: readonly RegExp[]) => {
    const { lab, run } = await bench(t, 'classic');
    const result = await run(inputs);
    t.is(result.outcome, 'invalid');
    for (const message of messages) t.regex(result.message ?? '', message);
    t.is(result.problems.length, messages.length, 'everything that is wrong at once, and no more');
    t.is(lab.requests.length, 0);
  },
  title: (title = '') => `invalid: ${title}`,
});

test('nothing given', invalid, {}, /"label" is missing/);
test('no place', invalid, { label: 'consistent' }, /give repos-url, or release and distro, or config/);
test('malformed hash', invalid, { 'repos-url': 'http://h', 'full-hash': 'abc' }, /full-hash "abc" is not a hash/);
test('repo-url alone', invalid, { label: 'current', 'repo-url': 'http://h/x' }, /of no use without "full-hash"/);
test('phase alone', invalid, { label: 'a', 'repos-url': 'http://h', phase: 'upstream' }, /of no use without "config"/);
test('label', invalid, { 'repos-url': 'http://h', label: '../x' }, /label "\.\.\/x" is not a label/);
test('time', invalid, { 'repos-url': 'http://h', label: 'a', 'as-of': 'soon' }, /"as-of": "soon" is not a time/);
test(
  'distro',
  invalid,
  { label: 'a', release: 'master', distro: 'beos1' },
  /distro "beos1" is not one that RDO serves/,
);

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
