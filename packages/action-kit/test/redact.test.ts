import test from 'ava';
import fc from 'fast-check';
import { createRedactor } from '../src/index.ts';
import { maskShapes } from '../src/redact-stream.ts';

type Redact = ReturnType<typeof createRedactor>;

/** Redacts a text in pieces that end at the given places. */
function redact(make: Redact, text: string | Buffer, cuts: readonly number[] = []): string {
  const bytes = Buffer.from(text as string);
  const stream = make();
  const places = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  const out = places.map((end, index) => stream.push(bytes.subarray(places[index - 1] ?? 0, end)));
  return Buffer.concat([...out, stream.end()]).toString('latin1');
}

const any = createRedactor({ secrets: [] });
// Made up here, so that nobody takes the tests for a leak.
const letters = (length: number): string => 'Ab3dEf6hIj9l'.repeat(99).slice(0, length);
const pem = (kind: string, lines: number): string =>
  [
    `-----BEGIN ${kind}-----`,
    ...Array.from({ length: lines }, () => letters(64)),
    'Ab3==',
    `-----END ${kind}-----`,
  ].join('\n');

const shapes: readonly [title: string, text: string, masked: string][] = [
  ['a password in a URL', 'git https://me:hun:ter@2@host/a me@host', 'git https://me:***@host/a me@host'],
  ['a token in a URL', 'https://abcdef123456@host/x', 'https://***@host/x'],
  ['a port and a path with an @', 'http://host:8080/a@b sftp://me@host:22/', 'http://host:8080/a@b sftp://me@host:22/'],
  ['Authorization', 'Authorization: Basic YTpi more\nnext', 'Authorization: ***\nnext'],
  ['Authorization in quotes', `curl -H 'Authorization: Basic YTpi' http://h`, `curl -H 'Authorization: ***' http://h`],
  ['Authorization in JSON', '{"Authorization": "Bearer a\\"b", "x": 1}', '{"Authorization": "***", "x": 1}'],
  [
    'Proxy-Authorization and cookies',
    'proxy-authorization: x y\r\nSet-Cookie: a=b; c\r\n',
    'proxy-authorization: ***\r\nSet-Cookie: ***\r\n',
  ],
  ['X-Auth-Token', 'X-Auth-Token: abc X-Subject-Token:def', 'X-Auth-Token: *** X-Subject-Token:***'],
  ['Bearer', 'got Bearer abc.d3f-x now', 'got Bearer *** now'],
  ['Bearer as a word', 'Bearer authentication of bearer bonds', 'Bearer authentication of bearer bonds'],
  [
    'passwords by their names',
    'OS_PASSWORD=x admin_password: \'a b\' adminPass="y" db_pass=z',
    'OS_PASSWORD=*** admin_password: \'***\' adminPass="***" db_pass=***',
  ],
  [
    'a dict of Python, and hashes of Ruby',
    "{u'password': u'x', 'token' => 'y'}",
    "{u'password': u'***', 'token' => '***'}",
  ],
  ['JSON in JSON', String.raw`{\"password\": \"x y\"}`, String.raw`{\"password\": \"***`],
  ['a query', 'GET /a?token=abc&b=c&api_key=d', 'GET /a?token=***&b=c&api_key=***'],
  ['keys by their names', 'aws_secret_access_key = a/b+c secret_key: x', 'aws_secret_access_key = *** secret_key: ***'],
  [
    'options',
    'tool --password s3cret --user me --db-password "a b" --token-file f',
    'tool --password *** --user me --db-password "***" --token-file f',
  ],
  [
    'what says that there is none',
    'password: None token=null, password=*** secret: false',
    'password: None token=null, password=*** secret: false',
  ],
  ['what has no value', 'password:\npassword=\n"token": ""\n', 'password:\npassword=\n"token": ""\n'],
  [
    'words that only look alike',
    'PASS: test_a; 3 passed; tokens: 5; unexpected token: x; keystone: y; bypass: no',
    'PASS: test_a; 3 passed; tokens: 5; unexpected token: x; keystone: y; bypass: no',
  ],
  ['the auth of a docker config', '{"auths":{"h":{"auth":"YTpi"}}}', '{"auths":{"h":{"auth":"***"}}}'],
  ['a key of AWS', `id AKIA${'ABCD2345'.repeat(2)} end`, 'id *** end'],
  ['tokens of GitHub and GitLab', `ghp_${letters(36)} github_pat_${letters(30)} glpat-${letters(20)}`, '*** *** ***'],
  ['a JSON web token', `eyJ${letters(20)}.eyJ${letters(20)}.${letters(30)} end`, '*** end'],
  ['a Fernet token', `gAAAAA${letters(180)}== end`, '*** end'],
  [
    'a private key',
    `a\n${pem('RSA PRIVATE KEY', 20)}\nb`,
    'a\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nb',
  ],
  [
    'a private key behind times',
    pem('PRIVATE KEY', 3).replaceAll('\n', '\n12:00 | '),
    '-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----',
  ],
  [
    'a private key on one line',
    `{"key": "${pem('EC PRIVATE KEY', 2).replaceAll('\n', '\\n')}\\n"}`,
    '{"key": "-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----\\n"}',
  ],
  [
    'the first line of a key only',
    `-----BEGIN PRIVATE KEY-----\n${'a line of a log\n'.repeat(9)}`,
    `-----BEGIN PRIVATE KEY-----***${'a line of a log\n'.repeat(6)}`,
  ],
  ['a certificate', pem('CERTIFICATE', 3), pem('CERTIFICATE', 3)],
  ['a value of any length', `password=${letters(1000).repeat(300)} end`, 'password=*** end'],
  ['a value that the text ends in', 'token: abc', 'token: ***'],
];

for (const [title, text, masked] of shapes) {
  test(`what looks like a credential: ${title}`, (t) => {
    t.is(redact(any, text), masked);
    const wide = 'line of a log\n'.repeat(4700);
    t.is(redact(any, wide + text), wide + masked, 'where it stands does not matter');
  });
}

const secrets = ['hunter2!?~hunter', 'p@ss w/:rd', pem('OPENSSH PRIVATE KEY', 3)];
const make = createRedactor({ secrets, usernames: ['ci'] });
const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`ci:${text}`).toString('base64url'),
  encodeURIComponent,
  (text) => JSON.stringify(text).slice(1, -1),
];
const leaks = secrets.flatMap((secret) => encodings.map((encode) => encode(secret)));

test('no secret survives, wherever the pieces end, and where they end changes nothing', (t) => {
  const part = fc.oneof(
    fc.constantFrom(...leaks, ...shapes.map(([, text]) => text)),
    fc.constantFrom(
      '\n',
      ' ',
      'log line 12:00 ',
      '-----BEGIN PRIVATE KEY-----',
      'password=',
      '"',
      '://',
      '@',
      'hunter2',
      '\\',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(4000), { maxLength: 8 }), (parts, cuts) => {
      const text = parts.join('');
      const whole = redact(make, text);
      t.is(redact(make, text, cuts), whole);
      for (const leak of leaks) t.false(whole.includes(leak));
    }),
    { numRuns: 200, seed: 8 },
  );
});

test('every place where the work can be cut gives the same', (t) => {
  const texts = shapes.map(([, text]) => text).filter((text) => text.length < 5000);
  for (const text of [...texts, ...leaks, `password="${letters(900).repeat(3)}\\"b" c`]) {
    const long = Buffer.from(`${text}\n${'y '.repeat(1100)}`);
    const stream = maskShapes(1);
    const out = Array.from(long, (_, at) => stream.push(long.subarray(at, at + 1)));
    t.is(
      Buffer.concat([...out, stream.end()]).toString(),
      redact(() => maskShapes(), long),
    );
  }
});

test('a secret that is split over pieces is masked; one of three letters, too', (t) => {
  const split = createRedactor({ secrets: ['hunter2', 'abc'] });
  for (let cut = 1; cut < 9; cut += 1) t.is(redact(split, '<hunter2><abc>', [cut, cut + 5]), '<***><***>');
  t.is(redact(split, 'hunter2hunter2 hunterhunter2'), '****** hunter***');
});

test('what is no text passes as it is', (t) => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (Math.imul(at, 2_654_435_761) >>> 13) & 0xff));
  const stream = make();
  const out = [];
  for (let at = 0; at < bytes.length; at += 70_001) out.push(stream.push(bytes.subarray(at, at + 70_001)));
  t.true(Buffer.concat([...out, stream.end()]).equals(bytes));
});

test('no more is held back than it takes', (t) => {
  const stream = make();
  let [given, most] = [0, 0];
  const piece = Buffer.alloc(65_536, 'a');
  const lines = Buffer.from('a line of a log, and nothing else\n'.repeat(2000));
  for (let count = 1; count <= 40; count += 1) {
    given += stream.push(lines).length;
    most = Math.max(most, count * lines.length - given);
  }
  t.true(most < 3000 + 65_536, String(most));
  stream.push(Buffer.from('password="'));
  for (let count = 0; count < 40; count += 1) given = stream.push(piece).length;
  t.is(given, 0, 'a value without an end is left out, not kept');
});
