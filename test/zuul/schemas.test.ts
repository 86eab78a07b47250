import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { allInputs, type AnyAction } from '@tagflow/action-kit';
import anyTest, { type TestFn } from 'ava';
import { parseDocument } from 'yaml';
import { loadAction } from '../../packages/cli/src/catalogue.ts';
import { root } from '../../scripts/workspaces.ts';
import { commandsOf, shell, tagflow } from '../docs-page.ts';
import { docsYaml } from './docs-zuul.ts';
import { ansiblePlaybook, zuulPython } from './zuul-places.ts';
import { jobsOfLine, stanzas } from './zuul-line.ts';

// What is in zuul.d, playbooks, roles and docs/zuul.md, by Zuul's own schemas and Ansible's own reader. None of Zuul's services runs.

const test = anyTest as TestFn<{ readonly folder: string }>;
test.before(async (t) => {
  t.context = { folder: await mkdtemp(join(tmpdir(), 'tagflow-zuul-schemas-')) };
});
test.after.always((t) => rm(t.context.folder, { recursive: true }));

const run = promisify(execFile);

/** Returns what the schemas of Zuul have against the files; empty when nothing. */
async function complaints(files: readonly string[]): Promise<readonly string[]> {
  const ended = run(zuulPython, [join(import.meta.dirname, 'validate_zuul.py'), ...files]);
  const { stdout } = await ended.catch((error: unknown) => error as { readonly stdout: string });
  const lines = stdout.trim().split('\n');
  return lines.length < files.length
    ? [`checked less than ${String(files.length)} files`]
    : lines.filter((line) => !line.endsWith(': ok'));
}

/** Returns what Ansible has against a playbook; empty when nothing. */
async function syntaxOf(playbook: string): Promise<string> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: tmpdir(),
    LC_ALL: 'C.UTF-8',
    ANSIBLE_ROLES_PATH: join(root, 'roles'),
    ANSIBLE_LOCALHOST_WARNING: 'False',
  };
  const words = ['--syntax-check', '-i', 'localhost,', playbook];
  return run(ansiblePlaybook, words, { env }).then(
    () => '',
    (error: unknown) => String((error as { readonly stderr: string }).stderr),
  );
}

async function filesBelow(folder: string, extension: string): Promise<readonly string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => name.endsWith(extension)).map((name) => join(root, folder, name));
}

test('zuul.d and every stanza of docs/zuul.md are what Zuul takes', async (t) => {
  const written = [];
  for (const [place, text] of docsYaml()) {
    if (place.startsWith('playbooks/')) continue;
    const path = join(t.context.folder, `docs-${place.replaceAll(/\W/g, '-')}.yaml`);
    await writeFile(path, text);
    written.push(path);
  }
  t.is(written.length, 4);
  t.deepEqual(await complaints([...(await filesBelow('zuul.d', '.yaml')), ...written]), []);
});

test('the command of docs/zuul.md prints jobs that Zuul takes', async (t) => {
  const folder = join(t.context.folder, 'reader');
  await mkdir(folder);
  await copyFile(join(root, 'packages/config/examples/master-centos7.yaml'), join(folder, 'tagflow.yaml'));
  const commands = commandsOf('zuul.md');
  t.is(commands.length, 1);
  for (const command of commands) {
    const { stdout, stderr, error } = await shell(command.replace('npx tagflow', tagflow), folder, {});
    t.is(error, null, stderr);
    const { outputs } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      readonly outputs: { readonly matrix: string };
    };
    await writeFile(join(folder, 'tests.yaml'), outputs.matrix);
    t.deepEqual(await complaints([join(folder, 'tests.yaml')]), []);
    t.regex(outputs.matrix, /name: tagflow-upstream-tests/);
  }
});

const wrong: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
  'a key that does not exist': ['- job: { name: a, nodesett: b }', /extra keys not allowed @ data\['nodesett'\]/],
  'a variable that Ansible refuses': [
    '- job: { name: a, vars: { full-hash: b } }',
    /Invalid Ansible variable name 'full-hash'/,
  ],
  'a kind that does not exist': ['- jobs: { name: a }', /no stanza of this kind/],
  'a dependency that is no name': [
    '- job: { name: a, dependencies: [{ nam: b }] }',
    /extra keys not allowed|required key/,
  ],
  'a semaphore without a name': ['- semaphore: { max: 1 }', /required key not provided/],
  'a pipeline without a manager': ['- pipeline: { name: a }', /required key not provided/],
  'a template that has a wrong job': [
    '- project-template: { name: a, line: { jobs: [{ b: { depends: c } }] } }',
    /line/,
  ],
  'no YAML': ['- job: [', /bad-\d+\.yaml: /],
  'no list': ['job: { name: a }', /not a list of stanzas/],
};
test('a wrong file is found', async (t) => {
  for (const [index, [name, [text, says]]] of Object.entries(wrong).entries()) {
    const path = join(t.context.folder, `bad-${String(index)}.yaml`);
    await writeFile(path, text);
    t.regex((await complaints([path])).join('\n'), says, name);
  }
});

test('the playbooks here and in docs/zuul.md are what Ansible takes, and a wrong one is found', async (t) => {
  const folder = join(t.context.folder, 'playbooks');
  await mkdir(folder);
  const written = [];
  for (const [place, text] of docsYaml()) {
    if (!place.startsWith('playbooks/')) continue;
    written.push(join(folder, basename(place)));
    await writeFile(join(folder, basename(place)), text);
  }
  t.is(written.length, 2);
  for (const path of [...(await filesBelow('playbooks', '.yaml')), ...written]) t.is(await syntaxOf(path), '', path);

  await writeFile(join(folder, 'bad.yaml'), '- hosts: localhost\n  tasks: [{ no_such_module: {} }]\n');
  t.regex(await syntaxOf(join(folder, 'bad.yaml')), /couldn't resolve module/);
  await writeFile(join(folder, 'bad.yaml'), '- hosts: localhost\n  roles: [no-such-role]\n');
  t.regex(await syntaxOf(join(folder, 'bad.yaml')), /role 'no-such-role' was not found/);
});

test('every YAML file of Zuul and Ansible has no error, no double key and no unknown tag', async (t) => {
  const files = (
    await Promise.all(['zuul.d', 'playbooks', 'roles'].map((folder) => filesBelow(folder, '.yaml')))
  ).flat();
  t.true(files.length > 10);
  for (const file of files) {
    const { errors, warnings } = parseDocument(await readFile(file, 'utf8'), { version: '1.1', uniqueKeys: true });
    t.deepEqual([...errors, ...warnings], [], file);
  }
});

test('what the jobs refer to is there: parents, jobs before them, steps, inputs, secrets', async (t) => {
  const jobs = new Map(stanzas().flatMap(({ job }) => (job === undefined ? [] : [[String(job['name']), job]])));
  const given = ['tagflow-promoter-base', 'tagflow-voter'];
  for (const [name, job] of jobs) {
    t.true(jobs.has(String(job['parent'])) || given.includes(String(job['parent'])), `the parent of ${name}`);
    const vars = (job['vars'] ?? {}) as Readonly<Record<string, unknown>>;
    const steps = (vars['promotion_steps'] ?? []) as readonly Step[];
    const needs = Object.keys((vars['promotion_needs'] ?? {}) as object);
    const before: string[] = [];
    for (const { id, action, inputs, secrets } of steps) {
      const specs = allInputs((await loadAction(action)) as AnyAction);
      t.deepEqual(
        Object.keys(inputs).filter((input) => !Object.hasOwn(specs, input)),
        [],
        `${name}: inputs of ${action}`,
      );
      t.true(
        secrets.every((secret) => specs[secret]?.type === 'secret'),
        name,
      );
      for (const text of JSON.stringify(inputs).matchAll(/"(?<kind>job|step|plan)":"(?<id>[^"]+)"/g)) {
        const { kind, id: other = '' } = text.groups ?? {};
        t.true((kind === 'step' ? before : needs).includes(other), `${name}: ${text[0]}`);
      }
      before.push(id);
    }
    const outputs = (vars['promotion_outputs'] ?? {}) as Readonly<Record<string, { readonly step: string }>>;
    for (const { step } of Object.values(outputs)) t.true(before.includes(step), `${name}: outputs`);
  }
  const templates = stanzas().flatMap(({ 'project-template': template }) => (template === undefined ? [] : [template]));
  t.is(templates.length, 13);
  for (const template of templates) {
    const pipeline = Object.keys(template).find((key) => key.startsWith('tagflow-')) ?? '';
    const name = String(template['name']);
    const line = jobsOfLine(name.endsWith('-test') ? [name.slice(0, -'-test'.length), name] : [name], pipeline);
    const names = line.map((job) => job.name);
    for (const job of line) {
      const missing = job.dependencies.filter((each) => !each.soft && !names.includes(each.name));
      t.deepEqual(missing, [], `${name}: ${job.name} waits for what is not there`);
    }
  }
});

interface Step {
  readonly id: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
}
