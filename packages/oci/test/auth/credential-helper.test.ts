import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { askCredentialHelper } from '../../src/auth/credential-helper.ts';
import { OciError } from '../../src/error.ts';
import { fakeHelper } from './fake-helper.ts';

const answers = {
  'quay.io': { ServerURL: 'quay.io', Username: 'ns+robot', Secret: 'secret' },
  'https://index.docker.io/v1/': { Username: '<token>', Secret: 'secret' },
  'empty.example': { Username: '', Secret: '' },
  'half.example': { Username: '', Secret: 'secret' },
  'odd.example': { user: 'secret' },
  'plain.example': 'pass not initialized: exit status 1\nsecret second line',
  'data.example': '{"Username":"x","Secret":"secret"}',
};

for (const [registry, expected] of [
  ['quay.io', { username: 'ns+robot', password: 'secret' }],
  ['docker.io', { identityToken: 'secret' }],
  ['empty.example', null],
  ['unknown.example', null],
] as const) {
  test(`the answer for ${registry}`, async (t) => {
    const { folder } = await fakeHelper({ name: 'x.y-z_1', answers });
    t.deepEqual(await askCredentialHelper('x.y-z_1', registry, { env: { PATH: folder } }), expected);
  });
}

for (const [registry, words] of [
  ['half.example', 'it answered with half of the credentials'],
  ['odd.example', 'its answer has no "Username" and "Secret"'],
  ['plain.example', 'pass not initialized: exit status 1'],
  ['data.example', 'exit code 1'],
] as const) {
  test(`what goes wrong for ${registry} is told without a secret`, async (t) => {
    const { folder } = await fakeHelper({ name: 'x', answers });
    const error = await t.throwsAsync(askCredentialHelper('x', registry, { env: { PATH: folder } }), {
      instanceOf: OciError,
      code: 'bad-auth-file',
      message: `docker-credential-x, asked for the credentials of ${registry}: ${words}`,
    });
    t.is(error.outcome, 'invalid');
    t.notRegex(`${error.message}${error.next}${String(error.cause)}`, /secret/);
  });
}

test('a program that is not there, and one that cannot be run', async (t) => {
  const { folder } = await fakeHelper({ name: 'there' });
  await writeFile(join(folder, 'docker-credential-text'), 'no program');
  await chmod(join(folder, 'docker-credential-text'), 0o644);
  const ask = (name: string) => askCredentialHelper(name, 'quay.io', { env: { PATH: folder } });
  await t.throwsAsync(ask('absent'), { code: 'bad-auth-file', message: /no such program on the PATH/ });
  await t.throwsAsync(ask('text'), { code: 'bad-auth-file', message: /EACCES/ });
});

test('a program that says what is no JSON, without reading what it is asked', async (t) => {
  const { folder } = await fakeHelper({ name: 'there' });
  await writeFile(join(folder, 'docker-credential-talks'), '#!/bin/sh\necho secret\n');
  await chmod(join(folder, 'docker-credential-talks'), 0o755);
  const error = await t.throwsAsync(askCredentialHelper('talks', 'quay.io', { env: { PATH: folder } }), {
    code: 'bad-auth-file',
    message: /its answer is not JSON/,
  });
  t.notRegex(`${error?.message}${String(error?.cause)}`, /secret/);
});

test('a program that does not end is ended', async (t) => {
  const { folder } = await fakeHelper({ name: 'slow', hangs: true });
  await t.throwsAsync(askCredentialHelper('slow', 'quay.io', { env: { PATH: folder }, timeoutMs: 200 }), {
    code: 'bad-auth-file',
    message: /no answer within 0\.2 s/,
  });
});
