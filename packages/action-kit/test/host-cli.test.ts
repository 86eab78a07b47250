import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type CliIo, KitError, runCli, systemClock } from '../src/index.ts';
import { sampleAction } from './support/sample-action.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly result: { outcome: string; outputs: Record<string, string>; error?: Record<string, unknown> };
  readonly folder: string;
}

async function run(
  t: ExecutionContext,
  argv: readonly string[],
  options: { readonly env?: Record<string, string>; readonly io?: Partial<CliIo> } = {},
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const written = { stdout: '', stderr: '' };
  const io: CliIo = {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    env: { RUNNER_TEMP: folder, ...options.env },
    cwd: folder,
    isTTY: false,
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0.5,
    actor: 'cli:me@here',
    ...options.io,
  };
  const code = await runCli(sampleAction, argv, io);
  const isHelp = argv.includes('--help');
  return { code, ...written, result: isHelp ? {} : JSON.parse(written.stdout), folder };
}

test('prints one JSON object and keeps secrets out of words and output', async (t) => {
  const { code, stdout, stderr, result } = await run(
    t,
    ['--release', 'master', '--password-env', 'PW', '--concurrency=8', '--timeout', '2h', '--dlrn-url', 'http://h/x'],
    { env: { PW: 'hunter2hunter2\n', OTHER: 'x', DLRN_PASSWORD: 'y' } },
  );
  t.is(code, 0);
  t.is(stdout.split('\n').length, 2);
  t.is(result.outcome, 'done');
  t.deepEqual(JSON.parse(result.outputs['note']!), {
    release: 'master',
    dryRun: false,
    actor: 'cli:me@here',
    concurrency: 8,
    timeout: 7_200_000,
    destinations: [],
    url: 'http://h/x',
    childEnv: ['RUNNER_TEMP', 'OTHER'],
  });
  t.is(await readFile(result.outputs['plan']!, 'utf8'), '{}');
  t.true(stderr.startsWith('the password is *** and in base64 ***\ncopy: 3 of 3 containers\ndone\n'), stderr);
});

test('a list flag may be repeated, and a boolean stands alone or with =', async (t) => {
  const { result } = await run(t, ['--release=x', '--destinations', 'a,b', '--destinations=c', '--dry-run']);
  t.is(result.outcome, 'planned');
  t.deepEqual(JSON.parse(result.outputs['note']!).destinations, ['a', 'b', 'c']);
  t.is((await run(t, ['--release=x', '--dry-run=false'])).result.outcome, 'done');
});

test('reads a secret from a file below the current folder', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'key'), '-----BEGIN-----\nlinetwo\n-----END-----\n');
  const { stderr } = await run(t, ['--release', 'x', '--ssh-key-file', 'key'], { io: { cwd: folder } });
  t.regex(stderr, /key line \*\*\*\nkey line \*\*\*\nkey line \*\*\*\nkey line \n/);
});

const refused: readonly [title: string, argv: readonly string[], problem: string, absent?: string][] = [
  [
    'a secret as a word, and does not repeat it',
    ['--password', 'hunter2'],
    'input "password" is a secret and is not taken from the command line, where others can read it: ' +
      'give --password-file PATH or --password-env NAME',
    'hunter2',
  ],
  ['a secret with =, and does not repeat it', ['--password=hunter2'], 'give --password-file PATH', 'hunter2'],
  ['a secret that looks like a flag', ['--password', '--hunter2'], 'give --password-file PATH', 'hunter2'],
  ['an unknown flag', ['--relaese', 'hunter2'], 'flag --relaese does not exist; did you mean --release?', 'hunter2'],
  [
    'an unknown flag of a secret',
    ['--pasword-file', 'x'],
    'flag --pasword-file does not exist; did you mean --password-file?',
  ],
  ['an unknown flag like nothing', ['--zzzzzzzz=hunter2'], 'flag --zzzzzzzz does not exist;', 'hunter2'],
  ['a word without a flag', ['hunter2'], 'argument 3 is not a flag: every input is given as --name VALUE', 'hunter2'],
  ['a boolean with a separate value', ['--dry-run', 'false'], 'argument 4 is not a flag'],
  ['a boolean that is neither', ['--dry-run=yes'], 'input "dry-run": "yes" is not true or false'],
  ['a flag without a value', ['--timeout', '--dry-run'], 'flag --timeout has no value'],
  ['a flag without a value at the end', ['--timeout'], 'flag --timeout has no value'],
  ['a flag twice', ['--timeout', '1s', '--timeout=2s'], 'flag --timeout is given twice'],
  ['a secret twice', ['--password-env', 'A', '--password-file', 'b'], 'input "password" is given twice'],
  [
    'a variable that is not set',
    ['--password-env', 'NOT_THERE'],
    'input "password": the variable NOT_THERE, which --password-env names, is not set',
  ],
  ['a variable that is no name', ['--password-env', 'hunter2!'], 'the variable which --password-env names', 'hunter2'],
  [
    'a secret file that is not there',
    ['--password-file', 'gone'],
    'input "password": the file that --password-file names, gone, cannot be read (ENOENT)',
  ],
  ['an empty secret file', ['--password-file', '/dev/null'], 'names, /dev/null, is empty'],
  ['an outcome that does not exist', ['--ok-outcomes', 'done,fine'], 'input "ok-outcomes": "fine" is not one of done'],
  ['an empty --out-dir', ['--out-dir='], 'flag --out-dir has an empty value'],
  [
    'an --out-dir that cannot be',
    ['--out-dir', '/dev/null/x'],
    'the folder /dev/null/x for output files cannot be made',
  ],
];

for (const [title, argv, problem, absent] of refused) {
  test(`refuses ${title}`, async (t) => {
    const { code, stdout, stderr, result } = await run(t, ['--release', 'x', ...argv]);
    t.is(code, 2);
    t.is(result.outcome, 'invalid');
    t.is(result.error?.['code'], 'invalid-inputs');
    t.true(String(result.error?.['message']).includes(problem.replace(/;$/, '')), stdout);
    t.true(stderr.includes(problem.replace(/;$/, '')), stderr);
    if (absent !== undefined) t.false((stdout + stderr).includes(absent), stdout + stderr);
  });
}

test('tells all that is wrong at once, a line each', async (t) => {
  const { code, stderr, folder } = await run(t, [
    '--how',
    'zed',
    '--timeout',
    '90',
    '--password',
    'x',
    '--colour',
    'red',
  ]);
  t.is(code, 2);
  const lines = stderr.trimEnd().split('\n');
  t.is(lines.filter((line) => line.startsWith('invalid: ')).length, 5, stderr);
  t.regex(stderr, /input "release" is missing: it is required\n/);
  t.regex(lines.at(-1)!, /^ {2}next: See the inputs of sample-action/);
  t.deepEqual(await readdir(folder), [], 'a run that wrote no file leaves no folder');
});

test('exit codes are those of the outcomes', async (t) => {
  t.is((await run(t, ['--release=x', '--how=nothing'])).code, 0);
  t.is((await run(t, ['--release=x', '--how=unexpected'])).code, 1);
  t.is((await run(t, ['--release=x', '--how=throw'])).code, 3);
  const { code, result, stderr } = await run(t, ['--release=x', '--how=blocked']);
  t.is(code, 5);
  t.deepEqual(result, {
    outcome: 'blocked',
    outputs: { 'full-hash': 'abc' },
    error: { code: 'blocked', message: 'job periodic-1 failed', causes: [] },
  });
  t.is(stderr, 'blocked: job periodic-1 failed\n');
});

test('--ok-outcomes changes the exit code only when it is given', async (t) => {
  t.is((await run(t, ['--release=x', '--how=blocked', '--ok-outcomes', 'done,blocked'])).code, 0);
  t.is((await run(t, ['--release=x', '--how=throw', '--ok-outcomes', 'done,blocked'])).code, 3);
  t.is((await run(t, ['--release=x', '--how=nothing', '--ok-outcomes', 'done'])).code, 1);
});

test('an error tells its code, its causes on a line each, and what to do next, without secrets', async (t) => {
  const { result, stderr } = await run(t, ['--release=x', '--how=throw', '--password-env=PW'], {
    env: { PW: 'hunter2' },
  });
  t.deepEqual(result.error, {
    code: 'hash-changed',
    message: 'label moved, password ***',
    next: 'Run it again.',
    causes: ['refused for ***', 'AggregateError', 'connect refused'],
  });
  t.is(
    stderr,
    'waiting: label moved, password ***\n  because: refused for ***\n  because: AggregateError\n  because: connect refused\n  next: Run it again.\n',
  );
});

test('an unexpected error shows its stack only in the debug log', async (t) => {
  const quiet = await run(t, ['--release=x', '--how=unexpected']);
  t.is(quiet.result.error?.['code'], 'unexpected');
  t.notRegex(quiet.stderr, /sample-action\.ts/);
  const loud = await run(t, ['--release=x', '--how=unexpected', '--log-level=debug', '--password-env=PW'], {
    env: { PW: 'hunter2' },
  });
  t.regex(loud.stderr, /debug: TypeError: x is not a function, \*\*\*\n +at .*sample-action\.ts/);
});

test('--log-level warning keeps quiet', async (t) => {
  t.notRegex((await run(t, ['--release=x', '--log-level=warning'])).stderr, /the password is/);
});

test('control characters of a remote do not reach the terminal', async (t) => {
  const { stderr } = await run(t, ['--release=x', '--how=commands']);
  t.true(stderr.includes('[2Jgone'));
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  t.notRegex(stderr, /[\u001b\r]/);
});

test('an output that holds a secret is masked, and it is said', async (t) => {
  const { result, stderr } = await run(t, ['--release=x', '--how=leak', '--password-env=PW'], {
    env: { PW: 'hunter2hunter2' },
  });
  t.is(result.outputs['note'], 'it was ***');
  t.regex(stderr, /warning: output note held a secret/);
});

test('an abort ends the work with the outcome failed and the reason', async (t) => {
  const controller = new AbortController();
  const ran = run(t, ['--release=x', '--how=sleep'], { io: { signal: controller.signal } });
  controller.abort(new KitError('interrupted', ['interrupted by SIGTERM']));
  const { code, result } = await ran;
  t.is(code, 1);
  t.is(result.error?.['code'], 'interrupted');
});

test('a crash ends work that never comes back, also when it was interrupted before', async (t) => {
  const [interrupt, crash] = [new AbortController(), new AbortController()];
  const onWords = (text: string): void => {
    if (!text.includes('stuck')) return;
    interrupt.abort(new KitError('interrupted', ['interrupted by SIGTERM']));
    crash.abort(new KitError('crashed', ['lost'], { outcome: 'half-done' }));
  };
  const { code, result } = await run(t, ['--release=x', '--how=stuck'], {
    io: { signal: interrupt.signal, crash: crash.signal, stderr: { write: onWords } },
  });
  t.is(code, 4);
  t.is(result.error?.['code'], 'crashed');
});

test('--out-dir is made, and kept', async (t) => {
  const { result, folder } = await run(t, ['--release=x', '--out-dir=a/b']);
  t.is(result.outputs['plan'], join(folder, 'a/b/plan.json'));
});

test('on a terminal, progress is one line that gives way to words', async (t) => {
  const { stderr } = await run(t, ['--release=x'], { io: { isTTY: true, clock: { ...systemClock, now: () => 0 } } });
  const clear = '\r\u001b[K';
  t.true(stderr.endsWith(`${clear}copy: 1 of 3 containers${clear}copy: 3 of 3 containers\ndone\n`), stderr);
});

test('--help is generated from the definition and runs nothing', async (t) => {
  const { code, stdout, stderr } = await run(t, ['--help', '--nonsense']);
  t.is(code, 0);
  t.is(stderr, '');
  for (const part of [
    'Does what a test asks for.',
    '  tagflow sample-action --release STRING [flags]',
    '  --password-file PATH, --password-env NAME',
    '  --dry-run[=false]',
    'a whole number from 1 to 16; default 4',
    '  5 blocked',
  ]) {
    t.true(stdout.includes(part), part);
  }
  t.true(stdout.split('\n').every((line) => line.length <= 100));
});
