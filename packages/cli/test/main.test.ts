import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function tagflow(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

test('help names every command and the exit codes', async (t) => {
  const { code, stdout } = await tagflow('--help');
  t.is(code, 0);
  for (const word of ['run', 'lab up', 'get-repo-hash', 'promote-symlink', '5 blocked'])
    t.true(stdout.includes(word), word);
});

test('an unknown command is invalid and says what there is', async (t) => {
  const { code, stderr } = await tagflow('promote');
  t.is(code, 2);
  t.regex(stderr, /no command "promote"[^]*promote-symlink/);
});

test('an unknown phase is refused with those that there are', async (t) => {
  const config = fileURLToPath(new URL('../../config/examples/master-centos7.yaml', import.meta.url));
  const { code, stdout } = await tagflow('run', 'upsteam', '--config', config);
  t.is(code, 2);
  const { outcome, error } = JSON.parse(stdout) as {
    readonly outcome: string;
    readonly error: { readonly message: string };
  };
  t.is(outcome, 'invalid');
  t.regex(error.message, /no phase "upsteam"; it has: upstream, .*did you mean upstream/);
});

test('lab up runs a command inside, with its tagflow.yaml and credentials, and ends with its exit code', async (t) => {
  const script = 'test -n "$DLRN_PASSWORD" && grep -q "^release: master" "$TAGFLOW_CONFIG" && exit 7';
  const { code, stderr } = await tagflow('lab', 'up', '--', 'sh', '-c', script);
  t.is(code, 7, stderr);
});

test('wrong flags of lab up are invalid', async (t) => {
  for (const [flags, message] of [
    [['--mode', 'modern'], /--mode: "modern" is not allowed; allowed: classic, component/],
    [['--frob'], /Unknown option '--frob'/],
    [['--containers', 'many'], /allowed: 1 to 9999/],
  ] as const) {
    const { code, stderr } = await tagflow('lab', 'up', ...flags);
    t.is(code, 2);
    t.regex(stderr, message);
  }
});
