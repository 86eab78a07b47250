import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import {
  type ArtifactSet,
  formatSet,
  parseDigest,
  parseFullHash,
  parseLabel,
  type PromotionRecord,
} from '@tagflow/model';
import { prepareHandOff, type SetPlaces } from '@tagflow/wiring';
import test, { type ExecutionContext } from 'ava';
import { action } from '../src/action.ts';

// What was given, or is remembered, against what is published and who may know it.

const fullHash = parseFullHash('a'.repeat(32));
const label = parseLabel('current-tripleo');
const digest = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`);
const container = { name: 'heat-api', digest: digest('1') };
const other = { name: 'keystone', digest: digest('4') };
const image = { name: 'x.tar', size: 1, sha256: '2'.repeat(64), md5: null, visibility: 'public' } as const;
const rhel = { ...image, name: 'rhel.tar', sha256: '3'.repeat(64), visibility: 'internal' } as const;
const whole: ArtifactSet = {
  ...{ fullHash, release: 'master', repository: { url: null, builds: [] } },
  containers: [container, other],
  images: [rhel, image],
};

async function bench(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-hand-off-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [set, statement] = [join(folder, 'given.json'), join(folder, 'statement.json')];
  const warnings: string[] = [];
  const warning = (words: string) => void warnings.push(words);
  const run = (inputs: Readonly<Record<string, string>>) =>
    executeAction(action, new Map(Object.entries({ 'full-hash': fullHash, ...inputs })), {
      ...{ clock: systemClock, progress: () => undefined, signal: new AbortController().signal },
      ...{ outDir: folder, cwd: folder, actor: 'test', random: () => 0.5, env: {} },
      log: { debug: () => undefined, info: () => undefined, warning },
    });
  await writeFile(set, formatSet(whole));
  return { folder, set, statement, run, warnings, destination: pathToFileURL(join(folder, 'osp')).href };
}

const others: readonly (readonly [string, Partial<ArtifactSet>, RegExp])[] = [
  [
    'an image with other bytes',
    { images: [{ ...image, sha256: '5'.repeat(64) }] },
    /image x\.tar is sha256:5{64}, .* the published one sha256:2{64}/,
  ],
  ['a container less', { containers: [container] }, /container keystone is missing in it$/],
  [
    'another digest',
    { containers: [container, { ...other, digest: digest('6') }] },
    /keystone is sha256:6{64}, and the published one sha256:4{64}$/,
  ],
  [
    'an image that is not published',
    { images: [image, { ...image, name: 'y.tar' }] },
    /image y\.tar is not published$/,
  ],
  [
    'an internal image that is called public',
    { images: [image, { ...rhel, visibility: 'public' }] },
    /image rhel\.tar is not published$/,
  ],
];
for (const [what, more, says] of others) {
  test(`a set that was given is refused where another one is published: ${what}`, async (t) => {
    const { folder, set, destination, run } = await bench(t);
    const published = join(folder, 'store', fullHash);
    await mkdir(published, { recursive: true });
    await writeFile(join(published, 'set.json'), formatSet({ ...whole, images: [image] }));
    await writeFile(set, formatSet({ ...whole, ...more }));
    // Nobody is asked for anything: what differs is known before.
    const config = `
release: master
distro: centos9
dlrn: { api-url: 'http://127.0.0.1:1/api', repos-url: 'http://127.0.0.1:1/repos', mode: component }
image-stores: { public: { url: '${pathToFileURL(join(folder, 'store')).href}', path: '{hash}', link: '{label}', visibility: public } }
phases: { osp-phase-0: { hand-off: { label: current-tripleo, destination: 'file:osp' } } }
`;
    await writeFile(join(folder, 'tagflow.yaml'), config);
    const result = await run({ config: 'tagflow.yaml', phase: 'osp-phase-0', destination, set });
    t.is(result.outcome, 'invalid', result.message);
    t.regex(result.message ?? '', /input "set": it is not the set of a{32} that is published: /);
    t.regex((result.message ?? '').split(' Leave ')[0]?.trimEnd().replace(/[.;]$/, '') ?? '', says);
  });
}

const subjects = [
  { name: 'https://repos.example/aa', digest: { dlrnHash: fullHash } },
  ...[container, other].map(({ name, digest }) => ({ name, digest: { sha256: digest.slice(7) } })),
  ...[image, rhel].map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
];

function statementOf(subject: readonly unknown[], reason: string | null = null): string {
  return JSON.stringify({ subject, predicate: { label, toHash: fullHash, reason } });
}

test('a statement that names what is internal goes only to who may know it', async (t) => {
  const { set, statement, destination, run } = await bench(t);
  const given = { destination, set, label, statement };
  for (const [text, names] of [
    [statementOf(subjects), 'rhel\\.tar'],
    [statementOf([...subjects.slice(0, 4), { name: 'secret', digest: { sha256: '7' } }]), 'secret'],
    [statementOf([{ name: 'inside', digest: { dlrnHash: 'other' } }]), 'inside'],
    [statementOf(subjects.slice(0, 4), 'rhel.tar boots again'), 'rhel\\.tar'],
  ] as const) {
    await writeFile(statement, text);
    const result = await run(given);
    t.is(result.outcome, 'invalid', result.message);
    t.regex(
      result.message ?? '',
      new RegExp(`input "statement": visibility is public, and it names .* set: ${names}\\b`),
    );
  }
  await writeFile(statement, statementOf(subjects, 'rhel.tar boots again'));
  t.is((await run({ ...given, destination: `${destination}-inside`, visibility: 'internal' })).outcome, 'done');
  await writeFile(statement, statementOf(subjects.slice(0, 4), 'x.tar boots again, and other-rhel.tar'));
  const done = await run(given);
  t.is(done.outcome, 'done', done.message);
});

test('what the ledger remembers is delivered without what names something internal', async (t) => {
  const said: string[] = [];
  const effects = {
    log: { debug: () => undefined, info: () => undefined, warning: (words: string) => void said.push(words) },
  };
  const places = { config: null, dlrn: null, registries: [], places: [], notes: [], effects } as unknown as SetPlaces;
  const verdict = { answer: 'yes', reasons: [], criteriaDigest: 'sha256:6', votes: [] };
  const waivers = [{ kind: 'waiver', id: 'w1', reason: 'rhel.tar has no network' }];
  const plan = {
    ...{ mode: 'promote', version: 5, actor: 'alice', reason: 'as rhel.tar says', createdAt: '2026', toHash: fullHash },
    ...{ component: null, criteria: 'none', verdict, waivers, set: whole },
  };
  const record = { id: 'p1', plan, journal: [], outcome: 'done' } as unknown as PromotionRecord;
  const request = { label, component: null, fullHash, local: true };
  const ledger = { history: () => Promise.resolve([record]) };
  const prepare = async (set: ArtifactSet, visibility: 'public' | 'internal') => {
    const ready = await prepareHandOff({ ...request, set, visibility }, places, ledger);
    if ('blocked' in ready) throw new Error(ready.blocked);
    return ready.manifest;
  };
  // The public stores know nothing of the image; the plan does.
  const open = await prepare({ ...whole, images: [image] }, 'public');
  t.like(open, { promotion: { id: 'p1', actor: 'alice', reason: null }, waivers: null, criteria: 'none', votes: [] });
  t.is(
    said.filter((words) => words.startsWith('reason, waivers of the promotion left out: visibility is public')).length,
    1,
  );
  const inside = await prepare(whole, 'internal');
  t.like(inside, { promotion: { reason: 'as rhel.tar says' }, waivers: [{ id: 'w1' }] });
});

test('a statement that was delivered and is not given again is no news', async (t) => {
  const { folder, set, statement, destination, run, warnings } = await bench(t);
  await writeFile(statement, statementOf(subjects.slice(0, 4)));
  const first = await run({ destination, set, label, statement });
  const again = await run({ destination, set, label });
  t.is(again.outcome, 'nothing-to-do');
  t.regex(again.message ?? '', /delivered to \S+ before, with a statement, which was not given now$/);
  t.deepEqual(again.outputs, first.outputs);
  t.false(
    warnings.some((words) => words.includes('again: true')),
    warnings.join(),
  );
  const more = await run({ destination, set, label, distro: 'centos9' });
  t.regex(more.message ?? '', /not given now; what is known of it by now is not in it: distro$/);
  t.regex(await readFile(join(folder, 'osp', fullHash, 'manifest.json'), 'utf8'), /statement\.json/);
});

test('all that is wrong with a web hook is said at once', async (t) => {
  const { set, run } = await bench(t);
  const { outcome, message } = await run({ destination: 'http://osp.example/hook', set });
  t.is(outcome, 'invalid');
  t.regex(message ?? '', /"auth" is missing: .*; web hook "http:\/\/osp\.example\/hook": it has to be https/);
});
