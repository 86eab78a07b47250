import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { jsonSchema, policyJsonSchema } from '@tagflow/config';
import test from 'ava';
import ts from 'typescript';
import { allActions } from '../scripts/reference/actions.ts';
import { allCommands } from '../scripts/reference/commands.ts';
import { codeGroups } from '../scripts/reference/error-codes.ts';
import { keysOf, type Schema } from '../scripts/reference/schema-keys.ts';
import { referencePages } from '../scripts/reference-pages.ts';
import { root, workspaces } from '../scripts/workspaces.ts';

// The pages of docs/reference are made, so what is tested is that nothing is left out of them. That a text is there for
// each code of a closed set is the type checker's part.

const pages = new Map((await referencePages()).map(({ path, text }) => [path.replace('docs/reference/', ''), text]));
const textOf = (name: string): string => pages.get(name) ?? '';

test('docs/reference: each page on disk is what its definitions say', (t) => {
  t.deepEqual(readdirSync(join(root, 'docs', 'reference')).toSorted(), [...pages.keys()].toSorted());
  for (const [name, text] of pages) {
    const onDisk = readFileSync(join(root, 'docs', 'reference', name), 'utf8');
    t.true(onDisk === text, `${name}: run npm run generate`);
  }
});

test('docs/reference/actions.md: every action with every input and output', async (t) => {
  for (const action of await allActions()) {
    const section = textOf('actions.md').split(`\n## ${action.name}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const name of [...Object.keys(action.inputs as object), ...Object.keys(action.outputs)])
      t.true(section.includes(`| \`${name}\` `), `${action.name}: ${name}`);
  }
});

test('docs/reference/commands.md: every command with its flags; secrets are files and variables', async (t) => {
  const known = await allCommands();
  t.true(known.length >= 14);
  for (const { name, action } of known) {
    const section = textOf('commands.md').split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
    for (const [input, spec] of Object.entries(action.inputs as Record<string, { readonly type: string }>)) {
      t.true(section.includes(spec.type === 'secret' ? `\`--${input}-file\`, \`--${input}-env\`` : `\`--${input}\``));
      if (spec.type === 'secret') t.false(section.includes(`\`--${input}\``), `${name}: ${input}`);
    }
  }
});

for (const [name, schema] of [
  ['tagflow-yaml.md', await jsonSchema()],
  ['policy-files.md', await policyJsonSchema()],
] as const) {
  test(`docs/reference/${name}: every key has a type and says what it is for`, (t) => {
    const keys = keysOf(schema as Schema);
    t.deepEqual(
      keys.filter(({ description, type }) => description === '' || type === '').map(({ path }) => path),
      [],
    );
    for (const { path } of keys) t.regex(textOf(name), new RegExp(`^\\| \\[?\`${RegExp.escape(path)}\``, 'm'));
  });
}

test('keys of a schema: forms are joined, required and default are told', (t) => {
  const kind = (form: string): Schema => ({ type: 'string', const: form, description: `A ${form}.` });
  const schema: Schema = {
    type: 'object',
    required: ['list'],
    properties: {
      list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } } },
      one: {
        oneOf: [
          { type: 'object', properties: { kind: kind('a'), poll: { type: 'string', description: 'How often.' } } },
          { type: 'object', properties: { kind: kind('b'), poll: { type: 'string', description: 'How often.' } } },
        ],
      },
      mode: { enum: ['x', 'y'], default: 'x', description: 'Which.' },
    },
  };
  const none = { default: null, required: false, description: '' };
  t.deepEqual(keysOf(schema), [
    { ...none, path: 'list', type: 'list of groups', required: true },
    { ...none, path: 'list[].n', type: 'number from 1' },
    { ...none, path: 'one', type: 'group' },
    { ...none, path: 'one.kind', type: '`a`, `b`', description: 'a: A a. b: A b.' },
    { ...none, path: 'one.poll', type: 'text', description: 'a, b: How often.' },
    { path: 'mode', type: '`x`, `y`', default: 'x', required: false, description: 'Which.' },
  ]);
});

test('docs/reference/workflows.md: every reusable workflow, with where each secret goes', (t) => {
  const files = readdirSync(join(root, '.github/workflows')).filter((file) =>
    /^(?:phase-|all-phases\.|promotion\.)/.test(file),
  );
  for (const file of files) t.true(textOf('workflows.md').includes(`## ${file}\n`), file);
  t.regex(textOf('workflows.md'), /^\| `DLRN_PASSWORD` .*`promote-symlink: password`/m);
});

interface Raised {
  readonly errors: string;
  readonly code: string;
  readonly outcome: string | null;
  readonly where: string;
}

/** Returns every error that our sources raise with its code written out. */
function raisedErrors(): readonly Raised[] {
  return workspaces().flatMap(({ folder }) =>
    readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .flatMap((file) => raisedIn(join(file.parentPath, file.name))),
  );
}

function raisedIn(path: string): readonly Raised[] {
  const found: Raised[] = [];
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isNewExpression(node) || node.arguments === undefined) return;
    const [code, , facts] = node.arguments;
    if (code === undefined || !ts.isStringLiteral(code)) return;
    const outcome = /outcome: '([a-z-]+)'/.exec(facts?.getText() ?? '')?.[1] ?? null;
    found.push({ errors: node.expression.getText(), code: code.text, outcome, where: path.slice(root.length + 1) });
  };
  visit(source);
  return found;
}

test('docs/reference/error-codes.md: every code that is raised, with every outcome that is written out', (t) => {
  const words = new Map(codeGroups.map((group) => [group.errors, group.words]));
  const all = raisedErrors().filter(({ errors }) => words.has(errors));
  t.true(all.length > 300);
  for (const { errors, code, outcome, where } of all) {
    // The parsers' errors have one code, and their first argument is the message.
    if (errors === 'ParseError') continue;
    const told = words.get(errors)?.[code];
    t.truthy(told, `${where}: ${errors} '${code}' has no words`);
    if (outcome !== null)
      t.true(
        told?.outcomes.some((known) => known === outcome),
        `${where}: ${code}, ${outcome}`,
      );
  }
  // What has no words any more is taken out.
  const raised = new Set(all.filter(({ errors }) => errors === 'TagflowError').map(({ code }) => code));
  const loose = Object.keys(words.get('TagflowError') ?? {}).toSorted();
  t.deepEqual(
    loose.filter((code) => !raised.has(code)),
    ['blocked', 'failed', 'half-done', 'unexpected', 'waiting'],
  );
});

test('docs/reference/error-codes.md: every class of errors that there is', (t) => {
  const classes = workspaces().flatMap(({ folder }) =>
    readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(join(file.parentPath, file.name), 'utf8').matchAll(/class (\w+) extends TagflowError/g),
      ])
      .map(([, name = '']) => name),
  );
  const known = codeGroups.map(({ errors }) => errors);
  t.deepEqual(
    classes.filter((name) => !known.includes(name)),
    [],
  );
});

/** Returns the anchors of a page as GitHub makes them of its headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('docs: every link between files leads to a file, and to a heading of it', (t) => {
  const all = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  for (const name of all.map((path) => join('docs', path))) {
    for (const [, link = ''] of readFileSync(join(root, name), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? name : join(dirname(name), path);
      t.true(existsSync(join(root, target)), `${name}: ${link}`);
      if (anchor === undefined) continue;
      t.true(anchorsOf(readFileSync(join(root, target), 'utf8')).includes(anchor), `${name}: ${link}`);
    }
  }
});
