import test from 'ava';
import { childEnv, createMasker, maskForms } from '../src/index.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const key = '-----BEGIN KEY-----\nQUJDREVG/+x=\nend\n-----END KEY-----\n';
const dockerConfig = JSON.stringify({ auths: { 'h.example': { auth: base64('robot:s3cr3t-of-robot') } } }, null, 2);

const hidden: readonly [title: string, secret: string, username: string | undefined, text: string][] = [
  ['the secret', 'hunter2', undefined, 'hunter2'],
  ['a short secret', 'abc', undefined, 'abc'],
  ['the secret with blanks', ' hunter2 ', undefined, 'hunter2'],
  ['a line of a key', key, undefined, 'QUJDREVG/+x='],
  ['a key joined by \\n, as JSON shows it', key, undefined, JSON.stringify(key).slice(1, -1)],
  ['the base64 of a key', key, undefined, base64(key)],
  ['base64', 'hunter2', undefined, base64('hunter2')],
  ['base64 without padding', 'hunter2!', undefined, base64('hunter2!').replace(/=+$/, '')],
  ['base64url', 'a?>~~~ü?', undefined, Buffer.from('a?>~~~ü?').toString('base64url')],
  ['basic authentication', 'hunter2', 'me', base64('me:hunter2')],
  ['percent-encoded', 'p@ss/w:rd', undefined, encodeURIComponent('p@ss/w:rd')],
  ['form-encoded', "p ss'w~rd", undefined, new URLSearchParams({ x: "p ss'w~rd" }).toString().slice(2)],
  ['in a URL', "p'a s|s", undefined, Object.assign(new URL('http://h'), { password: "p'a s|s" }).password],
  ['JSON-escaped', 'p"a\\ss', undefined, 'p\\"a\\\\ss'],
  ['JSON in JSON', 'p"a\\ss', undefined, JSON.stringify('p\\"a\\\\ss').slice(1, -1)],
  ['the auth of a docker config', dockerConfig, undefined, base64('robot:s3cr3t-of-robot')],
  ['the password of a docker config', dockerConfig, undefined, 's3cr3t-of-robot'],
];

for (const [title, secret, username, text] of hidden) {
  test(`hides ${title}`, (t) => {
    const mask = createMasker(maskForms({ secrets: [secret], usernames: username === undefined ? [] : [username] }));
    t.is(mask(`<<${text}>>`), '<<***>>');
  });
}

for (const user of ['a', 'ci', 'bot', 'ciuser']) {
  test(`hides basic authentication of ${user}, whom no input names, but for a letter at its edges`, (t) => {
    const mask = createMasker(maskForms({ secrets: ['hunter2!?~hunter'] }));
    t.regex(mask(`Basic ${base64(`${user}:hunter2!?~hunter`)}.`), /^Basic \w{0,11}\*\*\*\w?=*\.$/);
    t.deepEqual(childEnv({ H: base64(`${user}:hunter2!?~hunter`) }, { secrets: ['hunter2!?~hunter'] }), {});
  });
}

test('leaves short lines, braces and other texts alone', (t) => {
  const mask = createMasker(maskForms({ secrets: [dockerConfig, key] }));
  t.is(mask('{ } end and "h.example"'), '{ } end and "h.example"');
});

test('hides forms that overlap as one, and the longest where one holds another', (t) => {
  t.is(createMasker(['abcd', 'cdefgh'])('<abcdefgh>'), '<***>');
  t.is(createMasker(['abcdef', 'cd'])('<abcdef> <cd>'), '<***> <***>');
  t.is(createMasker(['aa'])('<aaa>'), '<***>');
  t.is(createMasker(['abc'])('abcabc'), '******');
});

test('no secret gives no form, and a blank one neither', (t) => {
  t.deepEqual(maskForms({ secrets: ['', ' \n'] }), []);
  t.is(createMasker([])('text'), 'text');
});

test('forms are the longest first, none twice, and a lone surrogate does no harm', (t) => {
  const forms = maskForms({ secrets: ['hunter2', 'hunter2', 'x\ud800yz'] });
  t.deepEqual(
    [...forms].sort((a, b) => b.length - a.length).map((form) => form.length),
    forms.map((form) => form.length),
  );
  t.is(new Set(forms).size, forms.length);
});

test('a tested command inherits its place, and no credential by name or by value', (t) => {
  const env = {
    PATH: '/bin',
    HOME: '/root',
    LANG: 'C',
    TZ: 'UTC',
    RUNNER_TEMP: '/tmp',
    GITHUB_SHA: 'def',
    KEYBOARD: 'de',
    PWD: '/work',
    OLDPWD: '/',
    UNSET: undefined,
    'INPUT_DLRN-URL': 'http://h',
    GITHUB_TOKEN: 'x',
    GITHUB_ENV: '/f',
    ACTIONS_RUNTIME_URL: 'x',
    DLRNAPI_PASSWORD: 'x',
    npm_token: 'x',
    CLIENT_SECRET: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    PGPASSWORD: 'x',
    PASSWORD: 'x',
    DOCKER_AUTH_CONFIG: '{}',
    REGISTRY_AUTH_FILE: '/f',
    REGISTRY_AUTH: '{}',
    DOCKER_CONFIG: '/f',
    NPM_CONFIG_AUTH: 'x',
    DEPLOY_KEY: 'x',
    KEY: 'x',
    FTP_PASS: 'x',
    GH_PAT: 'x',
    DB_PWD: 'x',
    SSH_AUTH_SOCK: '/s',
    KRB5CCNAME: 'FILE:/t',
    KRB5_CLIENT_KTNAME: '/k',
    MY_OWN_NAME: 'hunter2hunter2',
    PROXY: 'http://me:hunter2hunter2@proxy',
    HEADER: `Basic ${base64('me:hunter2hunter2')}`,
    SHORT: 'abc',
    SHORT_URL: 'http://anybody:abc@host/',
    SHORT_HEADER: `Basic ${base64('me:abc')}`,
    LONGER: 'abcd',
  };
  const kept = childEnv(env, { secrets: ['hunter2hunter2', 'abc'], usernames: ['me'] });
  t.deepEqual(kept, {
    PATH: '/bin',
    HOME: '/root',
    LANG: 'C',
    TZ: 'UTC',
    RUNNER_TEMP: '/tmp',
    GITHUB_SHA: 'def',
    KEYBOARD: 'de',
    PWD: '/work',
    OLDPWD: '/',
    LONGER: 'abcd',
  });
});
