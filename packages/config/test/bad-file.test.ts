import test from 'ava';
import { ConfigError } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { expectProblems, testRows } from './bad-input.ts';
import { minimal } from './minimal.ts';

testRows([
  [
    'unknown key',
    'distro: centos7',
    'distro: centos7\ndistr: x',
    /^4:1 : unknown key "distr"; allowed here: release, distro, dlrn, registries, image-stores, ledger, runners, logs, failure-patterns, owners, policy, phases$/,
  ],
  [
    'unknown key below',
    'api-url:',
    'apiurl:',
    /^4:1 dlrn\.api-url: is missing: a text \(The base URL of the DLRN API/,
    '5:3 dlrn: unknown key "apiurl"; allowed here: api-url, repos-url, mode, username, auth-method, server-principal, protected-reads, plain-http',
  ],
  ['missing', 'distro: centos7', '', /^2:1 distro: is missing: a text \(The distribution/],
  ['number for a text', 'release: master', 'release: 2024', /^2:10 release: 2024 is not a text, write it in quotes/],
  ['empty value', 'release: master', 'release:', /^2:9 release: is empty: a text is expected/],
  ['mapping for a text', 'release: master', 'release: {a: 1}', /^2:1 release: a mapping is not a text/],
  ['upper case', 'release: master', 'release: Master', '2:10 release: a release is lower-case'],
]);

const yaml: readonly (readonly [name: string, text: string, ...problems: readonly RegExp[]])[] = [
  ['empty file', '', /^1:1 : is empty: a mapping is expected/],
  ['comment only', '# nothing\n', /is empty: a mapping is expected/],
  ['a list', '- a\n', /^1:1 : a list is not a mapping/],
  ['key twice', `${minimal}release: pike\n`, /^13:1 : not valid YAML: Map keys must be unique/],
  ['two mistakes', 'release: [a\ndistro: "\n', /not valid YAML/, /not valid YAML/],
  ['two documents', `${minimal}---\n${minimal}`, /not valid YAML/],
  ['alias without anchor', 'release: *nowhere\n', /not valid YAML: .*nowhere/],
  ['unknown tag', 'release: !secret x\n', /not valid YAML: Unresolved tag/],
];
for (const [name, text, ...problems] of yaml) {
  test(`bad YAML: ${name}`, (t) => {
    expectProblems(t, text, problems);
  });
}

test('everything is told at once, in the order of the file, with file, line and column', (t) => {
  const text = minimal
    .replace('distro: centos7', 'distro: Centos')
    .replace('to: current-tripleo-rdo', 'to: current-tripleo')
    .replace('[job-a]', '[job-a, job-a]');
  const error = t.throws(() => parseConfig(text, 'conf/tagflow.yaml'), { instanceOf: ConfigError });
  t.is(error.code, 'invalid-config');
  t.is(error.outcome, 'invalid');
  t.is(
    error.message,
    [
      '3 things are wrong in conf/tagflow.yaml',
      'conf/tagflow.yaml:3:9: distro: a distro is lower-case letters and digits, such as centos9',
      'conf/tagflow.yaml:11:11: phases.rdo-phase-1.promote.to: "current-tripleo" is both from and to: a label cannot be moved to its own hash',
      'conf/tagflow.yaml:12:35: phases.rdo-phase-1.promote.criteria.all-of[1]: job "job-a" is there already, as phases.rdo-phase-1.promote.criteria.all-of[0]',
    ].join('\n'),
  );
});
