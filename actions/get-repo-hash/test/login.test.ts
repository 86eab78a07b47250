import test from 'ava';
import { bench, startHost } from './support.ts';

const asOf = { label: 'tested', 'as-of': '2026-01-01T01:30:00Z' };
const basic = `Basic ${Buffer.from('ciuser:s3cret-pass').toString('base64')}`;

test('an API that answers its users only', async (t) => {
  const { lab, promote, run } = await bench(t, 'component');
  promote('tested');
  const host = await startHost(t, [lab], true);
  const asked = { release: 'master', distro: 'centos9', 'dlrn-host': host.url };
  const refused = await run({ ...asked, ...asOf });
  t.is(refused.outcome, 'invalid', 'half past one is in the future');

  const past = { ...asked, ...asOf, 'as-of': '2026-01-01T01:00:00Z' };
  const stranger = await run(past);
  t.deepEqual([stranger.outcome, stranger.error?.code], ['failed', 'unauthorized']);
  const user = await run({ ...past, username: 'ciuser', password: 's3cret-pass' });
  t.is(user.outcome, 'done', user.message);

  const file = await run({ ...asked, label: 'tested' });
  t.is(file.outputs['full-hash'], user.outputs['full-hash'], 'files are for everybody');
  const sent = host.requests.filter(({ authorization }) => authorization !== null);
  t.true(sent.length > 0);
  t.deepEqual(
    sent.filter(
      ({ path, authorization }) => authorization !== basic || !path.startsWith('/api-centos9-master-uc/api/'),
    ),
    [],
    'the tree does not hear of it',
  );
});

for (const isProtected of [true, false]) {
  test(`a phase that is given a password ${isProtected ? 'shows' : 'does not show'} it to read`, async (t) => {
    const { lab, configure, promote, run } = await bench(t, 'component');
    promote('tested');
    const host = await startHost(t, [lab]);
    const dlrn = {
      'api-url': `${host.url}/api-centos9-master`,
      'repos-url': `${host.url}/centos9-master`,
      mode: 'component',
      username: 'ciuser',
      'protected-reads': isProtected,
    };
    const config = await configure({ dlrn });
    const asked = { config, phase: 'upstream', 'as-of': '2026-01-01T01:00:00Z', password: 's3cret-pass' };
    const result = await run(asked);
    t.is(result.outcome, 'done', result.message);
    const shown = host.requests.filter(({ authorization }) => authorization === basic);
    t.is(shown.length > 0, isProtected);
  });
}

const rows: readonly (readonly [title: string, inputs: Readonly<Record<string, string>>, RegExp])[] = [
  ['a password of nobody', { password: 's3cret-pass' }, /^input "username" is missing/],
  ['a user without a password', { username: 'ciuser' }, /^input "password" is missing/],
  [
    'a way to log in, and nothing to do it with',
    { 'auth-method': 'basic' },
    /^input "username" is missing.*; input "password" is missing/,
  ],
  [
    'a name and a password for Kerberos',
    { username: 'ciuser', password: 's3cret-pass', 'auth-method': 'kerberos' },
    /^inputs "username" and "password" are for auth-method basic, and auth-method is kerberos$/,
  ],
  [
    'a keytab for a password',
    { keytab: import.meta.filename },
    /^input "keytab" is for auth-method kerberos, and auth-method is basic$/,
  ],
  [
    'clear text',
    { username: 'ciuser', password: 's3cret-pass' },
    /^input "dlrn-url": http:\/\/dlrn\.example\/ would get the login in clear text; allowed: https:\/\//,
  ],
];

for (const [title, inputs, says] of rows) {
  test(`invalid: ${title}`, async (t) => {
    const { lab, run } = await bench(t, 'classic');
    const result = await run({
      'repos-url': lab.reposUrl,
      'dlrn-url': 'http://dlrn.example',
      label: 'current',
      ...inputs,
    });
    t.is(result.outcome, 'invalid');
    t.regex(result.message ?? '', says);
    t.notRegex(JSON.stringify(result), /s3cret/);
    t.is(lab.requests.length, 0);
  });
}
