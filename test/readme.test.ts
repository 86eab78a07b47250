import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { root } from '../scripts/workspaces.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a reader of the README would; `until` is answered with Ctrl-C once it was said. */
function shell(command: string, until?: RegExp): Promise<Ended> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: root,
    env: { ...process.env, PATH: path },
    detached: true,
  });
  let [stdout, stderr] = ['', ''];
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted || until?.test(stderr) !== true || child.pid === undefined) return;
    interrupted = true;
    // As a terminal does it: to the whole group, npx and what it runs.
    process.kill(-child.pid, 'SIGINT');
  };
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    interrupt();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`: npx may be gone before what it started.
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));
const inline = [...readme.matchAll(/`(np[mx] [^`]+)`/g)].map(([, command = '']) => command);

/** Every command of the README, and the test that runs it. `npm ci` and the tests themselves are what runs this file. */
const seen: Readonly<Record<string, 'here' | 'by ci' | 'by test:act'>> = {
  'npm ci && npm start': 'here',
  'npm cit': 'by ci',
  'npx tagflow lab up': 'here',
  'npx tagflow lab up -- sh -c \'npx tagflow run upstream --config "$TAGFLOW_CONFIG" --password-env DLRN_PASSWORD\'':
    'here',
  'npx tagflow run --help': 'here',
  'npx tagflow get-repo-hash --help': 'here',
  'npm run act': 'by test:act',
};

test('the README names no command that is not run by a test', (t) => {
  t.deepEqual([...new Set([...commands, ...inline])].sort(), Object.keys(seen).sort());
});

test('npm start runs the four phases and ends with where each label points', async (t) => {
  const { code, stderr } = await shell('npm start');
  t.is(code, 0, stderr);
  const rows = stderr
    .split('\n')
    .filter((line) => /^(?:tripleo-ci-testing|current-tripleo\S*) +[0-9a-f]{12}/.test(line));
  t.deepEqual(
    rows.map((row) => row.split(/ +/)[0]),
    ['tripleo-ci-testing', 'current-tripleo', 'current-tripleo-rdo', 'current-tripleo-rdo-internal'],
  );
  t.is(new Set(rows.map((row) => row.split(/ +/)[1])).size, 1, 'all on one hash');
  t.true(
    rows.every((row) => row.endsWith('agree')),
    rows.join('\n'),
  );
  // The README shows this very table.
  for (const row of rows) t.true(readme.includes(row), row);
});

test('a lab that keeps running prints its tagflow.yaml and ends with Ctrl-C', async (t) => {
  const { stdout, stderr } = await shell('npx tagflow lab up', /Ctrl-C ends it/);
  t.regex(stdout, /^release: master\n/);
  const [, folder] = /npx tagflow run --config (\S+)\/tagflow\.yaml --password-env DLRN_PASSWORD/.exec(stderr) ?? [];
  t.is(typeof folder, 'string', stderr);
  t.false(existsSync(folder ?? ''), 'nothing is left of it');
});

test('a phase inside a lab', async (t) => {
  const command = commands.find((line) => line.includes('sh -c')) ?? '';
  const { code, stdout, stderr } = await shell(command);
  t.is(code, 0, stderr);
  t.is((JSON.parse(stdout) as { readonly outcome: string }).outcome, 'done');
});

for (const command of ['npx tagflow run --help', 'npx tagflow get-repo-hash --help']) {
  test(command, async (t) => {
    const { code, stdout } = await shell(command);
    t.is(code, 0);
    t.regex(stdout, /Inputs:[^]*--config/);
  });
}
