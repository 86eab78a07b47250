import test from 'ava';
import { parseDockerConfig } from '../../src/auth/docker-config.ts';
import { OciError } from '../../src/error.ts';

const auth = (user: string, password: string) => ({ auth: btoa(`${user}:${password}`) });
const read = (auths: unknown) => parseDockerConfig(JSON.stringify({ auths }), 'registry-auth');

test('keys are hosts, URLs and hosts with a path', (t) => {
  const credentials = read({
    'https://index.docker.io/v1/': auth('hub', 'one'),
    'quay.io': auth('ns+robot', 'two:with:colons'),
    'quay.io/special': auth('special', 'three'),
    'http://127.0.0.1:5000/v2/': { username: 'plain', password: 'four' },
  });
  t.deepEqual(credentials('docker.io', 'ns/base'), { username: 'hub', password: 'one' });
  t.deepEqual(credentials('quay.io', 'ns/base'), { username: 'ns+robot', password: 'two:with:colons' });
  t.deepEqual(credentials('quay.io', 'special/base'), { username: 'special', password: 'three' });
  t.deepEqual(credentials('quay.io', 'specialist/base'), { username: 'ns+robot', password: 'two:with:colons' });
  t.deepEqual(credentials('127.0.0.1:5000', 'ns/base'), { username: 'plain', password: 'four' });
  t.is(credentials('127.0.0.1:5001', 'ns/base'), null);
  t.is(credentials('evil.quay.io', 'ns/base'), null);
});

test('an entry of a credential helper counts as none', (t) => {
  t.is(read({ 'quay.io': {} })('quay.io', 'x'), null);
});

for (const [what, text] of [
  ['no JSON', '{"auths": {"quay.io": {"auth": "c2VjcmV0'],
  ['a list', '[]'],
  ['auth without a colon', `{"auths": {"quay.io": {"auth": "${btoa('secret')}"}}}`],
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
