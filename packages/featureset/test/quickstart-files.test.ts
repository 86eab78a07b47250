import test from 'ava';
import { FeaturesetError, parseVariablesFile } from '../src/index.ts';

function parse(text: string) {
  // What is asked for is tested where it is: here, whatever begins alike is near.
  const nearest = (word: string, all: readonly string[]) =>
    all.find((one) => one.startsWith(word.slice(0, 10))) ?? null;
  return parseVariablesFile(text, { name: 'featureset001.yml', nearest });
}

test('a file is read as Ansible reads it', (t) => {
  const { values, lines, warnings } = parse(
    [
      '# A comment',
      'test_ping: no',
      'tempest_workers: 2',
      'undercloud_vcpu: 010',
      'to_build: "yes"',
      'extra_args: >-',
      '  one',
      '  two',
      'images: &images [{name: a, type: tar}]',
      'repos: *images',
      'topology_map: {Controller: {<<: {scale: 3}, __proto__: {polluted: true}}}',
      'tempest_cidr: 2023-01-02',
      'working_dir:',
    ].join('\n'),
  );
  t.deepEqual(
    [...values].filter(([name]) => name !== 'topology_map'),
    [
      ['test_ping', false],
      ['tempest_workers', 2],
      ['undercloud_vcpu', 8],
      ['to_build', 'yes'],
      ['extra_args', 'one two'],
      ['images', [{ name: 'a', type: 'tar' }]],
      ['repos', [{ name: 'a', type: 'tar' }]],
      ['tempest_cidr', '2023-01-02'],
      ['working_dir', null],
    ],
  );
  const controller = (values.get('topology_map') as Record<string, Record<string, unknown>>)['Controller']!;
  t.is(controller['scale'], 3);
  t.is(controller['polluted'], undefined);
  t.is(lines.get('extra_args'), 6);
  t.deepEqual(warnings, []);
  t.deepEqual(parse('').values.size, 0);
});

test('a variable that no file has is named, with what it may have been meant to be', (t) => {
  t.deepEqual(parse('test_ping: false\ntempest_wokers: 1\nqqq: 1\n').warnings, [
    'featureset001.yml:2:1: "tempest_wokers" is not a variable that files of tripleo-quickstart have; did you mean tempest_workers?',
    'featureset001.yml:3:1: "qqq" is not a variable that files of tripleo-quickstart have',
  ]);
});

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat(['b', 'c', 'd', 'e', 'f', 'g'].map((name, at) => `${name}: &${name} [${`*${'abcdef'[at]!}, `.repeat(9)}]`))
  .join('\n');
const refused: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['a map that is not closed', 'a: {\nb: 1', /^featureset001\.yml:2:\d+: /],
  ['every mistake', 'a: 1\na: 2\nb: "x\n', /^featureset001\.yml:2:1: Map keys must be unique\nfeatureset001\.yml:4:/],
  ['a list', '- a', /^featureset001\.yml:1:1: not a map of variables/],
  ['a text', 'hello', /not a map of variables/],
  ['a tag of an application', 'a: !vault x', /^featureset001\.yml:1:4: Unresolved tag: !vault/],
  ['a tag of Python', 'a: !!python/object/apply:os.system [id]', /Unresolved tag/],
  ['bytes', 'a: !!binary aGVsbG8=', /neither a text, a number, a list nor a map/],
  ['aliases that multiply', bomb, /Excessive alias count/],
  ['deep nesting', 'a: '.concat('['.repeat(20_000)), /nests too deep|featureset001\.yml:1/],
  ['two documents', 'a: 1\n---\nb: 2\n', /featureset001\.yml:\d:\d+: /],
];
for (const [name, text, message] of refused) {
  test(`refused: ${name}`, (t) => {
    t.throws(() => parse(text), { instanceOf: FeaturesetError, code: 'bad-file', message });
  });
}
