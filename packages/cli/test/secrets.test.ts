import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { parseConfig } from '@tagflow/config';
import { createLabBuilder, createVirtualClock, startLabDlrn } from '@tagflow/lab';
import { missingSecrets, uselessLogins } from '../src/needed-secrets.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly all: string;
}

function tagflow(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { timeout: 60_000, env: { PATH: process.env['PATH'], ...env } };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, all: stdout + stderr }),
    );
  });
}

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-secrets-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a tested command sees no secret of the run, whichever action was given it', async (t) => {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const projects = [{ name: 'lab-tripleo', component: 'tripleo' }];
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects });
  t.teardown(() => dlrn.close());
  createLabBuilder({ dlrn: dlrn.state, clock, seed: 'secrets' }).build();
  const folder = await folderOf(t);
  const config = join(folder, 'tagflow.yaml');
  const job = `env | sort > ${folder}/env.txt; env; echo "$PLAIN_SETTING"; exit 1`;
  await writeFile(
    config,
    JSON.stringify({
      release: 'master',
      distro: 'centos7',
      dlrn: { 'api-url': dlrn.apiUrl, 'repos-url': dlrn.reposUrl, username: dlrn.username },
      phases: {
        'rdo-phase-1': {
          test: { command: ['sh', '-c', job], jobs: ['job-a'] },
          promote: { from: 'consistent', to: 'current-tripleo', criteria: { 'all-of': ['job-a'] } },
        },
      },
    }),
  );
  const robot = 'pa55-of-the-robot';
  const auth = Buffer.from(`robot:${robot}`).toString('base64');
  const key = '-----BEGIN KEY-----\nbm90IGEga2V5IGF0IGFsbA==\n-----END KEY-----\n';
  const registryAuth = JSON.stringify({ auths: { 'registry.example': { auth } } });
  // The same once more, under names that nobody would suspect.
  const env = {
    A1: dlrn.password,
    A2: registryAuth,
    A3: key,
    B1: `https://${dlrn.username}:${dlrn.password}@dlrn.example`,
    B2: robot,
    B3: `Basic ${auth}`,
    B4: key.split('\n')[1] ?? '',
    B5: Buffer.from(`${dlrn.username}:${dlrn.password}`).toString('base64'),
    PLAIN_SETTING: 'is-kept',
  };
  const outDir = join(folder, 'out');
  const flags = ['--password-env', 'A1', '--registry-auth-env', 'A2', '--ssh-key-env', 'A3', '--out-dir', outDir];
  const ended = await tagflow(['run', 'rdo-phase-1', '--config', config, '--log-level', 'debug', ...flags], env);
  const log = await readFile(join(folder, 'env.txt'), 'utf8');
  t.regex(log, /^PLAIN_SETTING=is-kept$/m, ended.all);
  const { PLAIN_SETTING: _kept, ...secret } = env;
  const seen = Object.entries(secret).filter(([name, text]) => {
    const named = new RegExp(`^${name}=`, 'm').test(log);
    return named || [log, ended.all].some((words) => words.includes(text));
  });
  t.deepEqual(seen, []);
  const vote = dlrn.state.votes.find(({ job: name }) => name === 'job-a');
  t.is(vote?.success, false, 'the job did run, and its result was reported with the password');
});

const config = await parseConfig(
  `
release: master
distro: centos7
dlrn: { api-url: 'https://dlrn.example/api', repos-url: 'https://dlrn.example/r' }
image-stores:
  far: { url: 'sftp://me@images.example/images', read-url: 'https://images.example' }
  near: { url: 'file:///images' }
phases:
  upstream:
    pin: { from: consistent, to: candidate }
    build: { images: { command: [b], store: near, files: [a.tar] } }
    mirror: [{ from: near, to: far }]
  rdo-phase-2:
    fetch: { from: far }
    test: { command: [t], jobs: [job-a] }
    promote: { from: candidate, to: tested, criteria: { all-of: [job-a] }, images: { destinations: [near] } }
  osp-phase-0:
    hand-off: { label: tested, destination: 'file:///out' }
`,
  '/c/tagflow.yaml',
);

test('what the phases need and nobody gave is named all at once, with the flags to give', (t) => {
  const phases = Object.values(config.phases);
  t.deepEqual(missingSecrets(config, phases, new Set()), [
    'phase upstream writes to https://dlrn.example/api, and no password was given: --password-env NAME or --password-file PATH',
    'phase upstream uses sftp://me@images.example/images, and no SSH key was given: --ssh-key-file PATH or --ssh-key-env NAME',
    'phase upstream uses sftp://me@images.example/images, and no known hosts were given: --known-hosts PATH',
    'phase rdo-phase-2 writes to https://dlrn.example/api, and no password was given: --password-env NAME or --password-file PATH',
  ]);
  t.is(missingSecrets(config, phases, new Set(['ssh-key', 'known-hosts'])).length, 2);
  t.deepEqual(missingSecrets(config, phases, new Set(['password', 'ssh-key', 'known-hosts'])), []);
  t.deepEqual(missingSecrets(config, phases.slice(-1), new Set()), [], 'a hand-off to a folder needs nothing');
  const kerberos: typeof config = { ...config, dlrn: { ...config.dlrn, authMethod: 'kerberos' } };
  t.deepEqual(missingSecrets(kerberos, phases, new Set(['ssh-key', 'known-hosts'])), [], 'a ticket may be there');
});

test('a login that no release takes is named, and one that some take goes to those alone', (t) => {
  const kerberos: typeof config = { ...config, dlrn: { ...config.dlrn, authMethod: 'kerberos' } };
  const both = new Set(['password', 'keytab', 'ssh-key']);
  t.deepEqual(uselessLogins([config], both), [
    'input "keytab" is for auth-method kerberos, and no config says auth-method: kerberos',
  ]);
  t.deepEqual(uselessLogins([kerberos], both), [
    'input "password" is for auth-method basic, and no config says auth-method: basic',
  ]);
  t.deepEqual(uselessLogins([config, kerberos], both), []);
  t.deepEqual(uselessLogins([config], new Set()), []);
});

test('two releases, of which one wants a password and the other Kerberos, run side by side', async (t) => {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const dlrn = await startLabDlrn({ clock, mode: 'classic', projects: [{ name: 'lab', component: 'tripleo' }] });
  t.teardown(() => dlrn.close());
  createLabBuilder({ dlrn: dlrn.state, clock, seed: 'two ways' }).build();
  const folder = await folderOf(t);
  const files = ['basic', 'kerberos'].map((method) => join(folder, `${method}.yaml`));
  for (const file of files) {
    const method = basename(file, '.yaml');
    const places = { 'api-url': dlrn.apiUrl, 'repos-url': dlrn.reposUrl, username: dlrn.username };
    const phases = { 'osp-phase-0': { 'hand-off': { label: 'consistent', destination: 'file:out' } } };
    const login = { 'auth-method': method, 'protected-reads': true };
    await writeFile(
      file,
      JSON.stringify({ release: method, distro: 'centos7', dlrn: { ...places, ...login }, phases }),
    );
  }
  const run = (configs: readonly string[]): Promise<Ended> =>
    tagflow(['run', '--config', configs.join(','), '--password-env', 'A1', '--out-dir', folder], { A1: dlrn.password });
  const both = await run(files);
  const { outputs } = JSON.parse(both.all.slice(0, both.all.indexOf('\n'))) as { outputs: { phases: string } };
  const phases = JSON.parse(outputs.phases) as readonly { release: string; fullHash: string | null }[];
  t.deepEqual(
    phases.map(({ release, fullHash }) => [release, fullHash !== null]),
    [
      ['basic', true],
      ['kerberos', true],
    ],
  );
  const alone = await run(files.slice(1));
  t.is(alone.code, 2, alone.all);
  t.regex(alone.all, /^invalid: input "password" is for auth-method basic, and no config says/m);
});

test('a run without what it needs is invalid before anything is asked', async (t) => {
  const folder = await folderOf(t);
  const file = join(folder, 'tagflow.yaml');
  const text = `
release: master
distro: centos7
dlrn: { api-url: 'http://127.0.0.1:9/api', repos-url: 'http://127.0.0.1:9/r' }
phases: { upstream: { pin: { from: consistent, to: candidate } }, osp-phase-0: { hand-off: { label: a, destination: 'sftp://me@127.0.0.1:9/x' } } }
`;
  await writeFile(file, text);
  const { code, all } = await tagflow(['run', '--config', file, '--out-dir', folder], {});
  t.is(code, 2, all);
  t.regex(all, /^invalid: phase upstream writes to .* --password-env NAME/m);
  t.regex(all, /^invalid: phase osp-phase-0 uses sftp:.* no SSH key was given: --ssh-key-file PATH/m);
});
