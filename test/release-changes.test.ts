import test from 'ava';
import { action } from '../actions/get-repo-hash/src/action.ts';
import { compareDefinitions } from '../scripts/release/compare.ts';
import { type Definition, definitionOf, type InputForm } from '../scripts/release/definition.ts';
import { heldBy } from '../scripts/release/holds.ts';
import { blobId, differenceFrom, parseRecord } from '../scripts/release/record.ts';
import { workflowsDefinition } from '../scripts/release/workflow-definition.ts';

const definition: Definition = {
  inputs: {
    mode: { type: 'enum', options: ['fetch', 'link'] },
    port: { type: 'integer', min: 1, max: 9 },
    from: { type: 'url', schemes: ['http', 'file'] },
    label: { type: 'string', default: 'consistent' },
    key: { type: 'secret' },
    set: { type: 'file', required: true },
  },
  outputs: ['outcome', 'set'],
  outcomes: { done: 0, failed: 1 },
  runs: 'node24',
  workflows: ['phase-a.yml'],
  permissions: { 'phase-a.yml: contents': 'read' },
};
const input = (name: string, form: InputForm | undefined): Definition => {
  const { [name]: _, ...others } = definition.inputs;
  return { ...definition, inputs: form === undefined ? others : { ...others, [name]: form } };
};

const changes: readonly (readonly [Definition, 'minor' | 'major', string])[] = [
  [input('mode', undefined), 'major', 'input "mode" was removed'],
  [input('new', { type: 'string' }), 'minor', 'input "new" is new'],
  [input('new', { type: 'string', required: true }), 'major', 'input "new" is new and required'],
  [input('new', { type: 'string', required: true, default: 'x' }), 'minor', 'input "new" is new'],
  [input('key', { type: 'secret', required: true }), 'major', 'input "key" became required'],
  [input('set', { type: 'file' }), 'minor', 'input "set" is not required any more'],
  [
    input('label', { type: 'string', default: 'current' }),
    'major',
    'the default of input "label" changed from "consistent" to "current"',
  ],
  [input('label', { type: 'string' }), 'major', 'the default of input "label" changed from "consistent" to nothing'],
  [input('set', { type: 'path', required: true }), 'minor', 'input "set" changed from type file to path'],
  [input('set', { type: 'list', required: true }), 'major', 'input "set" changed from type file to list'],
  [input('port', { type: 'string' }), 'minor', 'input "port" changed from type integer to string'],
  [input('key', { type: 'string' }), 'major', 'input "key" changed from type secret to string'],
  [
    input('label', { type: 'integer', default: 'consistent' }),
    'major',
    'input "label" changed from type string to integer',
  ],
  [input('mode', { type: 'enum', options: ['fetch'] }), 'major', 'option "link" of input "mode" was removed'],
  [
    input('mode', { type: 'enum', options: ['fetch', 'link', 'prune'] }),
    'minor',
    'option "prune" of input "mode" is new',
  ],
  [input('port', { type: 'integer', min: 2, max: 9 }), 'major', 'the minimum of input "port" changed from "1" to "2"'],
  [input('port', { type: 'integer', min: 0, max: 9 }), 'minor', 'the minimum of input "port" changed from "1" to "0"'],
  [input('port', { type: 'integer', min: 1, max: 8 }), 'major', 'the maximum of input "port" changed from "9" to "8"'],
  [input('port', { type: 'integer', min: 1 }), 'minor', 'the maximum of input "port" changed from "9" to nothing'],
  [input('from', { type: 'url', schemes: ['http'] }), 'major', 'scheme "file" of input "from" was removed'],
  [{ ...definition, outputs: ['outcome'] }, 'major', 'output "set" was removed'],
  [{ ...definition, outputs: ['outcome', 'set', 'url'] }, 'minor', 'output "url" is new'],
  [{ ...definition, outcomes: { done: 0 } }, 'major', 'outcome "failed" was removed'],
  [
    { ...definition, outcomes: { done: 0, failed: 2 } },
    'major',
    'the exit code of outcome "failed" changed from 1 to 2',
  ],
  [{ ...definition, outcomes: { done: 0, failed: 1, waiting: 3 } }, 'minor', 'outcome "waiting" is new'],
  [{ ...definition, runs: 'node26' }, 'major', 'it runs on node26, not on node24'],
  [{ ...definition, workflows: [] }, 'major', 'workflow "phase-a.yml" was removed'],
  [
    { ...definition, permissions: { 'phase-a.yml: contents': 'write' } },
    'major',
    'permission "phase-a.yml: contents" has to be granted: write',
  ],
];

for (const [index, [after, level, what]] of changes.entries()) {
  test(`${level}: ${what}, ${String(index)}`, (t) =>
    t.deepEqual(compareDefinitions(definition, after), [{ level, what }]));
}

test('what users do not depend on is no change', (t) => {
  t.deepEqual(compareDefinitions(definition, { ...definition, permissions: {} }), []);
  const wrote = { ...definition, permissions: { 'phase-a.yml: contents': 'write' } };
  t.deepEqual(compareDefinitions(wrote, definition), []);
  const added = {
    ...definition,
    workflows: ['phase-a.yml', 'phase-b.yml'],
    permissions: { 'phase-b.yml: issues': 'write' },
  };
  t.deepEqual(compareDefinitions(definition, added), [{ level: 'minor', what: 'workflow "phase-b.yml" is new' }]);
});

test("an action's definition is what it declares, with what every action has", (t) => {
  const { inputs, outputs, outcomes, runs } = definitionOf(action, 'node24');
  t.deepEqual(inputs['label'], { type: 'string' });
  t.deepEqual(inputs['log-level'], { type: 'enum', options: ['debug', 'info', 'warning'], default: 'info' });
  t.deepEqual(outputs.slice(0, 2), ['outcome', 'full-hash']);
  t.is(outcomes['half-done'], 4);
  t.is(runs, 'node24');
});

test("a workflow's definition: inputs, secrets, outputs and what a caller grants", (t) => {
  const text = `on: { workflow_call: { inputs: { config: { type: string, default: tagflow.yaml } },
    secrets: { KEY: { required: true } }, outputs: { outcome: { value: x } } }, workflow_dispatch: }
permissions: {}
jobs:
  a: { permissions: { contents: read } }
  b: { permissions: { contents: write, issues: none } }
  c: { permissions: { contents: read } }
`;
  t.deepEqual(
    workflowsDefinition(
      new Map([
        ['phase-a.yml', text],
        ['promotion.yml', 'on: push\njobs: {}\n'],
      ]),
    ),
    {
      inputs: {
        'phase-a.yml: config': { type: 'string', default: 'tagflow.yaml' },
        'phase-a.yml: secret KEY': { type: 'secret', required: true },
      },
      outputs: ['phase-a.yml: outcome'],
      outcomes: {},
      runs: null,
      workflows: ['phase-a.yml'],
      permissions: { 'phase-a.yml: contents': 'write' },
    },
  );
});

test('an action holds what its entry point reaches, statically or later, as far as a byte of it is left', (t) => {
  const output = (inputs: Readonly<Record<string, number>>, imports: readonly string[], entryPoint?: string) => ({
    bytes: 1,
    exports: [],
    inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
    imports: imports.map((path) => ({
      path,
      kind: 'dynamic-import' as const,
      ...(path.startsWith('node:') ? { external: true } : {}),
    })),
    ...(entryPoint === undefined ? {} : { entryPoint }),
  });
  const metafile = {
    inputs: {},
    outputs: {
      'dist/a.js': output({ 'actions/a/src/main.ts': 9 }, ['dist/1.js', 'node:fs'], 'actions/a/src/main.ts'),
      'dist/b.js': output({ 'actions/b/src/main.ts': 9 }, ['dist/2.js'], 'actions/b/src/main.ts'),
      'dist/1.js': output({ 'packages/x/src/used.ts': 5, 'packages/x/src/index.ts': 0, 'native:./crypto': 3 }, [
        'dist/2.js',
      ]),
      'dist/2.js': output(
        {
          '../elsewhere/node_modules/ssh2/lib/a.js': 4,
          'node_modules/ssh2/node_modules/@s/asn1/b.js': 4,
          'packages/x/node_modules/zod/c.js': 4,
        },
        [],
      ),
      'dist/3.js': output({ 'packages/x/src/other.ts': 5 }, []),
    },
  };
  const lock = {
    'node_modules/ssh2': { version: '1.16.0' },
    'node_modules/ssh2/node_modules/@s/asn1': { version: '0.2.6' },
    'packages/x/node_modules/zod': { version: '4.6.7' },
    'node_modules/zod': { version: '3.0.0' },
  };
  t.deepEqual(heldBy(metafile, 'actions/a/src/main.ts', lock), {
    files: ['actions/a/src/main.ts', 'packages/x/src/used.ts'],
    libraries: ['@s/asn1@0.2.6', 'ssh2@1.16.0', 'zod@4.6.7'],
  });
  t.throws(() => heldBy(metafile, 'actions/c/src/main.ts', lock), { message: /no entry point actions\/c/ });
  t.throws(() => heldBy(metafile, 'actions/b/src/main.ts', {}), {
    message: /has no \.\.\/elsewhere\/node_modules\/ssh2/,
  });
});

test('what differs from a release', (t) => {
  const old = {
    ...{ name: 'a', version: '1.0.0', definition },
    files: { 'a.ts': '1', 'b.ts': '1', 'c.ts': '1' },
    parts: ['axios@1.0.0', '@s/asn1@0.2.6', 'zod@3.0.0', 'zod@4.0.0'],
  };
  t.deepEqual(
    differenceFrom(old, { 'a.ts': '1', 'b.ts': '2', 'd.ts': '1' }, ['axios@1.1.0', 'tar@7.5.0', 'zod@4.0.0']),
    {
      files: ['b.ts', 'c.ts', 'd.ts'],
      parts: ['@s/asn1 is gone', 'axios 1.0.0 → 1.1.0', 'tar 7.5.0 is new', 'zod 3.0.0, 4.0.0 → 4.0.0'],
    },
  );
  t.is(blobId(Buffer.from('hello\n')), 'ce013625030ba8dba906f756967f9e9ca394464a', 'as git hash-object');
  t.throws(() => parseRecord('{}', 'actions/a/release.json'), {
    message: /^actions\/a\/release\.json is not a record/,
  });
});
