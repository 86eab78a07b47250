import { execFile, spawn } from 'node:child_process';
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
  t.regex(
    (await tagflow('promote-simlink')).stderr,
    /^there is no command "promote-simlink"; did you mean promote-symlink\?/,
  );
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

test('lab up takes the release of its DLRN, and what is broken there', async (t) => {
  const script = `
    const { readFileSync } = require('node:fs');
    const config = readFileSync(process.env.TAGFLOW_CONFIG, 'utf8');
    const url = (name) => new RegExp(name + ': (\\\\S+)').exec(config)[1];
    const statuses = [url('api-url') + '/api/components', url('repos-url') + '/current/delorean.repo'].map(async (each) => (await fetch(each)).status);
    Promise.all(statuses).then((found) => process.exit(found.join() === '200,404' ? 7 : 8));
  `;
  const flags = ['--dlrn-release', 'H', '--dlrn-fault', 'vanishing-label:current'];
  const { code, stderr } = await tagflow('lab', 'up', ...flags, '--', process.execPath, '-e', script);
  t.is(code, 7, stderr);
});

test('help of every command fits into 80 columns and runs nothing', async (t) => {
  for (const words of [[], ['demo'], ['lab'], ['lab', 'up'], ['run'], ['promote-symlink']]) {
    const { code, stdout, stderr } = await tagflow(...words, '--help');
    t.is(code, 0, stderr);
    t.regex(stdout, /tagflow/);
    const wide = stdout.split('\n').filter((line) => line.length > 80);
    t.deepEqual(wide, [], words.join(' '));
  }
});

test('demo takes no flags', async (t) => {
  const { code, stderr } = await tagflow('demo', '--fast');
  t.is(code, 2);
  t.regex(stderr, /It takes no flags/);
});

test('an unknown command of lab is invalid and says what there is', async (t) => {
  const { code, stderr } = await tagflow('lab', 'ub');
  t.is(code, 2);
  t.regex(stderr, /no command "lab ub"; there is: up, .*\(did you mean up\?\)/);
});

test('a lab with SFTP says how to run tagflow in it', async (t) => {
  const child = spawn(process.execPath, [main, 'lab', 'up', '--sftp'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('Ctrl-C ends it')) child.kill('SIGINT');
  });
  await new Promise((resolve) => child.once('close', resolve));
  t.regex(said, / run .* --ssh-key-file "\$TAGFLOW_SSH_KEY_FILE" --known-hosts "\$TAGFLOW_KNOWN_HOSTS"\n/);
  for (const name of ['TAGFLOW_SSH_KEY_FILE', 'TAGFLOW_KNOWN_HOSTS', 'DOCKER_CONFIG', 'DLRN_PASSWORD'])
    t.regex(said, new RegExp(`export ${name}='.+'`));
});

test('wrong flags of lab up are invalid', async (t) => {
  for (const [flags, message] of [
    [['--mode', 'modern'], /--mode: "modern" is not allowed; allowed: classic, component/],
    [['--frob'], /Unknown option '--frob'/],
    [['--containers', 'many'], /allowed: 1 to 9999/],
    [['--dlrn-release', 'S'], /--dlrn-release: "S" is not allowed; allowed: R, H/],
    [['--dlrn-fault', 'left-over'], /--dlrn-fault: "left-over" is not allowed; allowed: vanishing-label:LABEL, /],
    [['--dlrn-fault', 'left-over:current-tripleo'], /allowed: (?!.*left-over:LABEL)/],
    [['--root', main], /--root: ".*main\.ts" is not a folder/],
    [['--root', `${main}/below`], /--root: ".*below" cannot be a folder \(ENOTDIR\)/],
  ] as const) {
    const { code, stderr } = await tagflow('lab', 'up', ...flags);
    t.is(code, 2);
    t.regex(stderr, message);
  }
});
