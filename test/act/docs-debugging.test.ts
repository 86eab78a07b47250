import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import test from 'ava';
import { attach } from '../../packages/action-kit/test/support/inspector-client.ts';
import { root } from '../../scripts/workspaces.ts';
import { blocks, commandsOf, shell, textOf } from '../docs-page.ts';

// docs/debugging.md, as a reader would follow it.

const page = 'debugging.md';
const commands = commandsOf(page);
const commandWith = (mark: string): string =>
  commands.find((command) => command.includes(mark)) ?? `echo no ${mark}; false`;

// npm and npx start what the lock file names, as they do for a reader.
const env = { PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter), CI: 'true' };

/** How each command is known, and a line that it prints. */
const ends: readonly (readonly [string, RegExp])[] = [
  [
    'npm run act -- upstream\n',
    /promote {2}promote-symlink: done: current-tripleo → [^]*phase-upstream\.yml: succeeded/,
  ],
  ['--keep', /pin {2}promote-symlink: done: tripleo-ci-testing →/],
  ['--job hash --config', /pin {2}promote-symlink: done[^]*hash {2}get-repo-hash: done/],
  ['--log-level debug', /"outcome":"done"/],
  ['RUNNER_DEBUG=1', /log-level: "debug"/],
];
const inspected = '--inspect promote-symlink';
const sources = 'TAGFLOW_INSPECT=get-repo-hash';

test('docs/debugging.md: every command is run by a test', (t) => {
  const marks = [...ends.map(([mark]) => mark), inspected, sources];
  for (const command of commands) {
    t.is(marks.filter((mark) => `${command}\n`.includes(mark)).length, 1, command);
  }
  t.is(commands.length, marks.length);
  // It takes a debugger, and is what that test is about.
  t.true(readFileSync(join(root, 'test/act/breakpoints.test.ts'), 'utf8').includes("'--inspect'"));
});

for (const [mark, says] of ends) {
  test.serial(`docs/debugging.md: ${mark.trim()}`, async (t) => {
    const command = commands.find((each) => `${each}\n`.includes(mark)) ?? '';
    const { error, stdout, stderr } = await shell(command, root, env);
    t.is(error, null, stdout + stderr);
    t.regex(stdout, says);
    if (mark !== '--keep') return;
    const kept = /^kept: (\S+)/m.exec(stdout)?.[1] ?? '';
    t.teardown(() => rm(kept, { recursive: true }));
    const [lab, run = ''] = (await readdir(kept)).toSorted();
    t.is(lab, 'lab');
    t.true(existsSync(join(kept, 'lab/ledger.db')));
    t.true(existsSync(join(kept, run, 'checkout/.github/workflows')));
    t.false(existsSync(join(kept, run, 'secrets.yml')));
  });
}

test.serial('docs/debugging.md: a command from its sources waits, and prints the line of the page', async (t) => {
  const child = spawn('sh', ['-c', commandWith(sources)], {
    cwd: root,
    env: { ...process.env, ...env, TAGFLOW_INSPECT_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill());
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += String(text)));
  const { promise: url, resolve } = Promise.withResolvers<string>();
  child.stderr.on('data', (text) => {
    stderr += String(text);
    const found = /\((ws:\S+)\)/.exec(stderr)?.[1];
    if (found !== undefined) resolve(found);
  });
  const ended = new Promise<number | null>((end) => child.once('close', end));
  const client = await attach(await Promise.race([url, ended.then(() => 'ws://127.0.0.1:1')]));
  await client.send('Debugger.enable');
  t.true(
    client.seen('Debugger.scriptParsed').some(({ url: script }) => `${script}`.endsWith('get-repo-hash/src/action.ts')),
  );
  await client.send('Runtime.runIfWaitingForDebugger');
  await client.next('Debugger.paused');
  await client.send('Debugger.resume');
  client.close();
  t.is(await ended, 0, stderr);
  t.regex(stdout, /"outcome":"done"/);
  const [shown = ''] = blocks(page, 'text');
  const line = shown.replace('promote-symlink', 'get-repo-hash').replace(':9229', '');
  t.true(stderr.replace(/127\.0\.0\.1:\d+: attach/, '127.0.0.1: attach').includes(line), stderr);
});

test('docs/debugging.md: launch.json is what the step listens to, and the page says what the code prints', (t) => {
  const launch = JSON.parse(blocks(page, 'json')[0] ?? '{}') as {
    readonly configurations: readonly { readonly address: string; readonly port: number }[];
  };
  t.like(launch.configurations[0], { request: 'attach', address: '127.0.0.1', port: 9229 });
  const code = readFileSync(join(root, 'packages/action-kit/src/inspect.ts'), 'utf8');
  t.true(code.includes("defaultPort = '9229'") && code.includes("'127.0.0.1'"));
  t.false(textOf(page).includes('0.0.0.0'));
});
