import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { LabRegistry } from '@tagflow/lab';
import test from 'ava';
import { between, configOf, hash, makeWorld, names, seed } from './world.ts';

// What registries want: logins, repositories made beforehand, certificates of their own.

const user = { username: 'lab', password: 'right-password' };
const authsOf = (host: string, password = user.password): string =>
  JSON.stringify({ auths: { [host]: { auth: btoa(`${user.username}:${password}`) } } });

const toQuay = (source: LabRegistry, quay: LabRegistry) => ({
  ...between(source, quay),
  ...{ containers: names.join(), 'create-repositories': `${quay.url}/ns` },
});

test('quay: repositories are made public before the first push, which would make them private', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' }, auth: { ...user, anonymousPull: true } });
  await seed(source);
  const inputs = { ...toQuay(source, quay), 'registry-auth': authsOf(quay.host) };
  const result = await world.run({ ...inputs, 'quay-token': 'quay-oauth-token' });
  t.is(result.outcome, 'done', result.message);
  for (const name of names) t.is(quay.visibility(`ns/openstack-${name}`), 'public', name);
});

// Without it nobody can pull by set.json alone, nor read which containers belong to the hash.
test('quay: the repository of the published sets is public, too', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' }, auth: { ...user, anonymousPull: true } });
  await seed(source);
  const inputs = { ...toQuay(source, quay), 'registry-auth': authsOf(quay.host) };
  await world.run({ ...inputs, 'quay-token': 'quay-oauth-token' });
  t.is(quay.visibility('ns/tagflow-set'), 'public');
});

// Whoever runs that registry would have it then.
test('the token of quay is not shown to a registry that is none', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' } });
  const schemes = new Set<string>();
  const other = await world.registry({ onRequest: ({ authScheme }) => void schemes.add(authScheme) });
  await seed(source);
  const marked = { 'create-repositories': `${quay.url}/ns`, 'quay-token': 'quay-oauth-token' };
  const inputs = { ...between(source, quay, other), containers: names.join(), ...marked };
  const result = await world.run(inputs);
  t.deepEqual([...schemes], ['']);
  t.is(result.outcome, 'done', result.message);
});

test('quay: a token that it does not take; nothing is pushed', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' }, auth: user });
  await seed(source);
  const inputs = { ...toQuay(source, quay), 'registry-auth': authsOf(quay.host) };
  const result = await world.run({ ...inputs, 'quay-token': 'another-token' });
  t.is(result.outcome, 'failed');
  t.regex(result.message ?? '', /quay answered 401 Requires authentication/);
  t.regex(result.error?.next ?? '', /scopes repo:create and repo:read/);
  t.deepEqual(quay.repositories(), []);
});

test('config says create-repositories: a token is asked for, but not for a dry run', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' } });
  await seed(source);
  const containers = 'source: rdo, destinations: [docker]';
  const parts = { containers, docker: ', create-repositories: true' };
  const config = await world.file('tagflow.yaml', configOf(source, quay, parts));
  const inputs = { config, phase: 'upstream', 'full-hash': hash, containers: names.join() };
  const result = await world.run(inputs);
  t.is(result.outcome, 'invalid');
  t.deepEqual(result.problems, ['quay-token: it is missing, and repositories are to be created in docker']);
  t.is(source.requests().total + quay.requests().total, 0);
  t.is((await world.run({ ...inputs, 'dry-run': 'true' })).outcome, 'planned');
  t.is((await world.run({ ...inputs, 'quay-token': 'quay-oauth-token' })).outcome, 'done');
  t.is(quay.visibility('ns/openstack-base'), 'public');
});

test('an authority: a file without a certificate is invalid, and nothing is asked', async (t) => {
  const world = await makeWorld(t);
  const registry = await world.registry();
  const ca = await world.file('ca.pem', 'no certificate\n');
  const result = await world.run({ ...between(registry, registry), containers: 'base', ca });
  t.is(result.outcome, 'invalid');
  t.is(result.message, `certificate authority: ${ca} holds no certificate`);
  t.is(registry.requests().total, 0);
});

/** Writes a program that answers as docker's credential helpers do. */
async function writeHelper(folder: string, name: string, answer: unknown): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const program = join(bin, `docker-credential-${name}`);
  await writeFile(program, `#!/bin/sh\ncat > '${folder}/asked'\nprintf '%s' '${JSON.stringify(answer)}'\n`);
  await chmod(program, 0o755);
  return bin;
}

// A credential helper is looked for on the PATH of the process itself: the action as a command.
test('a credential helper on the PATH; its secret is nowhere to be seen', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const target = await world.registry({ auth: { ...user, scheme: 'bearer' } });
  await seed(source);
  const secret = user.password;
  const bin = await writeHelper(world.folder, 'lab', { Username: user.username, Secret: secret });
  const auth = await world.file('auth.json', JSON.stringify({ credHelpers: { [target.host]: 'lab' } }));
  const inputs = { ...between(source, target), containers: names.join(), 'registry-auth-file': auth };
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const env = { ...process.env, PATH: [bin, process.env['PATH'] ?? ''].join(delimiter) };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...flags, '--log-level', 'debug'], {
    env,
  });
  t.is((JSON.parse(stdout) as { readonly outcome: string }).outcome, 'done');
  t.deepEqual(target.tags('ns/openstack-base'), [hash]);
  for (const form of [secret, btoa(secret), btoa(`${user.username}:${secret}`)]) {
    t.false(stdout.includes(form) || stderr.includes(form));
  }
});

test('secrets are nowhere to be seen, whether it works or not, in no form', async (t) => {
  const world = await makeWorld(t);
  const source = await world.registry();
  const quay = await world.registry({ quay: { token: 'quay-oauth-token' }, auth: { ...user, scheme: 'bearer' } });
  await seed(source);
  const results = [];
  for (const password of [user.password, 'another-password']) {
    for (const token of ['quay-oauth-token', 'another-token']) {
      for (const dryRun of ['true', 'false']) {
        const auth = { 'registry-auth': authsOf(quay.host, password), 'quay-token': token, 'dry-run': dryRun };
        results.push(await world.run({ ...toQuay(source, quay), ...auth, 'log-level': 'debug' }));
      }
    }
  }
  t.deepEqual([...new Set(results.map(({ outcome }) => outcome))].sort(), [
    'done',
    'invalid',
    'nothing-to-do',
    'planned',
  ]);
  const shown = await world.shown(results);
  t.true(shown.includes(quay.host), 'this is what was shown');
  for (const secret of ['quay-oauth-token', 'another-token', user.password, 'another-password']) {
    for (const form of [secret, btoa(secret), btoa(`${user.username}:${secret}`), encodeURIComponent(secret)]) {
      t.false(shown.includes(form), `${form} was shown`);
    }
  }
});

const logins: readonly (readonly [what: string, auth: object, password: string | null, said: RegExp])[] = [
  ['a wrong password', { ...user }, 'wrong-password', /^user "lab" may not log in to 127\.0\.0\.1:\d+$/],
  [
    'a login that may not push there',
    { ...user, scheme: 'bearer', may: (_repository: string, action: string) => action === 'pull' },
    user.password,
    /^user "lab" may not push to 127\.0\.0\.1:\d+\/ns\/openstack-base$/,
  ],
  [
    'no login where everybody may read',
    { ...user, scheme: 'bearer', anonymousPull: true },
    null,
    /^127\.0\.0\.1:\d+ wants a login.*, and there are no credentials for it$/,
  ],
];
for (const [what, auth, password, said] of logins) {
  test(`${what} is told once, before anything is written`, async (t) => {
    const world = await makeWorld(t);
    const source = await world.registry();
    const target = await world.registry({ auth: auth as typeof user });
    await seed(source);
    const given = password === null ? {} : { 'registry-auth': authsOf(target.host, password) };
    const result = await world.run({ ...between(source, target), containers: names.join(), ...given });
    t.not(result.outcome, 'done');
    t.regex(result.message ?? '', said);
    t.regex(result.error?.next ?? '', /registry-auth/);
    t.deepEqual(target.repositories(), []);
  });
}
