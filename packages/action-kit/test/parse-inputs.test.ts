import test from 'ava';
import { type InputSpec, parseInputs, Secret } from '../src/index.ts';

const place = { cwd: '/home/ci', isFile: (path: string) => path === '/home/ci/there.yaml' };

function parseOne(spec: InputSpec, text: string | undefined): unknown {
  const parsed = parseInputs({ x: spec }, new Map(text === undefined ? [] : [['x', text]]), place);
  return parsed.ok ? parsed.values.x : parsed.problems;
}

const enumSpec: InputSpec = { type: 'enum', options: ['master', 'pike'], description: 'd' };
const longEnum: InputSpec = { type: 'enum', options: ['master', 'pike', 'queens', 'rocky'], description: 'd' };

const good: readonly [title: string, spec: InputSpec, text: string | undefined, value: unknown][] = [
  ['string is trimmed', { type: 'string', description: 'd' }, '  a b ', 'a b'],
  ['string absent', { type: 'string', description: 'd' }, undefined, undefined],
  ['string empty is absent', { type: 'string', description: 'd' }, '', undefined],
  ['string blank is absent', { type: 'string', default: 'x', description: 'd' }, ' \n', 'x'],
  ['enum', enumSpec, 'pike', 'pike'],
  ['boolean true', { type: 'boolean', description: 'd' }, 'TRUE', true],
  ['boolean false', { type: 'boolean', default: 'true', description: 'd' }, 'False', false],
  ['boolean absent', { type: 'boolean', description: 'd' }, undefined, false],
  ['boolean default', { type: 'boolean', default: 'true', description: 'd' }, undefined, true],
  ['integer', { type: 'integer', description: 'd' }, '42', 42],
  ['integer negative', { type: 'integer', description: 'd' }, '-1', -1],
  ['integer default', { type: 'integer', default: '4', description: 'd' }, '', 4],
  ['integer at its bound', { type: 'integer', min: 1, max: 4, description: 'd' }, '4', 4],
  ['duration ms', { type: 'duration', description: 'd' }, '250ms', 250],
  ['duration s', { type: 'duration', description: 'd' }, '90s', 90_000],
  ['duration m', { type: 'duration', description: 'd' }, '5m', 300_000],
  ['duration h', { type: 'duration', description: 'd' }, '2h', 7_200_000],
  ['duration d', { type: 'duration', description: 'd' }, '1d', 86_400_000],
  ['list with commas and lines', { type: 'list', description: 'd' }, 'a, b\n c,,\r\nd\n', ['a', 'b', 'c', 'd']],
  ['list absent', { type: 'list', description: 'd' }, undefined, []],
  ['list of options', { type: 'list', options: ['a', 'b'], description: 'd' }, 'b,a', ['b', 'a']],
  ['path relative', { type: 'path', description: 'd' }, '../x/y', '/home/x/y'],
  ['path absolute', { type: 'path', description: 'd' }, '/x/./y', '/x/y'],
  ['file', { type: 'file', description: 'd' }, 'there.yaml', '/home/ci/there.yaml'],
];

for (const [title, spec, text, value] of good) {
  test(`takes ${title}`, (t) => {
    t.deepEqual(parseOne(spec, text), value);
  });
}

const bad: readonly [title: string, spec: InputSpec, text: string | undefined, problem: string][] = [
  [
    'a required input that is missing',
    { ...enumSpec, required: true },
    undefined,
    'input "x" is missing: it is required, one of master, pike',
  ],
  [
    'a required input that is empty',
    { type: 'string', required: true, description: 'd' },
    '',
    'input "x" is missing: it is required',
  ],
  ['an enum', enumSpec, 'zed', 'input "x": "zed" is not one of master, pike'],
  ['an enum in capitals', enumSpec, 'Pike', 'input "x": "Pike" is not one of master, pike'],
  [
    'an enum with a suggestion',
    longEnum,
    'quens',
    'input "x": "quens" is not one of master, pike, queens, rocky; did you mean "queens"?',
  ],
  ['a boolean of YAML 1.1', { type: 'boolean', description: 'd' }, 'yes', 'input "x": "yes" is not true or false'],
  ['a boolean 1', { type: 'boolean', description: 'd' }, '1', 'input "x": "1" is not true or false'],
  ['an integer with a rest', { type: 'integer', description: 'd' }, '4x', 'input "x": "4x" is not a whole number'],
  ['an integer with a point', { type: 'integer', description: 'd' }, '4.0', 'input "x": "4.0" is not a whole number'],
  ['an integer in hex', { type: 'integer', description: 'd' }, '0x10', 'input "x": "0x10" is not a whole number'],
  [
    'an integer that is not exact',
    { type: 'integer', description: 'd' },
    '9007199254740993',
    'input "x": "9007199254740993" is not a whole number',
  ],
  [
    'an integer below its bound',
    { type: 'integer', min: 1, max: 16, description: 'd' },
    '0',
    'input "x": "0" is not a whole number from 1 to 16',
  ],
  ...['90', '1.5h', 's', '-1s', '1h30m'].map(
    (text) =>
      [
        `the duration ${text}`,
        { type: 'duration', description: 'd' },
        text,
        `input "x": "${text}" is not a duration: a whole number and ms, s, m, h or d, such as 90s or 2h`,
      ] as [string, InputSpec, string, string],
  ),
  ['a list of nothing', { type: 'list', description: 'd' }, ' , ', 'input "x": "," holds no item'],
  [
    'a list with a stranger',
    { type: 'list', options: ['a', 'b'], description: 'd' },
    'a, c',
    'input "x": "c" is not one of a, b',
  ],
  [
    'a file that is not there',
    { type: 'file', description: 'd' },
    'gone.yaml',
    'input "x": "gone.yaml" is not the path of an existing file (looked for "/home/ci/gone.yaml")',
  ],
  [
    'no URL',
    { type: 'url', description: 'd' },
    'host/x',
    'input "x": "host/x" is not a URL that begins with http: or https:',
  ],
  [
    'a URL of another scheme',
    { type: 'url', schemes: ['sftp'], description: 'd' },
    'https://h',
    'input "x": "https://h" is not a URL that begins with sftp:',
  ],
  [
    'a URL with a password, and does not show it',
    { type: 'url', description: 'd' },
    'https://me:hunter2@h/x',
    'input "x": "https://***@h/x" carries a password: a URL input may not, give it as a secret input',
  ],
  ['a long value, cut', enumSpec, 'z'.repeat(100), `input "x": "${'z'.repeat(77)}..." is not one of master, pike`],
];

for (const [title, spec, text, problem] of bad) {
  test(`refuses ${title}`, (t) => {
    t.deepEqual(parseOne(spec, text), [problem]);
  });
}

const secrets: readonly [title: string, text: string, value: string | undefined][] = [
  ['line end behind one line', 'hunter2\n', 'hunter2'],
  ['Windows line end behind one line', 'hunter2\r\n', 'hunter2'],
  ['blanks of a password', ' hunter2 ', ' hunter2 '],
  ['last line end of a key', 'a\nb\n', 'a\nb\n'],
  ['nothing', '\n', undefined],
];

for (const [title, text, value] of secrets) {
  test(`reads a secret: ${title}`, (t) => {
    const parsed = parseOne({ type: 'secret', description: 'd' }, text);
    t.is(parsed instanceof Secret ? parsed.reveal() : parsed, value);
  });
}

test('a URL is a URL', (t) => {
  const parsed = parseOne({ type: 'url', description: 'd' }, 'https://h/x');
  t.true(parsed instanceof URL && parsed.href === 'https://h/x');
});

test('tells everything that is wrong at once, in the order of the definition', (t) => {
  const parsed = parseInputs(
    {
      release: { ...enumSpec, required: true },
      password: { type: 'secret', required: true, description: 'd' },
      'dry-run': { type: 'boolean', description: 'd' },
    },
    new Map([
      ['release', 'zed'],
      ['dry-run', 'maybe'],
      ['dry-rum', 'true'],
    ]),
    place,
  );
  t.deepEqual(parsed.ok ? [] : parsed.problems, [
    'input "dry-rum" does not exist; did you mean "dry-run"?',
    'input "release": "zed" is not one of master, pike',
    'input "password" is missing: it is required',
    'input "dry-run": "maybe" is not true or false',
  ]);
});
