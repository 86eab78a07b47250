import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type GithubCore, runGithub, systemClock } from '../src/index.ts';
import { runChild, sampleMain } from './support/run-child.ts';
import { sampleAction } from './support/sample-action.ts';

interface Step {
  readonly code: number | null;
  readonly stdout: string;
  /** What was printed except the commands that tell the runner what to mask. */
  readonly visible: string;
  readonly masked: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly folder: string;
}

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function stepOf(code: number | null, stdout: string, rest: Pick<Step, 'outputs' | 'summary' | 'folder'>): Step {
  const lines = stdout.split('\n');
  const prefix = '::add-mask::';
  return {
    code,
    stdout,
    visible: lines.filter((line) => !line.startsWith(prefix)).join('\n'),
    masked: lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length)),
    ...rest,
  };
}

/** Runs the sample action in a Node of its own with the real @actions/core, as a runner starts a step. */
async function runRealStep(t: ExecutionContext, inputs: Readonly<Record<string, string>>): Promise<Step> {
  const folder = await makeFolder(t);
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) await writeFile(file, '');
  await mkdir(join(folder, 'temp'));
  const inputEnv = Object.entries({ release: 'x', ...inputs }).map(([name, text]) => [
    `INPUT_${name.toUpperCase()}`,
    text,
  ]);
  const { code, stdout, stderr } = await runChild(sampleMain, [], {
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__self',
    GITHUB_ACTOR: 'octocat',
    RUNNER_TEMP: join(folder, 'temp'),
    ...files,
    ...Object.fromEntries(inputEnv),
  });
  t.is(stderr, '');
  return stepOf(code, stdout, {
    outputs: parseOutputs(await readFile(files.GITHUB_OUTPUT, 'utf8')),
    summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    folder,
  });
}

function parseOutputs(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^([^\n]+)<<(ghadelimiter_\S+)\n(.*?)\n\2$/gms)];
  return Object.fromEntries(pairs.map(([, name, , value]) => [name, value]));
}

/** Runs the sample action in this process, with a core that writes as the real one does. */
async function runStep(
  t: ExecutionContext,
  inputs: Readonly<Record<string, string>>,
  options: {
    readonly folder?: string;
    readonly isDebug?: boolean;
    readonly temp?: string;
    readonly summary?: () => Promise<void>;
  } = {},
): Promise<Step> {
  const folder = options.folder ?? (await makeFolder(t));
  const outputs: Record<string, string> = {};
  const lines: string[] = [];
  let summary = '';
  const command =
    (name: string) =>
    (text = ''): void =>
      void lines.push(`::${name}::${text.replaceAll('\n', '%0A')}`);
  const core: GithubCore = {
    getInput: (name) => ({ release: 'x', ...inputs })[name] ?? '',
    setOutput: (name, value) => void (outputs[name] = value),
    setSecret: command('add-mask'),
    startGroup: command('group'),
    endGroup: command('endgroup'),
    debug: command('debug'),
    notice: command('notice'),
    warning: command('warning'),
    error: command('error'),
    info: (text) => void lines.push(text),
    isDebug: () => options.isDebug === true,
    summary: {
      addRaw: (text) => {
        summary += text;
        return { write: options.summary ?? (() => Promise.resolve()) };
      },
    },
  };
  const code = await runGithub(sampleAction, {
    clock: systemClock,
    signal: new AbortController().signal,
    random: () => 0.5,
    env: { RUNNER_TEMP: options.temp ?? folder, GITHUB_STEP_SUMMARY: 'summary' },
    cwd: folder,
    core,
  });
  return stepOf(code, lines.join('\n'), { outputs, summary, folder });
}

test('a step gets typed inputs, sets outputs and writes a summary', async (t) => {
  const { code, outputs, summary, visible, folder } = await runRealStep(t, {
    concurrency: '8',
    destinations: 'a\nb',
    'dry-run': '',
  });
  t.is(code, 0, visible);
  t.is(outputs['outcome'], 'done');
  t.is(outputs['plan'], join(folder, 'temp/tagflow/sample-action-1/plan.json'));
  t.like(JSON.parse(outputs['note']!), {
    release: 'x',
    actor: 'github:octocat',
    concurrency: 8,
    destinations: ['a', 'b'],
    childEnv: [
      'PATH',
      'NODE_NO_WARNINGS',
      'GITHUB_ACTIONS',
      'GITHUB_ACTION',
      'GITHUB_ACTOR',
      'RUNNER_TEMP',
      'GITHUB_STEP_SUMMARY',
    ],
  });
  t.is(summary, '### sample-action: done\n\n| release |\n| --- |\n\n\n');
  t.regex(visible, /^::group::sample-action: inputs\nrelease: "x"\n(.*\n)+::endgroup::\n/m);
  t.regex(visible, /^copy: 3 of 3 containers$/m);
});

test('a multi-line secret is masked line by line and in derived forms, and printed nowhere', async (t) => {
  const key = '-----BEGIN KEY-----\nQUJDREVGR0hJ\n-----END KEY-----\n';
  const step = await runRealStep(t, { 'ssh-key': key, username: 'me', password: 'hunter2' });
  t.is(step.code, 0);
  const expected = [
    'QUJDREVGR0hJ',
    Buffer.from(key).toString('base64'),
    'hunter2',
    Buffer.from('hunter2').toString('base64'),
  ];
  for (const form of [...expected, Buffer.from('me:hunter2').toString('base64')])
    t.true(step.masked.includes(form), form);
  t.true(step.masked.every((form) => form !== '' && !form.includes('%0A')));
  for (const secret of expected) t.false((step.visible + step.summary).includes(secret), secret);
  t.regex(step.visible, /the password is \*\*\* and in base64 \*\*\*/);
  // A secret that is printed before its mask was set is not masked.
  t.true(step.stdout.startsWith('::add-mask::'));
});

test('a failed step has an annotation on one line, its causes, what to do next, and its outcome', async (t) => {
  const { code, visible, outputs, summary } = await runStep(t, { how: 'throw', password: 'hunter2' });
  t.is(code, 3);
  t.deepEqual(outputs, { outcome: 'waiting' });
  t.regex(visible, /^::error::sample-action: waiting: label moved, password \*\*\*$/m);
  t.regex(visible, /^ {2}because: connect refused\n {2}next: Run it again\.$/m);
  t.is(summary, '### sample-action: waiting\n\n- label moved, password \\*\\*\\*\n\nRun it again.\n\n');
});

test('bad inputs are one annotation each, and the outcome is set', async (t) => {
  const { code, visible, outputs } = await runStep(t, { release: '', how: 'zed', timeout: '90' });
  t.is(code, 2);
  t.deepEqual(outputs, { outcome: 'invalid' });
  t.is(visible.match(/^::error::sample-action: invalid: input /gm)?.length, 3, visible);
});

test('ok-outcomes decides whether the step fails, and outputs are set either way', async (t) => {
  const strict = await runStep(t, { how: 'blocked' });
  t.is(strict.code, 5);
  t.deepEqual(strict.outputs, { outcome: 'blocked', 'full-hash': 'abc' });
  t.regex(strict.visible, /^::error::sample-action: blocked: job periodic-1 failed$/m);
  const lenient = await runStep(t, { how: 'blocked', 'ok-outcomes': 'done, blocked' });
  t.is(lenient.code, 0);
  t.is(lenient.outputs['outcome'], 'blocked');
  t.regex(lenient.visible, /^::notice::sample-action: blocked: job periodic-1 failed$/m);
  const picky = await runStep(t, { how: 'nothing', 'ok-outcomes': 'done' });
  t.is(picky.code, 1);
  t.regex(picky.visible, /^::error::sample-action: nothing-to-do: nothing-to-do is not one of ok-outcomes$/m);
});

test('what a remote says is no command to the runner', async (t) => {
  const { visible, outputs } = await runRealStep(t, { how: 'commands' });
  t.notRegex(visible, /^\s*::set-env/m);
  t.notRegex(visible, /##\[/);
  t.regex(visible, /^::warning::two lines$/m);
  t.regex(visible, /^sample-action: done: all is\nwell$/m);
  t.is(outputs['note'], 'first\nsecond');
});

test('debug words are shown for log-level debug, and for a run with debug logging', async (t) => {
  t.regex((await runStep(t, { how: 'unexpected', 'log-level': 'debug' })).visible, /^debug: TypeError/m);
  const step = await runStep(t, { how: 'unexpected' }, { isDebug: true });
  t.regex(step.visible, /^::debug::TypeError/m);
  t.notRegex((await runStep(t, { how: 'unexpected' })).visible, /TypeError/);
});

test('with words after its name it is a command, even on GitHub', async (t) => {
  const { code, stdout } = await runChild(sampleMain, ['--release', 'x', '--how=nothing'], {
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__run',
  });
  t.is(code, 0);
  t.is(JSON.parse(stdout).outcome, 'nothing-to-do');
});

test('each run has a folder of its own, and none where no file was written', async (t) => {
  const folder = await makeFolder(t);
  t.is((await runStep(t, {}, { folder })).outputs['plan'], join(folder, 'tagflow/sample-action-1/plan.json'));
  t.is((await runStep(t, {}, { folder })).outputs['plan'], join(folder, 'tagflow/sample-action-2/plan.json'));
  await runStep(t, { how: 'nothing' }, { folder });
  t.deepEqual((await readdir(join(folder, 'tagflow'))).sort(), ['sample-action-1', 'sample-action-2']);
});

test('a folder that cannot be made is told as invalid', async (t) => {
  const { code, outputs, visible } = await runStep(t, {}, { folder: '/dev/null' });
  t.is(code, 2);
  t.deepEqual(outputs, { outcome: 'invalid' });
  t.regex(visible, /RUNNER_TEMP, \/dev\/null\/tagflow: Error: ENOTDIR/);
});

test('without RUNNER_TEMP the folder has a name that nobody can guess, and is its own', async (t) => {
  const plans = await Promise.all([1, 2].map(async () => (await runStep(t, {}, { temp: '' })).outputs['plan'] ?? ''));
  for (const plan of plans) {
    const folder = dirname(plan);
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    t.is(dirname(folder), tmpdir());
    t.regex(folder, /tagflow-sample-action-\w{6}$/);
    t.is((await stat(folder)).mode & 0o777, 0o700);
  }
  t.not(plans[0], plans[1]);
});

test('a summary that cannot be written fails nothing', async (t) => {
  const { code, visible } = await runStep(t, {}, { summary: () => Promise.reject(new Error('no summary\nhere')) });
  t.is(code, 0);
  t.regex(visible, /^::warning::the job summary cannot be written: Error: no summary here$/m);
});
