import test from 'ava';
import {
  exitCode,
  fullHashOfCommit,
  hashDirectory,
  isAggregate,
  outcomeOfExitCode,
  outcomes,
  parseAggregateHash,
  parseBuildHash,
  ParseError,
  parseCommitBuild,
  parseDigest,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
  previousOf,
} from '../src/index.ts';

const commit = '4d37e51b82cd7ab95e065389fc559286e2a979eb';
const distro = 'fe857747de01b3d54a638a80346575e268f33aeb';
const extended = `${commit}_${distro}`;

const goodHashes = [
  `${commit}_fe857747`,
  `${commit}_fe857747_4d37e51b`,
  `${commit}_fe857747_4d37e51b_fe857747`,
  '917630a6f015880b0bf451c27cf8f3d9',
];
const aggregate = 'de8a8770efd583266ec536d190a0a440';

test('the two kinds of hash are not taken for each other', (t) => {
  const build = `${'4d'.repeat(20)}_fe857747`;
  t.is(String(parseAggregateHash(aggregate, 'md5')), aggregate);
  t.is(String(parseBuildHash(build, 'row')), build);
  t.throws(() => parseAggregateHash(build, 'md5'), { message: /^md5 is "4d4d.*", expected the 32 hex digits/ });
  t.throws(() => parseBuildHash(aggregate, 'row'), { message: /^row is "de8a.*", expected <40 hex>_<8 hex>/ });
  t.throws(() => parseBuildHash(build.slice(1), 'row'), { instanceOf: ParseError });
  t.throws(() => parseAggregateHash(aggregate.slice(1), 'md5'), { instanceOf: ParseError });
});

const badHashes = [
  '',
  commit,
  `${commit}_fe85774`,
  `${commit}_${distro}`,
  `${commit.toUpperCase()}_fe857747`,
  'None',
  '917630a6',
  `../${commit}`,
];

for (const text of goodHashes) test(`full hash ${text}`, (t) => t.is(String(parseFullHash(text)), text));
for (const text of badHashes) {
  test(`not a full hash: "${text}"`, (t) => {
    const error = t.throws(() => parseFullHash(text), { instanceOf: ParseError });
    t.is(error?.outcome, 'invalid');
    t.true(error?.message.includes(JSON.stringify(text).slice(1, -1)));
  });
}

test('the full hash of a commit has 8 digits of everything but the commit', (t) => {
  const build = { commit_hash: commit, distro_hash: distro };
  t.is(fullHashOfCommit(parseCommitBuild(build)), parseBuildHash(`${commit}_fe857747`, 'here'));
  t.is(
    fullHashOfCommit(parseCommitBuild({ ...build, extended_hash: extended })),
    parseBuildHash(`${commit}_fe857747_4d37e51b_fe857747`, 'here'),
  );
});

test('None, empty and null are one absent value', (t) => {
  for (const absent of [null, '', 'None', undefined]) {
    t.deepEqual(
      parseCommitBuild({ commit_hash: commit, distro_hash: distro, extended_hash: absent, component: absent }),
      {
        commitHash: commit,
        distroHash: distro,
        extendedHash: null,
        component: null,
      },
    );
  }
});

test('short hashes of a commit are refused: DLRN refuses them too', (t) => {
  t.throws(() => parseCommitBuild({ commit_hash: commit.slice(0, 8), distro_hash: distro }), {
    message: /commit_hash "4d37e51b"/,
  });
  t.throws(() => parseCommitBuild({ commit_hash: commit, distro_hash: 'fe857747' }), {
    message: /distro_hash "fe857747"/,
  });
  t.throws(() => parseCommitBuild({ commit_hash: commit, distro_hash: distro, extended_hash: 'abc' }), {
    message: /extended_hash/,
  });
});

test('hash directories', (t) => {
  const hash = parseBuildHash(`${commit}_fe857747`, 'here');
  t.is(hashDirectory(hash), `4d/37/${hash}`);
  t.is(hashDirectory(hash, 'tripleo'), `component/tripleo/4d/37/${hash}`);
  t.false(isAggregate(hash));
  t.true(isAggregate(parseFullHash('917630a6f015880b0bf451c27cf8f3d9')));
});

test('labels that can be read, and labels that may be written', (t) => {
  for (const text of ['current', 'consistent', 'current-tripleo', 'tripleo-ci-testing', 'a.b_c'])
    t.is(String(parseLabel(text)), text);
  for (const text of ['', '-a', 'a/b', '..', 'a b', 'ä', 'a'.repeat(129)])
    t.throws(() => parseLabel(text), { instanceOf: ParseError });
  for (const text of ['current', 'consistent', 'component', '5d', 'report.html', 'a.csv', 'styles.css']) {
    t.throws(() => parseTargetLabel(text), { message: /belongs to DLRN itself/ });
  }
  t.is(String(previousOf(parseTargetLabel('current-tripleo'))), 'previous-current-tripleo');
});

test('digests', (t) => {
  const digest = `sha256:${'0'.repeat(64)}`;
  t.is(String(parseDigest(digest)), digest);
  for (const text of [
    '',
    'sha256:',
    `sha256:${'0'.repeat(63)}`,
    `sha512:${'0'.repeat(64)}`,
    `sha256:${'A'.repeat(64)}`,
  ]) {
    t.throws(() => parseDigest(text), { instanceOf: ParseError });
  }
});

test('exit codes and outcomes agree, and an unknown code means that nobody knows', (t) => {
  for (const outcome of outcomes) t.is(exitCode(outcomeOfExitCode(exitCode(outcome))), exitCode(outcome));
  t.deepEqual(outcomes.map(exitCode), [0, 0, 0, 1, 2, 3, 4, 5]);
  for (const code of [6, 126, 137, 143]) t.is(outcomeOfExitCode(code), 'half-done');
});
