import test from 'ava';
import { type FullHash, parseFullHash, ParseError } from '@tagflow/model';
import {
  fillVariables,
  parseProvidedHashes,
  upgradeHashes,
  type UpgradeKind,
  upgradeKinds,
  type UpgradeQuestion,
} from '../src/index.ts';

const names = [
  ...['UNDERCLOUD_INSTALL_RELEASE', 'UNDERCLOUD_INSTALL_HASH', 'UNDERCLOUD_TARGET_RELEASE', 'UNDERCLOUD_TARGET_HASH'],
  ...['OVERCLOUD_DEPLOY_RELEASE', 'OVERCLOUD_DEPLOY_HASH', 'OVERCLOUD_TARGET_RELEASE', 'OVERCLOUD_TARGET_HASH'],
  ...['STANDALONE_DEPLOY_RELEASE', 'STANDALONE_DEPLOY_HASH', 'STANDALONE_DEPLOY_NEWEST_HASH'],
  ...['STANDALONE_TARGET_RELEASE', 'STANDALONE_TARGET_HASH', 'STANDALONE_TARGET_NEWEST_HASH'],
];

const built = (digit: string): FullHash => parseFullHash(digit.repeat(32));

type Asked = Pick<UpgradeQuestion, 'kind' | 'release'> & Partial<UpgradeQuestion>;

/** The variables, labels as `release/label`. */
function variables(asked: Asked): Readonly<Record<string, string>> {
  const found = upgradeHashes({ periodic: false, provided: new Map(), ...asked });
  return Object.fromEntries(
    found.map(({ name, value }) => [name, typeof value === 'string' ? value : `${value.release}/${value.label}`]),
  );
}

/** What is left when the target's own hashes are taken away: the side that the upgrade starts from. */
function unlike(asked: Asked, current: string): Readonly<Record<string, string>> {
  const usual = (name: string): string =>
    name.endsWith('_RELEASE') ? asked.release : name.endsWith('_NEWEST_HASH') ? `${asked.release}/current` : current;
  return Object.fromEntries(Object.entries(variables(asked)).filter(([name, value]) => value !== usual(name)));
}

test('every kind sets the same variables', (t) => {
  for (const kind of upgradeKinds) {
    const asked = { kind, release: kind.startsWith('ffu') ? 'wallaby' : 'zed' };
    t.deepEqual(Object.keys(variables(asked)), names, kind);
  }
});

const overcloud = (release: string): Record<string, string> => ({
  OVERCLOUD_DEPLOY_RELEASE: release,
  OVERCLOUD_DEPLOY_HASH: `${release}/current-tripleo`,
});
const undercloud = (release: string, hash = `${release}/current-tripleo`): Record<string, string> => ({
  UNDERCLOUD_INSTALL_RELEASE: release,
  UNDERCLOUD_INSTALL_HASH: hash,
});
const standalone = (release: string): Record<string, string> => ({
  STANDALONE_DEPLOY_RELEASE: release,
  STANDALONE_DEPLOY_HASH: `${release}/current-tripleo`,
  STANDALONE_DEPLOY_NEWEST_HASH: `${release}/current`,
});

const starts: readonly (readonly [UpgradeKind, release: string, unlike: Readonly<Record<string, string>>])[] = [
  ['overcloud-upgrade', 'master', overcloud('zed')],
  ['overcloud-upgrade', 'zed', overcloud('wallaby')],
  ['overcloud-upgrade', 'wallaby', overcloud('victoria')],
  ['overcloud-upgrade', 'victoria', overcloud('ussuri')],
  ['overcloud-upgrade', 'ussuri', overcloud('train')],
  ['ffu-overcloud-upgrade', 'wallaby', overcloud('train')],
  ['ffu-overcloud-upgrade', 'master', overcloud('wallaby')],
  ['undercloud-upgrade', 'master', undercloud('zed')],
  ['undercloud-upgrade', 'ussuri', undercloud('train')],
  ['ffu-undercloud-upgrade', 'wallaby', undercloud('train')],
  ['ffu-undercloud-upgrade', 'master', undercloud('wallaby')],
  ['standalone-upgrade', 'wallaby', standalone('victoria')],
  ['standalone-upgrade', 'master', standalone('zed')],
  ['ffu-standalone-upgrade', 'wallaby', standalone('train')],
  ['ffu-standalone-upgrade', 'master', standalone('wallaby')],
];

for (const [kind, release, expected] of starts) {
  test(`${kind} to ${release} starts from ${Object.values(expected)[0]}, periodic or not`, (t) => {
    t.deepEqual(unlike({ kind, release }, `${release}/current-tripleo`), expected);
    t.deepEqual(unlike({ kind, release, periodic: true }, `${release}/tripleo-ci-testing`), expected);
  });
}

const updates: readonly (readonly [UpgradeKind, periodic: boolean, unlike: (of: string) => Record<string, string>])[] =
  [
    ['minor-update', true, (of) => ({ OVERCLOUD_DEPLOY_HASH: `${of}/previous-current-tripleo` })],
    [
      'minor-update',
      false,
      (of) => ({ UNDERCLOUD_TARGET_HASH: `${of}/current`, OVERCLOUD_TARGET_HASH: `${of}/current` }),
    ],
    ['overcloud-update', true, (of) => ({ OVERCLOUD_DEPLOY_HASH: `${of}/previous-current-tripleo` })],
    ['overcloud-update', false, (of) => ({ OVERCLOUD_DEPLOY_HASH: `${of}/previous-current-tripleo` })],
  ];

for (const [kind, periodic, expected] of updates) {
  test(`${kind}${periodic ? ', periodic,' : ''} stays within any release`, (t) => {
    for (const release of ['wallaby', 'train', 'queens', 'antelope', 'osp17-1']) {
      const current = `${release}/${periodic ? 'tripleo-ci-testing' : 'current-tripleo'}`;
      t.deepEqual(unlike({ kind, release, periodic }, current), expected(release), release);
    }
  });
}

test('what content providers built stands in for what was promoted', (t) => {
  const provided = new Map([
    ['master', built('a')],
    ['zed', built('b')],
  ]);
  const to = { release: 'master', provided };
  t.deepEqual(unlike({ ...to, kind: 'undercloud-upgrade' }, built('a')), undercloud('zed', built('b')));
  const alone = { release: 'master', provided: new Map([['master', built('a')]]) };
  t.deepEqual(unlike({ ...alone, kind: 'overcloud-upgrade' }, built('a')), overcloud('zed'));
  t.deepEqual(unlike({ ...alone, kind: 'standalone-upgrade' }, built('a')), standalone('zed'));
  const deployed = { OVERCLOUD_DEPLOY_HASH: 'master/previous-current-tripleo' };
  t.deepEqual(unlike({ ...alone, kind: 'overcloud-update' }, built('a')), deployed);
  const older = new Map([['zed', built('b')]]);
  const undercloudFrom = { release: 'master', provided: older, kind: 'undercloud-upgrade' } as const;
  t.deepEqual(unlike(undercloudFrom, 'master/current-tripleo'), undercloud('zed', built('b')));
  const periodic = unlike({ ...undercloudFrom, periodic: true }, 'master/tripleo-ci-testing');
  t.deepEqual(periodic, undercloud('zed', built('b')), 'a periodic job tests what is to be promoted');
});

const installs = ['UNDERCLOUD_INSTALL_HASH', 'OVERCLOUD_DEPLOY_HASH'];
const targets = ['UNDERCLOUD_TARGET_HASH', 'OVERCLOUD_TARGET_HASH'];
const minor: readonly (readonly [
  of: string,
  provided: Readonly<Record<string, FullHash>>,
  from: string,
  to: string,
])[] = [
  ['nothing', {}, 'zed/current-tripleo', 'zed/current'],
  ['both', { zed: built('a'), 'zed-current': built('b') }, built('a'), built('b')],
  ['the release', { zed: built('a') }, built('a'), 'zed/current'],
  ['what is newer', { 'zed-current': built('b') }, 'zed/current-tripleo', built('b')],
];

for (const [of, hashes, from, to] of minor) {
  test(`a minor update goes from one hash to another, when content providers built ${of}`, (t) => {
    const found = variables({ kind: 'minor-update', release: 'zed', provided: new Map(Object.entries(hashes)) });
    for (const name of installs) t.is(found[name], from, name);
    for (const name of targets) t.is(found[name], to, name);
  });
}

const refused: readonly (readonly [UpgradeKind, release: string, says: RegExp])[] = [
  ['overcloud-upgrade', 'train', /^release "train" .* overcloud-upgrade .* ussuri, victoria, wallaby, zed, master$/],
  ['undercloud-upgrade', 'queens', /^release "queens" .* undercloud-upgrade goes to/],
  ['ffu-overcloud-upgrade', 'zed', /^release "zed" .* expected wallaby, master$/],
  ['ffu-undercloud-upgrade', 'train', /^release "train" .* expected wallaby, master$/],
  ['ffu-standalone-upgrade', 'victoria', /^release "victoria" .* expected wallaby, master$/],
];

for (const [kind, release, message] of refused) {
  test(`${kind} to ${release} is refused`, (t) => {
    t.throws(() => variables({ kind, release }), { instanceOf: ParseError, message });
  });
}

const untaken: readonly (readonly [UpgradeKind, periodic: boolean, branches: string, says: RegExp])[] = [
  [
    'undercloud-upgrade',
    false,
    'train',
    /names train, and undercloud-upgrade to master takes those of master and zed$/,
  ],
  ['undercloud-upgrade', false, 'master zed train', /names train, and .* takes those of master and zed$/],
  ['undercloud-upgrade', true, 'master zed', /names master, and a periodic undercloud-upgrade to .* those of zed$/],
  ['overcloud-upgrade', false, 'master zed', /names zed, and overcloud-upgrade to master takes those of master$/],
  ['standalone-upgrade', false, 'zed train', /names zed and train, and .* takes those of master$/],
  ['overcloud-update', false, 'master master-current', /names master-current, and .* takes those of master$/],
  ['minor-update', false, 'zed-current', /names zed-current, and .* takes those of master and master-current$/],
  ['minor-update', true, 'master', /names master, and a periodic minor-update to master takes none$/],
];

for (const [kind, periodic, branches, message] of untaken) {
  test(`${kind}${periodic ? ', periodic,' : ''} does not take all of ${branches}: no hash is left out in silence`, (t) => {
    const provided = new Map(branches.split(' ').map((branch) => [branch, built('c')] as const));
    t.throws(() => variables({ kind, release: 'master', periodic, provided }), { instanceOf: ParseError, message });
  });
}

test('branch:hash;branch:hash', (t) => {
  t.deepEqual(
    [...parseProvidedHashes(` master:${built('a')} ;stable/wallaby:${built('b')};`)],
    [
      ['master', built('a')],
      ['wallaby', built('b')],
    ],
  );
  const rows = [
    ['', /holds no branch:hash/],
    [';', /holds no branch:hash/],
    ['master', /holds "master": expected branch:hash;branch:hash/],
    [`:${built('a')}`, /expected branch:hash/],
    ['master:abcd', /^content-provider-hashes, master: .*"abcd" is not a hash/],
    [`master:${built('a')};stable/master:${built('b')}`, /names master twice/],
  ] as const;
  for (const [text, message] of rows) t.throws(() => parseProvidedHashes(text), { instanceOf: ParseError, message });
});

test('a label is asked for once, all of them at the same time', async (t) => {
  const asked: string[] = [];
  const all = Promise.withResolvers<undefined>();
  const found = upgradeHashes({ kind: 'standalone-upgrade', release: 'master', periodic: false, provided: new Map() });
  const values = await fillVariables(found, async ({ release, label }) => {
    asked.push(`${release}/${label}`);
    if (asked.length === 4) all.resolve(undefined);
    await all.promise;
    return built(String(asked.indexOf(`${release}/${label}`)));
  });
  t.deepEqual(asked, ['master/current-tripleo', 'zed/current-tripleo', 'zed/current', 'master/current']);
  t.is(values['UNDERCLOUD_INSTALL_HASH'], built('0'));
  t.is(values['STANDALONE_DEPLOY_NEWEST_HASH'], built('2'));
  t.is(values['STANDALONE_DEPLOY_RELEASE'], 'zed');
  t.deepEqual(Object.keys(values), names);
});
