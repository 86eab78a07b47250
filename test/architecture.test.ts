import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'ava';
import { filesBelow, root, type Workspace, workspaces } from '../scripts/workspaces.ts';
import { type Importer, importsOf, refusal } from './import-rules.ts';

const all = workspaces();
const actions = all.filter(({ kind }) => kind === 'action').map(({ name }) => name);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const linesOf = (file: string): number => read(file).split('\n').length - 1;

function importer(workspace: Workspace, file: string): Importer {
  const { kind, name, folder } = workspace;
  const isTest = file.startsWith(`${kind}s/${name}/test/`);
  return {
    kind,
    name,
    isTest,
    declared: isTest
      ? [
          ...workspace.dependencies,
          ...workspace.devDependencies,
          ...Object.keys(manifest.devDependencies),
          `@tagflow/${name}`,
        ]
      : workspace.dependencies,
    depth: join(root, file).slice(folder.length).split('/').length - 2,
  };
}

test('imports go one way and are declared', (t) => {
  const checked = all.flatMap((workspace) =>
    filesBelow(workspace.folder, '{src,test}/**/*.ts').flatMap((file) =>
      importsOf(read(file)).map((specifier) => ({
        line: `${file}: "${specifier}"`,
        reason: refusal(importer(workspace, file), specifier, actions),
      })),
    ),
  );
  t.true(checked.length > 100, 'the imports were found');
  t.deepEqual(
    checked.filter(({ reason }) => reason !== null).map(({ line, reason }) => `${line}: ${reason}`),
    [],
  );
});

const declared = ['@tagflow/model', '@tagflow/oci', '@tagflow/wiring', '@tagflow/lab', '@tagflow/sync-images', 'axios'];
const file = (kind: Importer['kind'], name: string, isTest = false): Importer => ({
  kind,
  name,
  declared,
  isTest,
  depth: 1,
});

const rules: readonly (readonly [string, Importer, string, boolean])[] = [
  ['a client builds on the model', file('package', 'dlrn'), '@tagflow/model', true],
  ['clients never import each other', file('package', 'dlrn'), '@tagflow/oci', false],
  ['the model imports nothing', file('package', 'model'), '@tagflow/oci', false],
  ['a package that the table does not know imports nothing', file('package', 'new'), '@tagflow/model', false],
  ['the lab never imports the clients that it stands in for', file('package', 'lab'), '@tagflow/oci', false],
  ['a test may use the lab', file('package', 'oci', true), '@tagflow/lab', true],
  ['shipped code may not use the lab', file('package', 'oci'), '@tagflow/lab', false],
  ['an action may use a client', file('action', 'get-repo-hash'), '@tagflow/oci', true],
  ['actions never import each other', file('action', 'get-repo-hash'), '@tagflow/sync-images', false],
  ['the action that flips wires the destinations', file('action', 'promote-symlink'), '@tagflow/wiring', true],
  ['no other action does', file('action', 'get-repo-hash'), '@tagflow/wiring', false],
  ['the command line wires as well', file('package', 'cli'), '@tagflow/wiring', true],
  ['axios is at home in http', file('package', 'http'), 'axios', true],
  ['and nowhere else', file('package', 'dlrn'), 'axios', false],
  ['what package.json does not list is refused', file('package', 'http'), 'undici', false],
  ['deep imports are refused', file('package', 'dlrn'), '@tagflow/model/src/hash.ts', false],
  ['neighbours are imported by path', file('package', 'dlrn'), './client.ts', true],
  ['a test imports the sources beside it', file('package', 'dlrn', true), '../src/client.ts', true],
  ['a path does not leave the package', file('package', 'dlrn'), '../../oci/src/index.ts', false],
];

for (const [title, from, specifier, allowed] of rules) {
  test(`import rule: ${title}`, (t) => {
    t.is(refusal(from, specifier, ['get-repo-hash', 'sync-images', 'promote-symlink']) === null, allowed);
  });
}

test('every way to import is seen', (t) => {
  const source = [
    "import a from 'a';",
    "import type { B } from 'b';",
    "export { c } from 'c';",
    "const d = await import('d');",
    "import 'e';",
  ];
  t.deepEqual([...importsOf(source.join('\n'))].toSorted(), ['a', 'b', 'c', 'd', 'e']);
});

test('an action is small: action.ts, run.ts and main.ts have at most 150 lines, comments counted', (t) => {
  const sizes = actions.map((name) => {
    const files = ['action.ts', 'run.ts', 'main.ts'].map((file) => join('actions', name, 'src', file));
    return { name, lines: files.reduce((sum, file) => sum + (existsSync(join(root, file)) ? linesOf(file) : 0), 0) };
  });
  t.deepEqual(
    sizes.filter(({ lines }) => lines > 150),
    [],
  );
});

test('beside them an action has only what reads its inputs and writes its outputs; anything else is a package (ADR 3)', (t) => {
  const known = [
    'action.ts',
    'main.ts',
    'run.ts',
    'inputs.ts',
    'settings.ts',
    'modes.ts',
    'places.ts',
    'needed.ts',
    'results.ts',
  ];
  const files = actions.flatMap((name) => filesBelow(join(root, 'actions', name), 'src/**/*.ts'));
  t.true(files.length > actions.length, 'the files were found');
  t.deepEqual(
    files.filter((path) => !known.includes(basename(path)) || linesOf(path) > 200),
    [],
  );
});

test('no source file of a package has more than 300 lines', (t) => {
  const files = filesBelow(join(root, 'packages'), '*/src/**/*.ts').map((path) => ({ path, lines: linesOf(path) }));
  t.true(files.length > 20, 'the files were found');
  t.deepEqual(
    files.filter(({ lines }) => lines > 300),
    [],
  );
});

test('nothing is exported by default, but by configurations', (t) => {
  const files = ['packages', 'actions', 'scripts', 'test'].flatMap((folder) =>
    filesBelow(join(root, folder), '**/*.ts'),
  );
  t.deepEqual(
    files.filter((path) => !/\.config\.ts$|\/node_modules\//.test(path) && /^export default\b/m.test(read(path))),
    [],
  );
});

for (const name of actions) {
  test(`the action ${name} is complete`, (t) => {
    const folder = join(root, 'actions', name);
    const parts = ['package.json', 'src/action.ts', 'src/main.ts', 'README.md', 'action.yml'];
    t.deepEqual(
      parts.filter((part) => !existsSync(join(folder, part))),
      [],
    );
    t.not(globSync('test/**/*.test.ts', { cwd: folder }).length, 0, 'it has no test');
  });
}
