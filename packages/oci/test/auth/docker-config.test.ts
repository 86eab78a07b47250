import test from 'ava';
import { describeCredentials } from '../../src/auth/credentials.ts';
import { parseDockerConfig } from '../../src/auth/docker-config.ts';
import { OciError } from '../../src/error.ts';
import { fakeHelper } from './fake-helper.ts';

const auth = (user: string, password: string) => ({ auth: btoa(`${user}:${password}`) });
const read = (auths: unknown) => parseDockerConfig(JSON.stringify({ auths }), 'registry-auth');

test('keys are hosts, URLs and hosts with a path', async (t) => {
  const credentials = read({
    'https://index.docker.io/v1/': auth('hub', 'one'),
    'quay.io': auth('ns+robot', 'two:with:colons'),
    'quay.io/special': auth('special', 'three'),
    'http://127.0.0.1:5000/v2/': { username: 'plain', password: 'four' },
  });
  t.deepEqual(await credentials('docker.io', 'ns/base'), { username: 'hub', password: 'one' });
  t.deepEqual(await credentials('quay.io', 'ns/base'), { username: 'ns+robot', password: 'two:with:colons' });
  t.deepEqual(await credentials('quay.io', 'special/base'), { username: 'special', password: 'three' });
  t.deepEqual(await credentials('quay.io', 'specialist/base'), { username: 'ns+robot', password: 'two:with:colons' });
  t.deepEqual(await credentials('127.0.0.1:5000', 'ns/base'), { username: 'plain', password: 'four' });
  t.is(await credentials('127.0.0.1:5001', 'ns/base'), null);
  t.is(await credentials('evil.quay.io', 'ns/base'), null);
});

test('an identity token goes before a password, and is named without being shown', async (t) => {
  const credentials = read({ 'x.azurecr.io': { ...auth('0000', 'unused'), identitytoken: 'very-secret' } });
  const found = await credentials('x.azurecr.io', 'ns/base');
  t.deepEqual(found, { identityToken: 'very-secret' });
  t.is(found && describeCredentials(found), 'an identity token');
  t.is(describeCredentials({ username: 'ns+robot', password: 'p' }), 'user "ns+robot"');
});

test('an empty entry counts as none', async (t) => {
  t.is(await read({ 'quay.io': {} })('quay.io', 'x'), null);
});

test('a helper of the registry goes before the general one, and both before auths; what they lack is in auths', async (t) => {
  const own = await fakeHelper({ name: 'own', answers: { 'quay.io': { Username: 'own', Secret: '1' } } });
  const general = await fakeHelper({
    name: 'general',
    answers: {
      'https://index.docker.io/v1/': { Username: 'hub', Secret: '2' },
      'quay.io': { Username: 'x', Secret: 'x' },
    },
  });
  const config = {
    credHelpers: { 'quay.io': 'own' },
    credsStore: 'general',
    auths: { 'quay.io/ns': auth('file', '3'), 'other.example': auth('file', '4'), 'docker.io': {} },
  };
  const PATH = `${own.folder}:${general.folder}`;
  const credentials = parseDockerConfig(JSON.stringify(config), 'file', { env: { PATH } });
  t.deepEqual(await credentials('quay.io', 'ns/base'), { username: 'own', password: '1' });
  t.deepEqual(await credentials('docker.io', 'ns/base'), { username: 'hub', password: '2' });
  t.deepEqual(await credentials('other.example', 'ns/base'), { username: 'file', password: '4' });
  t.is(await credentials('none.example', 'ns/base'), null);
});

test('a helper is asked once for a registry, by however many at a time, and also when it fails', async (t) => {
  const helper = await fakeHelper({
    name: 'x',
    answers: { 'quay.io': { Username: 'u', Secret: 'p' }, 'bad.example': 'boom' },
  });
  const text = JSON.stringify({ credsStore: 'x' });
  const credentials = parseDockerConfig(text, 'file', { env: { PATH: helper.folder } });
  const ask = (registry: string) => [1, 2, 3, 4].map((n) => credentials(registry, `ns/${n}`));
  t.is((await Promise.all(ask('quay.io'))).length, 4);
  t.deepEqual(await credentials('quay.io', 'ns/late'), { username: 'u', password: 'p' });
  const failed = await Promise.allSettled([...ask('bad.example'), credentials('bad.example', 'ns/late')]);
  t.true(failed.every(({ status }) => status === 'rejected'));
  t.deepEqual(await helper.calls(), ['get quay.io', 'get bad.example']);
});

for (const [what, text] of [
  ['no JSON', '{"auths": {"quay.io": {"auth": "c2VjcmV0'],
  ['a list', '[]'],
  ['auth without a colon', `{"auths": {"quay.io": {"auth": "${btoa('secret')}"}}}`],
  ['a helper that is a path', '{"credsStore": "../../secret"}'],
  ['a helper with a blank', '{"credHelpers": {"quay.io": "secret --flag"}}'],
  ['a helper that is no text', '{"credHelpers": {"quay.io": {"secret": 1}}}'],
  ['helpers that are a list', '{"credHelpers": ["secret"]}'],
] as const) {
  test(`${what} is refused without being quoted`, (t) => {
    const error = t.throws(() => parseDockerConfig(text, 'registry-auth'), {
      instanceOf: OciError,
      code: 'bad-auth-file',
    });
    t.is(error.outcome, 'invalid');
    t.notRegex(`${error.message}${String(error.cause)}`, /c2VjcmV0|secret/);
  });
}
