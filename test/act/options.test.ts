import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type ActOptions, actHelp, parseActOptions } from '../../scripts/act-options.ts';
import { foreignServers, secretsFrom } from '../../scripts/act-own-servers.ts';

const choices = {
  phases: ['upstream', 'rdo-phase-1'],
  actions: ['get-repo-hash', 'promote-symlink'],
  jobs: new Map([
    ['upstream', ['hash', 'promote']],
    ['rdo-phase-1', ['hash', 'test', 'promote']],
  ]),
};
const none: ActOptions = {
  ...{ phases: [], verbose: false, keep: false, job: null, fullHash: null, config: null, inspect: null },
};
const hash = `${'a'.repeat(40)}_${'b'.repeat(8)}`;

const good: readonly (readonly [string, Partial<ActOptions>])[] = [
  ['', {}],
  ['upstream rdo-phase-1 --verbose', { phases: ['upstream', 'rdo-phase-1'], verbose: true }],
  ['rdo-phase-1 --job test --keep', { phases: ['rdo-phase-1'], job: 'test', keep: true }],
  [`--full-hash=${hash} upstream`, { phases: ['upstream'], fullHash: hash }],
  ['--config a.yaml --inspect promote-symlink', { config: 'a.yaml', inspect: 'promote-symlink' }],
  ['rdo-phase-1 --inspect test', { phases: ['rdo-phase-1'], inspect: 'test' }],
];
for (const [words, wanted] of good) {
  test(`npm run act -- ${words}`, (t) => {
    t.deepEqual(parseActOptions(words.split(' ').filter(Boolean), choices), { options: { ...none, ...wanted } });
  });
}

const bad: readonly (readonly [string, readonly string[]])[] = [
  ['upsteam', ['no phase is named upsteam; there are upstream, rdo-phase-1']],
  [
    'upstream --nope --verbose=1',
    [
      'there is no option --nope; there are --job, --full-hash, --config, --inspect, --verbose, --keep, --help',
      '--verbose takes no value',
    ],
  ],
  ['--job hash', ['--job needs one phase: npm run act -- PHASE --job JOB']],
  ['upstream rdo-phase-1 --job hash', ['--job needs one phase: npm run act -- PHASE --job JOB']],
  ['upstream --job test', ['upstream has no job test; there are hash, promote']],
  ['upstream --config --keep', ['--config needs a value']],
  ['upstream --config=', ['--config needs a value']],
  [`--full-hash ${hash}`, ['--full-hash needs a phase: npm run act -- PHASE --full-hash HASH']],
  [
    'upstream --full-hash abc',
    ['--full-hash: "abc" is not a hash; allowed: COMMIT_DISTRO of 40 and 8 digits, or 32 digits'],
  ],
  [
    'upstream --inspect test',
    [
      '--inspect: no action or job is named test; there are the actions get-repo-hash, promote-symlink and the jobs hash, promote',
    ],
  ],
];
for (const [words, problems] of bad) {
  test(`npm run act -- ${words}: told with what is allowed`, (t) => {
    t.deepEqual(parseActOptions(words.split(' '), choices), { problems });
  });
}

test('help names every option, phase and action, and fits a screen', (t) => {
  for (const word of ['--help', '-h']) t.deepEqual(parseActOptions(['nonsense', word], choices), { help: true });
  const help = actHelp(choices);
  for (const word of [...choices.phases, ...choices.actions, '--job', '--full-hash', '--config', '--inspect']) {
    t.true(help.includes(word), word);
  }
  for (const line of help.split('\n')) t.true(line.length <= 80, line);
});

test('only servers of this machine may be named in a tagflow.yaml of one’s own', (t) => {
  const loopback = `dlrn: { api-url: 'http://127.0.0.1:80/a', repos-url: 'http://localhost/b' }
registries: { own: { url: 'http://[::1]:5000/ns' } }
image-stores: { a: { url: 'file:///srv' }, b: { url: 'sftp://me@127.0.0.1:22/x' } }
runners: { r: { kind: github, url: 'http://127.0.0.1:1' } }
`;
  t.deepEqual(foreignServers(loopback), []);
  const foreign = `dlrn: { api-url: 'https://trunk.example.org/api' }
image-stores: { a: { url: 'sftp://me@images.example.org/x' } }
ledger: { url: 'postgres://me@127.0.0.1.example.org/db' }
phases: { upstream: { test: { command: [run, '--at=http://ci.example.org/'] } } }
runners: { r: { kind: github } }
`;
  t.deepEqual(foreignServers(foreign), [
    'dlrn.api-url: trunk.example.org is not on this machine',
    'image-stores.a.url: images.example.org is not on this machine',
    'ledger.url: 127.0.0.1.example.org is not on this machine',
    'phases.upstream.test.command.1: ci.example.org is not on this machine',
    'runners.r: api.github.com is not on this machine',
  ]);
});

test('secrets come from variables, and from files that variables name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-options-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'key'), 'line 1\nline 2\n');
  const env = { DLRN_PASSWORD: 'x', REGISTRY_AUTH: '', TAGFLOW_SSH_KEY_FILE: join(folder, 'key'), OTHER: 'y' };
  t.deepEqual(await secretsFrom(env), { DLRN_PASSWORD: 'x', SSH_KEY: 'line 1\nline 2\n' });
  await t.throwsAsync(secretsFrom({ REGISTRY_AUTH_FILE: join(folder, 'none') }), { code: 'ENOENT' });
});
