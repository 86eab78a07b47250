import test from 'ava';
import { format } from 'prettier';
import { parse } from 'yaml';
import { actionYml, type AnyAction, checkDefinition, type InputSpecs, KitError, readmeTables } from '../src/index.ts';
import { sampleAction } from './support/sample-action.ts';

const prettierOptions = { printWidth: 120, singleQuote: true };

test('action.yml holds every input and output, in a stable order', (t) => {
  const yml: unknown = parse(actionYml(sampleAction));
  t.like(yml, {
    name: 'tagflow sample-action',
    description: 'Does what a test asks for.',
    inputs: {
      how: { required: false, default: 'done' },
      release: { description: 'The release.', required: true },
      'full-hash': { description: "The hash of the set, as get-repo-hash's output gives it." },
      timeout: { default: '5m' },
      'dry-run': { default: 'false' },
    },
    runs: { using: 'node24', main: '../../dist/sample-action.js' },
  });
  const { inputs, outputs } = yml as { inputs: object; outputs: object };
  t.deepEqual(Object.keys(inputs), [
    ...Object.keys(sampleAction.inputs),
    ...['config', 'phase', 'dry-run', 'ok-outcomes', 'log-level'],
  ]);
  t.deepEqual(Object.keys(outputs), ['outcome', 'full-hash', 'note', 'plan']);
});

test('action.yml and the tables are laid out as Prettier does', async (t) => {
  const yml = actionYml(sampleAction);
  t.is(await format(yml, { ...prettierOptions, parser: 'yaml' }), yml);
  const { inputs, outputs } = readmeTables(sampleAction);
  t.is(await format(inputs, { ...prettierOptions, parser: 'markdown' }), inputs);
  t.is(await format(outputs, { ...prettierOptions, parser: 'markdown' }), outputs);
});

test('the tables name type, default and whether an input is required', (t) => {
  const rows = readmeTables(sampleAction)
    .inputs.split('\n')
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| /, '').trim()));
  t.deepEqual(rows[0]?.slice(0, 4), ['Name', 'Type', 'Default', 'Required']);
  t.deepEqual(rows.find((row) => row[0] === '`release`')?.slice(1, 4), ['string', '', 'yes']);
  t.deepEqual(rows.find((row) => row[0] === '`log-level`')?.slice(1, 4), ['`debug`, `info`, `warning`', '`info`', '']);
});

function withInputs(inputs: InputSpecs): AnyAction {
  return { ...sampleAction, inputs };
}

const wrong: readonly [title: string, action: AnyAction, problem: RegExp][] = [
  ['an empty description', withInputs({ x: { type: 'string', description: ' ' } }), /input "x" has no description/],
  ['a name in camelCase', withInputs({ fullHash: { type: 'string', description: 'd' } }), /"fullHash" is not named in/],
  [
    'a common input',
    withInputs({ 'dry-run': { type: 'path', description: 'd' } }),
    /input "dry-run" is one of the inputs/,
  ],
  [
    "the command line's own flag",
    withInputs({ help: { type: 'string', description: 'd' } }),
    /"help" has the name of a/,
  ],
  [
    'a flag of a secret',
    withInputs({ key: { type: 'secret', description: 'd' }, 'key-file': { type: 'path', description: 'd' } }),
    /input "key-file" has the name of a flag of the secret "key"/,
  ],
  [
    'a default that is refused',
    withInputs({ wait: { type: 'duration', default: '90', description: 'd' } }),
    /input "wait": the default "90" is not a duration/,
  ],
  [
    'required with a default',
    withInputs({ x: { type: 'string', default: 'y', required: true, description: 'd' } }),
    /required and has a default/,
  ],
  ['an output in mixed case', { ...sampleAction, outputs: { full_Hash: 'd' } }, /output "full_Hash" is not named in/],
  [
    'an output in both cases',
    { ...sampleAction, outputs: { 'full_hash-x': 'd' } },
    /output "full_hash-x" is not named/,
  ],
  ['an output without description', { ...sampleAction, outputs: { x: '' } }, /output "x" has no description/],
  ['the output outcome', { ...sampleAction, outputs: { outcome: 'd' } }, /"outcome" is added by the kit/],
  ['an action without description', { ...sampleAction, description: '' }, /action "sample-action" has no description/],
];

for (const [title, action, problem] of wrong) {
  test(`refuses to generate ${title}`, (t) => {
    const error = t.throws(() => actionYml(action), { instanceOf: KitError, message: problem });
    t.is(error.code, 'bad-definition');
    t.throws(() => readmeTables(action), { message: problem });
  });
}

test('a good definition is returned as it is', (t) => {
  t.is(checkDefinition(sampleAction), sampleAction);
  t.notThrows(() => checkDefinition({ ...sampleAction, outputs: { full_hash: 'As its predecessor calls it.' } }));
});
