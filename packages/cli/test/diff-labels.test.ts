import type { Config } from '@tagflow/config';
import { type FullHash, type Label, parseFullHash, type Plan, type TagflowError } from '@tagflow/model';
import { type FoundSet, resolvePair, resolveSet, type SetPlaces } from '@tagflow/wiring';
import test from 'ava';

const hash = (digit: string) => parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);
const phase = (component: string | null, from: string, to: string) => ({
  ...{ component, pin: null, handOff: null, promote: { from: from as Label, to: to as Label } },
});

/** A configuration with nothing but phases, and a DLRN of which only the labels are there: `component/label` → hash. */
function placesOf(
  phases: readonly ReturnType<typeof phase>[],
  labels: Readonly<Record<string, FullHash>>,
  more: { readonly promotions?: number; readonly ledger?: readonly Partial<Plan>[]; readonly purged?: FullHash } = {},
): SetPlaces {
  const config = { file: 'tagflow.yaml', release: 'master', phases: { ...phases } } as unknown as Config;
  const named = (label: string, component = '') => labels[`${component}/${label}`] ?? null;
  const tree = {
    reposUrl: 'http://127.0.0.1/r',
    readLabel: (label: string, place: { component?: string }) => Promise.resolve(named(label, place.component)),
    pinHash: (fullHash: FullHash, place: { component?: string }) =>
      Promise.resolve(
        fullHash === more.purged ? null : ({ fullHash, component: place.component ?? null } as FoundSet['pinned']),
      ),
  };
  const client = {
    apiUrl: 'http://127.0.0.1/api',
    promotions: () => Promise.resolve([]),
    async *promotionPages(label: string, { component }: { component?: string }) {
      const fullHash = named(label, component);
      if (more.promotions !== undefined) yield { fullHash, timestamp: more.promotions };
    },
  };
  const ledger = { asOf: () => Promise.resolve((more.ledger ?? []).map((plan) => ({ plan }))) };
  return { config, dlrn: { client, tree }, ledger } as unknown as SetPlaces;
}

const line = [
  phase('tripleo', 'consistent', 'promoted-components'),
  phase('compute', 'consistent', 'promoted-components'),
];
const whole = phase(null, 'promoted-components', 'current-tripleo');
const cwd = '/';

test('a label of one component is looked at there, one of the whole repository at its top', async (t) => {
  const places = placesOf([line[0]!, whole], {
    '/promoted-components': hash('a'),
    '/current-tripleo': hash('b'),
    'tripleo/consistent': hash('c'),
  });
  const found = async (text: string) => (await resolveSet(text, places, { cwd })).fullHash;
  t.is(await found('promoted-components'), hash('a'));
  t.is(await found('current-tripleo'), hash('b'));
  t.is(await found('consistent'), hash('c'));
});

test('a label of several components needs to be told which', async (t) => {
  const places = placesOf(line, { 'compute/consistent': hash('c') });
  await t.throwsAsync(resolveSet('consistent', places, { cwd }), {
    code: 'bad-request',
    message: /label consistent is one of components: tripleo, compute/,
  });
  const { fullHash, component } = await resolveSet('consistent', places, { cwd, component: 'compute' });
  t.deepEqual([fullHash, component], [hash('c'), 'compute']);
});

test('a label that the configuration does not have is refused with those that it has', async (t) => {
  const error = await t.throwsAsync(resolveSet('curent', placesOf([whole], {}), { cwd }), { code: 'bad-request' });
  const { next } = error as TagflowError;
  t.regex(
    next ?? '',
    /^It has the labels promoted-components, current-tripleo, previous-current-tripleo, consistent, current\./,
  );
});

test('a label alone means what it named before, too', async (t) => {
  const labels = { '/current-tripleo': hash('b'), '/previous-current-tripleo': hash('a') };
  const pair = await resolvePair('current-tripleo', placesOf([whole], labels), { cwd });
  t.deepEqual(
    pair.map(({ name, fullHash }) => [name, fullHash]),
    [
      ['previous-current-tripleo', hash('a')],
      ['current-tripleo', hash('b')],
    ],
  );
  const first = placesOf([whole], { '/current-tripleo': hash('b') });
  await t.throwsAsync(resolvePair('current-tripleo', first, { cwd }), {
    code: 'no-set',
    message: /^current-tripleo has no previous set/,
  });
});

const noon = Date.UTC(2026, 0, 31, 12) / 1000;
const times: readonly (readonly [text: string, isKnown: boolean])[] = [
  ['current-tripleo@2026-01-31', true],
  ['current-tripleo@2026-01-30', false],
  ['current-tripleo@2026-01-31T12:00:00Z', true],
  ['current-tripleo@2026-01-31T11:59:59Z', false],
  ['current-tripleo@2026-01-31T13:00:00+01:00', true],
];
for (const [text, isKnown] of times) {
  test(`${text}: a day means its end in UTC`, async (t) => {
    const places = placesOf([whole], { '/current-tripleo': hash('b') }, { promotions: noon });
    if (isKnown) t.is((await resolveSet(text, places, { cwd })).fullHash, hash('b'));
    else await t.throwsAsync(resolveSet(text, places, { cwd }), { code: 'nothing-there' });
  });
}

test('what DLRN does not remember, or has purged, the ledger may', async (t) => {
  const label = 'current-tripleo' as Label;
  const ledger = [
    { label: 'current-tripleo-rdo' as Label, component: null, toHash: hash('d') },
    { label, component: 'tripleo', toHash: hash('e') },
    { label, component: null, toHash: hash('f') },
  ];
  const forgotten = await resolveSet('current-tripleo@2026-01-31', placesOf([whole], {}, { ledger }), { cwd });
  t.is(forgotten.fullHash, hash('f'));
  const labels = { '/current-tripleo': hash('f') };
  const purged = placesOf([whole], labels, { ledger, promotions: noon, purged: hash('f') });
  const { fullHash, pinned } = await resolveSet('current-tripleo@2026-01-31', purged, { cwd });
  t.deepEqual([fullHash, pinned], [hash('f'), null]);
});
