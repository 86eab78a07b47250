import test from 'ava';
import { bench } from './support.ts';

const time = (hours: string): string => `2026-01-01T${hours}Z`;

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: what a label named at a time`, async (t) => {
    const { at, build, promote, run, count } = await bench(t, mode);
    const asked = { ...at, label: 'tested' };
    const named: (string | undefined)[] = [];
    for (const _ of Array.from({ length: 3 })) {
      promote('tested');
      named.push((await run(asked)).outputs['full-hash']);
      await build();
    }
    t.is(new Set(named).size, 3);
    const rows = [
      ['01:00:00', named[0], 'the very second of the first promotion'],
      ['01:59:59.999', named[0], 'just before the second'],
      ['02:00', named[1], 'the second'],
      ['03:30:00', named[2], 'the last'],
      ['04:00:00', named[2], 'now'],
    ] as const;
    for (const [when, hash, title] of rows) {
      const { outputs, message } = await run({ ...asked, 'as-of': time(when) });
      t.is(outputs['full-hash'], hash, message ?? title);
      t.true(outputs['repo-url']?.endsWith(`/${hash}`), title);
    }
    t.is(await count(() => run({ ...asked, 'as-of': time('02:00') })), 2, 'the promotions, and the build or aggregate');
    const shifted = await run({ ...asked, 'as-of': '2026-01-01T04:30:00+02:00' });
    t.is(shifted.outputs['full-hash'], named[1], 'half past two');

    const before = await run({ ...asked, 'as-of': time('00:59:59') });
    t.deepEqual([before.outcome, before.error?.code], ['failed', 'nothing-there']);
    t.regex(
      before.message ?? '',
      /no promotion to tested of 2026-01-01T00:59:59\.000Z or before: the oldest is of 2026-01-01T01:00:00\.000Z/,
    );
    const never = await run({ ...asked, label: 'nonsense', 'as-of': time('02:00:00') });
    t.regex(never.message ?? '', /no promotion to nonsense .*: there is none/);
  });
}

test("a component's own label at a time", async (t) => {
  const { at, build, promote, run } = await bench(t, 'component');
  const asked = { ...at, label: 'tested', component: 'tripleo' };
  promote('tested');
  const first = await run(asked);
  await build();
  promote('tested');
  const past = await run({ ...asked, 'as-of': time('01:30:00') });
  t.is(past.outputs['full-hash'], first.outputs['full-hash'], past.message);
  t.regex(past.outputs['repo-url'] ?? '', /\/component\/tripleo\//);
  t.is(past.outputs['component'], 'tripleo');
  const before = await run({ ...asked, 'as-of': time('00:30:00') });
  t.regex(before.message ?? '', /no promotion to tested of component tripleo of 2026-01-01T00:30/);
});

test('a build that was purged since', async (t) => {
  const { lab, at, build, promote, run } = await bench(t, 'classic');
  promote('tested');
  await build();
  promote('tested');
  lab.setFaults(({ path }) =>
    path.endsWith('/commit.yaml') ? { status: 404, body: 'Not Found', contentType: 'text/html' } : undefined,
  );
  const asked = { ...at, label: 'tested' };
  const gone = await run({ ...asked, 'as-of': time('01:30:00') });
  t.deepEqual([gone.outcome, gone.error?.code], ['failed', 'nothing-there']);
  t.regex(gone.message ?? '', /^tested named [0-9a-f_]{49} at 2026-01-01T01:30:00\.000Z, which \S+ has no more$/);
});

test('a long history is read as far as it takes', async (t) => {
  const { at, build, promote, run, count } = await bench(t, 'classic');
  for (const _ of Array.from({ length: 30 })) {
    for (const _ of Array.from({ length: 10 })) promote('tested');
    await build();
  }
  const asked = { ...at, label: 'tested' };
  const rows = [
    ['2026-01-02T05:30:00Z', 1],
    ['2026-01-01T15:30:00Z', 2],
    ['2026-01-01T01:30:00Z', 4],
  ] as const;
  for (const [when, pages] of rows) {
    const made = await count(async () => t.is((await run({ ...asked, 'as-of': when })).outcome, 'done', when));
    t.is(made, pages + 1, `${when}: the pages, and the build itself`);
  }
});

const lab = { 'repos-url': 'http://127.0.0.1:9/x', 'dlrn-url': 'http://127.0.0.1:9/api-x', label: 'tested' };
const rows: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>, RegExp])[] = [
  ['no time', { 'as-of': 'soon' }, /^input "as-of": "soon" is not a time such as 2026-01-31T12:00:00Z$/],
  ['no such day', { 'as-of': '2025-13-01' }, /"2025-13-01" is not a time/],
  ['a day that this month lacks', { 'as-of': '2025-02-30' }, /"2025-02-30" is not a time/],
  ['no leap year', { 'as-of': '2025-02-29T12:00:00+02:00' }, /"2025-02-29T12:00:00\+02:00" is not a time/],
  ['a time of any zone', { 'as-of': '2025-01-01T12:00:00' }, /"2025-01-01T12:00:00" is not a time/],
  ['the future', { 'as-of': '2026-01-01T01:00:01Z' }, /is in the future: it is 2026-01-01T01:00:00\.000Z now$/],
  [
    'consistent',
    { 'as-of': '2025-01-01', label: 'consistent' },
    /DLRN moves consistent with its builds, .* such as tripleo-ci/,
  ],
  [
    'current',
    { 'as-of': '2025-01-01', label: 'current' },
    /remembers only promotions: ask for a label that is promoted/,
  ],
  ['a hash', { 'as-of': '2025-01-01', 'full-hash': 'a'.repeat(32) }, /of no use with "full-hash"/],
  [
    'no API',
    { 'as-of': '2025-01-01', 'dlrn-url': '' },
    /^input "as-of" needs the DLRN API: give dlrn-url, or release and/,
  ],
];

for (const [title, inputs, says] of rows) {
  test(`invalid: ${title}`, async (t) => {
    const { run } = await bench(t, 'classic');
    const result = await run({ ...lab, ...inputs });
    t.is(result.outcome, 'invalid');
    t.regex(result.message ?? '', says);
    t.is(result.problems.length, 1);
  });
}
