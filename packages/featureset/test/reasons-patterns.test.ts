import test from 'ava';
import { defaultPatterns, formatPatterns, isInfrastructure, parsePatterns } from '../src/index.ts';
import { compilePatterns, compileRegex, isFor } from '../src/reasons/compile.ts';
import { requiredLiterals } from '../src/reasons/literals.ts';
import { parseRegex } from '../src/reasons/regex-syntax.ts';
import { knownLines } from './reasons-lines.ts';
import { pattern, reasonsIn } from './reasons-logs.ts';

const { matchers } = compilePatterns(defaultPatterns);

test('shipped patterns match the lines that they are for, and no near misses', async (t) => {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  for (const [given, ...expected] of knownLines) {
    const [, file, line = given] = /^(\S+\.log)@(.*)$/.exec(given) ?? [];
    const matching = defaultPatterns.filter(
      (each, index) => isFor(each, file ?? 'job.log') && matchers[index]?.(line) === true,
    );
    const names = matching.map(({ name }) => name);
    t.deepEqual(names, expected, given);
    if (file === undefined) lines.push(line);
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  t.deepEqual(
    defaultPatterns.map(({ name }) => name).filter((name) => !counts.has(name)),
    [],
    'each has a line',
  );
  const { hits } = await reasonsIn(lines.join('\n'), defaultPatterns);
  t.deepEqual(new Map(hits.map(({ first, lines: count }) => [first.pattern, count])), counts);
});

test('shipped patterns are what V8 takes too, at least 60, and each has its own name', (t) => {
  t.true(defaultPatterns.length >= 60);
  t.is(new Set(defaultPatterns.map(({ name }) => name)).size, defaultPatterns.length);
  for (const { pattern: source, reason } of defaultPatterns) {
    t.notThrows(() => new RegExp(source), source);
    t.regex(reason, /^[A-Z].*\.$/);
  }
});

test('what --list prints is a pattern file that says the same', (t) => {
  const facts = { bug: 'https://bugs.example.org/1', files: '**/console*.log' };
  const patterns = [...defaultPatterns, pattern('it\'s \\d+: "x" # y', { name: 'quoted', ...facts })];
  t.deepEqual(parsePatterns(formatPatterns(patterns), 'list'), patterns);
});

test('a pattern file is refused with everything that is wrong in it', (t) => {
  const text = `- name: dns
  pattern: Could not resolve
  reason: A name could not be resolved.
  kind: infra
  severity: 3
- name: dns
  pattern: (a)\\1 again
  reason: Again.
  kind: weather
  severity: 4
  bug: LP 1234
  file: a.log
- pattern: '[ab]+'
  name: No Name
  reason: 12
- just a text
`;
  const error = t.throws(() => parsePatterns(text, 'mine.yaml'), { name: 'FeaturesetError', code: 'bad-patterns' });
  t.deepEqual(error.message.split('\n'), [
    '11 things are wrong in mine.yaml',
    'mine.yaml:7:12: pattern "(a)\\\\1 again", from its character 4 on: a backreference is refused: it cannot be matched in linear time',
    'mine.yaml:9:9: kind: "weather" is none of infra, product',
    'mine.yaml:10:13: severity: 4 is none of 1, 2, 3',
    'mine.yaml:11:8: bug: "LP 1234" is not a URL that begins with http:// or https://',
    'mine.yaml:12:3: unknown key "file"; allowed: name, pattern, reason, kind, severity, bug, files',
    'mine.yaml:13:3: kind: nothing is none of infra, product',
    'mine.yaml:13:3: severity: nothing is none of 1, 2, 3',
    'mine.yaml:13:12: pattern "[ab]+": it has no text of three characters in a row that every match must hold',
    'mine.yaml:14:9: name "No Name": lower case letters, digits and dashes are allowed',
    'mine.yaml:15:11: reason: a text is expected, write it in quotes',
    'mine.yaml:16:3: a pattern is a mapping with name, pattern, reason, kind and severity',
  ]);
});

test('two patterns of one name are refused, and files that are no list', (t) => {
  const entry = '- { name: a, pattern: abc, reason: A., kind: infra, severity: 1 }\n';
  t.regex(t.throws(() => parsePatterns(entry + entry, 'f'))!.message, /^f:2:3: name "a" is that of line 1 too$/m);
  for (const text of ['', '[]', 'patterns: []', 'a: b: c'])
    t.throws(() => parsePatterns(text, 'f'), { code: 'bad-patterns' });
});

const refused: readonly (readonly [regex: string, why: RegExp])[] = [
  ['(?=abc)', /lookaround/],
  ['abc(?<!x)', /lookaround/],
  ['(?<n>abc)\\k<n>', /backreference/],
  ['abc(', /this group has no end/],
  ['abc)', /closes nothing/],
  ['abc[', /has no \]/],
  ['*abc', /nothing before/],
  ['abc**', /put a group around/],
  ['abc{2,1}', /wrong order/],
  ['abc{', /written \\\{/],
  ['abc{1,2000}', /more than 1000 times/],
  ['(abcd{1,1000}){1,1000}', /larger than 3000 steps/],
  ['((((){1000}){1000}){1000}){1000}abc', /^$/],
  ['\\p{L}abc', /name the characters/],
  ['(?s:abc)', /only \(…\)/],
  ['abc[z-a]', /wrong order/],
  ['abc\\', /lone/],
  ['abc\\y', /not known/],
  ['abc|d', /no text of three characters/],
  ['ab', /no text of three characters/],
  [`${'('.repeat(60)}abc${')'.repeat(60)}`, /more than 50 deep/],
];

test('expressions that no finite automaton can decide are refused in words, soon', (t) => {
  for (const [regex, why] of refused) {
    if (why.source === '^$') t.notThrows(() => compileRegex(regex), regex);
    else t.regex(t.throws(() => compileRegex(regex), { name: 'Error' }, regex)!.message, why, regex);
  }
});

const literals: readonly (readonly [regex: string, literals: readonly string[] | null])[] = [
  ['No space left', ['no space left']],
  ['(?:foo|barr) baz', ['foo baz', 'barr baz']],
  ['a.*longer.*b', ['longer']],
  ['x(?:abc)?yz', ['xabcyz', 'xyz']],
  ['x(?:abc)*yzz', ['yzz']],
  ['x(?:abc)+yz', ['abc']],
  ['FAIL {2}set', ['fail  set']],
  ['(?:abc|d+)', null],
  ['(?:abc|def)\\b', ['abc', 'def']],
  ['[Cc]lock', ['clock']],
  ['[^a]bcd', ['bcd']],
  ['abé', null],
];

test('what every match must hold is known', (t) => {
  for (const [regex, expected] of literals) t.deepEqual(requiredLiterals(parseRegex(regex)), expected, regex);
});

const verdicts: readonly (readonly [log: string, isInfrastructure: boolean])[] = [
  ['', false],
  ['Traceback (most recent call last):', false],
  ['connect: Connection timed out', false],
  ['Could not resolve host: a', true],
  ['Could not resolve host: a\nHeat Stack create failed', true],
  ['Heat Stack create failed\nCould not resolve host: a', true],
  ['Heat Stack create failed\nNetwork is unreachable', false],
  ['Could not resolve host: a\n - Failed: 1', false],
  [' - Failed: 1\nCould not resolve host: a', false],
  ['No space left on device\nnothing provides a needed by b', false],
];

test('infrastructure is blamed only where no product failure weighs as much', async (t) => {
  for (const [log, expected] of verdicts) {
    // Only those that match anywhere: to compile all of them takes its time.
    const patterns = defaultPatterns.filter((_, index) => log.split('\n').some((line) => matchers[index]?.(line)));
    t.is(isInfrastructure(await reasonsIn(log, patterns)), expected, log);
  }
});
