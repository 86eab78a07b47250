import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { tool } from '../../scripts/tools.ts';
import { filesBelow, root } from '../../scripts/workspaces.ts';

const exec = promisify(execFile);
const workflows = filesBelow(join(root, '.github/workflows'), '*.yml');
const actions = filesBelow(join(root, 'actions'), '*/action.yml');

/** Returns what the linter prints when it finds something, and an empty text when it is content. */
async function complaints(command: string, args: readonly string[]): Promise<string> {
  try {
    await exec(command, [...args], { cwd: root });
    return '';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    return stdout + stderr || String(error);
  }
}

test('there are workflows and actions to look at', (t) => {
  t.not(workflows.length, 0);
  t.not(actions.length, 0);
});

interface Linter {
  readonly name: string;
  readonly command: () => readonly [string, ...string[]];
  readonly files: readonly string[];
}

const linters: readonly Linter[] = [
  { name: 'actionlint', command: () => [tool('actionlint')], files: workflows },
  { name: 'act', command: () => [tool('act'), '--validate', '--strict', '--workflows'], files: workflows },
  {
    name: 'zizmor',
    command: () => [tool('lint/zizmor'), '--offline', '--quiet', '--config', join(root, '.github/zizmor.yml')],
    files: [...workflows, ...actions],
  },
  {
    name: 'the schema of workflows',
    command: () => [tool('lint/check-jsonschema'), '--builtin-schema', 'vendor.github-workflows'],
    files: workflows,
  },
];

for (const { name, command, files } of linters) {
  test(`${name} finds nothing wrong`, async (t) => {
    const [program, ...args] = command();
    // one by one: act takes no list of files
    for (const file of files) t.is(await complaints(program, [...args, file]), '', file);
  });

  test(`${name} would find something`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagflow-lint-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const file = join(folder, 'bad.yml');
    await writeFile(file, 'on: push\njobs: { a: { runs-on: ubuntu-24.04, stepz: [], steps: [{ uses: a/b@v1 }] } }\n');
    const [program, ...args] = command();
    t.not(await complaints(program, [...args, file]), '');
  });
}

test('the schema of actions accepts every action.yml', async (t) => {
  const schema = ['--builtin-schema', 'vendor.github-actions'];
  t.is(await complaints(tool('lint/check-jsonschema'), [...schema, ...actions]), '');
});
