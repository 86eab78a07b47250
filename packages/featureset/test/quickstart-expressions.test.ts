import test from 'ava';
import { compose, expressionLimits, FeaturesetError, type Value } from '../src/index.ts';

/** What a template makes of some variables. */
function rendered(template: Value, variables: Readonly<Record<string, Value>> = {}): Value | undefined {
  return composed({ ...variables, it: template }).value('it');
}

function composed(variables: Readonly<Record<string, Value>>) {
  const values = new Map(Object.entries(variables));
  return compose([{ kind: 'featureset', name: 'test.yml', values }], { environment: new Map([['USER', 'zuul']]) });
}

const facts: Readonly<Record<string, Value>> = {
  release: 'wallaby',
  yes: true,
  text: 'a-b-c',
  list: ['b', 'a', 'b'],
  map: { a: 1, b: { c: 2 } },
  number: 9,
  nothing: null,
  network: '192.0.2.0/25',
  network6: '2001:db8::/64',
};

const table: readonly (readonly [template: string, expected: Value])[] = [
  ['no template', 'no template'],
  ['{{ release }}', 'wallaby'],
  ['a {{ release }} b', 'a wallaby b'],
  ['{{ yes }}', true],
  ['it is {{ yes }}, {{ list }}, {{ map.b }}, {{ nothing }}', "it is True, ['b', 'a', 'b'], {'c': 2}, "],
  ['{{ list }}', ['b', 'a', 'b']],
  ["{{ (release not in ['train', 'ussuri']) | bool }}", true],
  ["{% if release in ['train'] -%}\ntrue\n{%- else -%}\nfalse\n{%- endif -%}", 'false'],
  ['{% if yes %}{{ list }}{% else %}{{ map }}{% endif %}', ['b', 'a', 'b']],
  ["{% if release == 'x' %}1{% elif number > 8 %}2{% endif %}", '2'],
  ['line {# nothing #}end\n', 'line end\n'],
  ['{% if yes %}\nline\n{% endif %}\n', 'line\n'],
  ["{{ '--heat-type pod' if yes | bool else '' }}", '--heat-type pod'],
  ["{{ 'x' if not yes }}", ''],
  ['{{ missing | default(7) }}', 7],
  ["{{ missing.deep.inside | default('d') }}", 'd'],
  ["{{ map.missing | default('d') }}", 'd'],
  ["{{ '' | default('d') }}{{ '' | default('e', true) }}", 'e'],
  ['{{ nothing is none and missing is not defined and map.a is defined }}', true],
  ['{{ missing is defined | default(true) | bool }}', false],
  ["{{ text is match('a-[a-z]') and text is not match('b') and text is search('b') }}", true],
  ["{{ '8.4' is version('8', '>=') }}", true],
  ["{{ lookup('env', 'USER') }} {{ lookup('env', 'HOME') | default('none', true) }}", 'zuul none'],
  ["{{ '1' == 1 }}", false],
  ["{{ [1, 'a'] == [1, 'a'] and {'a': [1]} == {'a': [1]} and 'a' in map and 'b-' in text }}", true],
  ['{{ number + 1 }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ number / 2 }}', '10 3 2 8 4.5'],
  ['{{ -number < 0 or missing }}', true],
  ["{{ text ~ number }} {{ text + '!' }}", 'a-b-c9 a-b-c!'],
  ['{{ text[:1] }}{{ text[2:3] }}{{ text[-1] }} {{ list[1] }} {{ map["b"].c }}', 'abc a 2'],
  ["{{ text.split('-') }}", ['a', 'b', 'c']],
  ["{{ text.upper() }} {{ map.get('a', 5) }} {{ map.get('z', 5) }} {{ text.startswith('a') }}", 'A-B-C 1 5 True'],
  ['{{ [number, 1] | join(".") }}', '9.1'],
  ['{{ list | unique | sort | join(",") }} {{ list | length }} {{ list | first }}', 'a,b 3 b'],
  ["{{ yes | ternary('127.0.0.1:5001', 'quay.io') }}", '127.0.0.1:5001'],
  ["{{ '12x' | int }} {{ 'x' | int }} {{ 'yes' | bool }} {{ 'no' | bool }}", '12 0 True False'],
  ["{{ map | combine({'b': {'d': 3}}, recursive=True) }}", { a: 1, b: { c: 2, d: 3 } }],
  ["{{ map | combine({'b': {'d': 3}}) }}", { a: 1, b: { d: 3 } }],
  ["{{ ['x.repo', 'y'] | map('regex_replace', '.repo$', '') | list }}", ['x', 'y']],
  [String.raw`{{ 'a1b2' | regex_replace('([a-z])', '<\\1>') }}`, '<a>1<b>2'],
  ["{{ text | replace('-', '') }} {{ '/a/b' | basename }} {{ '/a/b' | dirname }}", 'abc b /a'],
  ["{{ network | nthhost(10) }} {{ network | ipaddr('netmask') }}", '192.0.2.10 255.255.255.128'],
  ["{{ network6 | nthhost(1) }} {{ network6 | ipaddr('prefix') }}", '2001:db8::1 64'],
  [
    '{% for item in list if item != "a" %}[{{ item }}]{% endfor %}{% for item in [] %}x{% else %}none{% endfor %}',
    '[b][b]none',
  ],
  ["{{ '{{ release }}' }}", '{{ release }}'],
];
for (const [template, expected] of table) {
  test(template, (t) => {
    t.deepEqual(rendered(template, facts), expected);
  });
}

test('a template in a list or a map is followed, one in a key is not', (t) => {
  t.deepEqual(rendered([{ '{{ yes }}': '{{ release }}' }], facts), [{ '{{ yes }}': 'wallaby' }]);
});

const refused: readonly (readonly [template: string, says: RegExp])[] = [
  ['{{ mising }}', /^test\.yml: it: "mising" is not defined$/],
  ['{{ map.x.y }}', /"map\.x\.y" is not defined/],
  ['{{ job.x | bool }}', /"job\.x" is not defined/],
  ["{{ ''.constructor }}", /"it\.constructor" is not defined/],
  ["{{ ''.constructor.constructor('return process')() }}", /it\(\) is not understood/],
  ["{{ map['__proto__'] }}", /"map\.__proto__" is not defined/],
  ["{{ map.constructor('x') }}", /map\.constructor\(\) is not understood/],
  ["{{ list | attr('constructor') }}", /the filter "attr" is not one of basename, bool/],
  ['{{ toString }}', /"toString" is not defined/],
  ['{{ __proto__ }}', /"__proto__" is not defined/],
  ["{{ lookup('file', '/etc/passwd') }}", /lookup\('file'\) is not understood/],
  ["{{ lookup('pipe', 'id') }}", /lookup\('pipe'\) is not understood/],
  ['{{ range(1000000000) }}', /range\(\) is not understood/],
  ['{% for i in range(10 ** 9) %}x{% endfor %}', /range\(\) is not understood/],
  ['{% macro m() %}x{% endmacro %}', /Macro is not understood/],
  ['{% set x = 1 %}', /Set is not understood/],
  ['{{ 1 / 0 }}', /1 \/ 0 is no number/],
  ['{{ text * 3 }}', /a text \* a number is nothing that is known/],
  ["{{ text is match('(a+)+$') }}", /pattern "\(a\+\)\+\$" repeats a group/],
  [String.raw`{{ text is match('(a)\\1') }}`, /has a back reference/],
  ["{{ text is match('(?=a)') }}", /a group of a kind that is not known/],
  ["{{ text is match('.*.*.*x') }}", /more than 2 quantifiers/],
  ["{{ text is match('[') }}", /cannot be read/],
  ['{{ text is odd }}', /the test "odd"/],
  ['{{ unclosed', /not a template that can be read/],
  ["{{ 'unclosed }}", /not a template that can be read/],
  ['{% if yes %}x', /not a template that can be read/],
  ['{{ }}', /not a template that can be read/],
  ['{{ include("x") }}', /include\(\) is not understood/],
];
for (const [template, message] of refused) {
  test(`refused: ${template}`, (t) => {
    t.throws(() => rendered(template, facts), { instanceOf: FeaturesetError, code: 'bad-expression', message });
  });
}

const many = (count: number, part: string) => Array.from({ length: count }, () => part).join('');
const doubling = (first: Value, template: (before: string) => string) =>
  Object.fromEntries([
    ['v0', first] as const,
    ...Array.from({ length: 40 }, (_, index) => [`v${index + 1}`, template(`v${index}`)] as const),
  ]);

/** What would take a program's memory or time: variables, and the one that is asked for. */
const bombs: Readonly<Record<string, readonly [Readonly<Record<string, Value>>, name: string, says: RegExp]>> = {
  'a text that doubles': [doubling('x'.repeat(50), (v) => `{{ ${v} ~ ${v} }}`), 'v40', /more than 131072 characters/],
  'a text that doubles outside of expressions': [
    doubling('x', (v) => `{{ ${v} }}{{ ${v} }}`),
    'v40',
    /more than 131072/,
  ],
  'a list that doubles': [doubling([1], (v) => `{{ ${v} + ${v} }}`), 'v40', /more than 10000 items/],
  'a list that holds itself twice': [doubling([1], (v) => `{{ [${v}, ${v}] }}`), 'v40', /more than 10000 items/],
  'a map that doubles': [doubling({ a: 1 }, (v) => `{{ {'a': ${v}, 'b': ${v}} }}`), 'v40', /more than 10000 items/],
  'a replacement that multiplies': [
    { a: 'x'.repeat(50_000), it: '{{ a | replace("x", a) }}' },
    'it',
    /more than 131072 characters/,
  ],
  'a join that multiplies': [
    { a: 'x'.repeat(5000), b: many(2000, 'y'), it: '{{ b | list | join(a) }}' },
    'it',
    /more than 131072 characters/,
  ],
  'a loop in a loop in a loop': [
    {
      a: many(500, 'y'),
      it: '{% for i in a|list %}{% for j in a|list %}{% for k in a|list %}{% endfor %}{% endfor %}{% endfor %}',
    },
    'it',
    /more than 1000000 steps/,
  ],
  'a long text looked at often': [
    { a: 'x'.repeat(100_000), it: `{{ [${many(300, '"y" in a, ')}1] }}` },
    'it',
    /more than 1000000 steps/,
  ],
  'unequal lists compared often': [
    {
      a: Array.from({ length: 3000 }, (_, index) => index),
      it: '{% for i in a %}{% if a == a %}{% endif %}{% endfor %}',
    },
    'it',
    /more than 1000000 steps/,
  ],
  'a unique of many': [{ a: Array.from({ length: 5000 }, (_, i) => i), it: '{{ a | unique }}' }, 'it', /steps/],
  'a long template': [{ it: `{{ ${many(20_000, '1+')}1 }}` }, 'it', /a template of 40007 characters/],
  'many parentheses': [{ it: `{{ ${many(10_000, '(')}1${many(10_000, ')')} }}` }, 'it', /too large/],
  'many blanks': [{ it: `${many(30_000, ' ')}{{ x }}` }, 'it', /more than 256 blanks/],
  'a long chain of variables': [
    Object.fromEntries([
      ['v0', 'end'],
      ...Array.from({ length: 20_000 }, (_, index) => [`v${index + 1}`, `{{ v${index} }}`]),
    ]) as Readonly<Record<string, Value>>,
    'v20000',
    /too large/,
  ],
  'a long subject of a pattern': [
    { a: 'a'.repeat(600), it: "{{ a is match('a*b') }}" },
    'it',
    /more than 512 characters/,
  ],
};
for (const [name, [variables, asked, message]] of Object.entries(bombs)) {
  test(`bounded: ${name}`, (t) => {
    t.throws(() => composed(variables).value(asked), { instanceOf: FeaturesetError, code: 'bad-expression', message });
  });
}

test('what is left of the budget is shared by all variables of a composition', (t) => {
  const part = '{% for i in a %}{% for j in a %}{% endfor %}{% endfor %}';
  const names = Array.from({ length: 30 }, (_, index) => `v${index}`);
  const variables = {
    a: Array.from({ length: 300 }, () => 1),
    ...Object.fromEntries(names.map((name) => [name, part])),
  };
  const { problems } = composed(variables).all();
  t.true(problems.size > 10 && problems.size < 30);
  t.regex([...problems.values()][0] ?? '', new RegExp(`more than ${expressionLimits.steps} steps`));
});
