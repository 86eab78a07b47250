import { access, chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { kerberosLogin, LoginError, type LoginErrorCode } from '../src/index.ts';
import { kerberosFailure } from '../src/kerberos-failure.ts';
import { type CurlCall, type CurlScript, fakeCurl } from './fake-curl.ts';

const url = new URL('https://Trunk.example:8443/api/promote?x=1');
const never = new AbortController().signal;

/** A keytab of the format's version 2. A number is a hole of so many bytes. */
function keytab(...entries: readonly (readonly string[] | number)[]): Buffer {
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from([0, Buffer.byteLength(value)]), Buffer.from(value)]);
  const records = entries.map((entry) => {
    const size = Buffer.alloc(4);
    if (typeof entry === 'number') {
      size.writeInt32BE(-entry);
      return Buffer.concat([size, Buffer.alloc(entry, 0xff)]);
    }
    const key = Buffer.alloc(20);
    const body = Buffer.concat([Buffer.from([0, entry.length - 1]), ...entry.map(text), key]);
    size.writeInt32BE(body.length);
    return Buffer.concat([size, body]);
  });
  return Buffer.concat([Buffer.from([5, 2]), ...records]);
}

async function fileOf(bytes: Buffer | string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'tagflow-keytab-')), 'ci.keytab');
  await writeFile(path, bytes);
  return path;
}

async function loginErrorOf(t: ExecutionContext, promise: Promise<unknown>): Promise<LoginError> {
  const error = await t.throwsAsync(promise);
  if (error instanceof LoginError) return error;
  throw error;
}

async function callOf(calls: string): Promise<CurlCall> {
  return JSON.parse(await readFile(calls, 'utf8')) as CurlCall;
}

test('the token is the one that curl sends to our socket, for the host of the URL', async (t) => {
  const variables = { KRB5_CONFIG: '/etc/ours.conf', KRB5CCNAME: 'FILE:/tmp/ticket', DLRN_PASSWORD: 'hunter2' };
  const curl = await fakeCurl({ header: 'Negotiate dG9rZW4=' }, variables);
  const login = await kerberosLogin({ env: curl.env });
  t.is(await login.authorize(url, never), 'Negotiate dG9rZW4=');
  const { args, env, config } = await callOf(curl.calls);
  t.is(args[0], '-q', 'before everything else: no .curlrc');
  t.is(args.at(-1), 'http://trunk.example/', 'the path and the query are nothing to curl');
  t.is(args[args.indexOf('--service-name') + 1], 'HTTP');
  t.is(config, null, "the machine's own krb5.conf alone");
  t.like(env, { KRB5_CONFIG: '/etc/ours.conf', KRB5CCNAME: 'FILE:/tmp/ticket', LC_ALL: 'C' });
  t.false('DLRN_PASSWORD' in env, 'no more of the environment than Kerberos needs');
  const socket = args[args.indexOf('--unix-socket') + 1] ?? '';
  await t.throwsAsync(access(dirname(socket)), { code: 'ENOENT' }, 'the folder of the socket is gone');
});

test('a keytab makes tickets of its own, in memory', async (t) => {
  const curl = await fakeCurl({ header: 'Negotiate dG9rZW4=' }, { KRB5CCNAME: 'FILE:/tmp/of-somebody' });
  const file = await fileOf(keytab(12, ['EXAMPLE.ORG', 'ci', 'trunk'], ['EXAMPLE.ORG', 'other']));
  const login = await kerberosLogin({ keytab: file, env: curl.env });
  t.is(login.who, 'principal ci/trunk@EXAMPLE.ORG');
  await login.authorize(url, never);
  const { env } = await callOf(curl.calls);
  t.is(env['KRB5CCNAME'], 'MEMORY:tagflow');
  t.is(env['KRB5_CLIENT_KTNAME'], `FILE:${file}`);
});

const exactly = '[libdefaults]\n  dns_canonicalize_hostname = false\n  rdns = false\n  qualify_shortname = ""\n';
const principals: readonly (readonly [given: string, service: string, host: string, realm: string])[] = [
  ['HTTP/dlrn.example.org', 'HTTP', 'dlrn.example.org', ''],
  ['HTTP/DLRN.example.org@EXAMPLE.ORG', 'HTTP', 'dlrn.example.org', 'EXAMPLE.ORG'],
  ['dlrn/h@corp_2.example', 'dlrn', 'h', 'corp_2.example'],
];

for (const [given, service, host, realm] of principals) {
  test(`the token is for the server that was named, whatever the URL calls it: ${given}`, async (t) => {
    const variables = { KRB5_CONFIG: '/etc/ours.conf:/etc/more.conf' };
    const curl = await fakeCurl({ header: 'Negotiate dG9rZW4=' }, variables);
    const login = await kerberosLogin({ serverPrincipal: given, env: curl.env });
    t.is(await login.authorize(url, never), 'Negotiate dG9rZW4=');
    const { args, env, config } = await callOf(curl.calls);
    t.is(args.at(-1), `http://${host}/`);
    t.is(args[args.indexOf('--service-name') + 1], service);
    t.is(config, `${exactly}${realm === '' ? '' : `[domain_realm]\n  ${host} = ${realm}\n`}`);
    t.true(env['KRB5_CONFIG']?.endsWith('/krb5.conf:/etc/ours.conf:/etc/more.conf'), "before the machine's own");
  });
}

test("where nobody names the machine's krb5.conf, it is that of /etc", async (t) => {
  const { env, calls } = await fakeCurl({ header: 'Negotiate dG9rZW4=' });
  await (await kerberosLogin({ serverPrincipal: 'HTTP/h', env })).authorize(url, never);
  t.regex((await callOf(calls)).env['KRB5_CONFIG'] ?? '', /\/krb5\.conf:\/etc\/krb5\.conf$/);
});

const noPrincipals = [
  'dlrn.example.org',
  'HTTP/',
  '/h',
  'HTTP@h',
  'HTTP/h@',
  'HTTP/a/b',
  'HTTP/h h',
  'HTTP/-h',
  'HTTP/h\n',
];

for (const given of [...noPrincipals, 'HTTP/h@R\n[realms]', 'HTTP/h@R}', 'HTTP/h:1', 'http://h/', '-K/etc/passwd']) {
  test(`no principal of a server: ${JSON.stringify(given)}`, async (t) => {
    const error = await loginErrorOf(t, kerberosLogin({ serverPrincipal: given, env: () => undefined }));
    t.deepEqual([error.code, error.outcome], ['bad-principal', 'invalid']);
    t.true(error.message.startsWith(`server-principal ${JSON.stringify(given)} is not the principal of a server`));
  });
}

const badKeytabs: readonly (readonly [string, Buffer | string])[] = [
  ['a text', 'BQIAAAA='],
  ['nothing', ''],
  ['no key', keytab()],
  ['only holes', keytab(8, 12)],
  ['an end within a name', keytab(['EXAMPLE.ORG', 'ci']).subarray(0, 15)],
  ['a name that is longer than its entry', Buffer.from([5, 2, 0, 0, 0, 6, 0, 1, 0, 99, 65, 65])],
  ['another version', Buffer.from([5, 1, 0, 0, 0, 0])],
];

for (const [title, bytes] of badKeytabs) {
  test(`no keytab: ${title}`, async (t) => {
    const file = await fileOf(bytes);
    const error = await loginErrorOf(t, kerberosLogin({ keytab: file, env: () => undefined }));
    t.deepEqual([error.code, error.outcome], ['bad-keytab', 'invalid']);
    t.true(error.message.startsWith(`keytab ${file} is not a keytab, or holds no key`));
    t.regex(error.next ?? '', /klist -k/);
  });
}

test('a keytab that is not there, or may not be read', async (t) => {
  const gone = await loginErrorOf(t, kerberosLogin({ keytab: '/nonexistent/ci.keytab', env: () => undefined }));
  t.is(gone.code, 'bad-keytab');
  t.regex(gone.message, /^keytab \/nonexistent\/ci\.keytab cannot be read: ENOENT/);
  const closed = await fileOf(keytab(['EXAMPLE.ORG', 'ci']));
  await chmod(dirname(closed), 0);
  // root reads everything
  if (process.getuid?.() !== 0) {
    const error = await loginErrorOf(t, kerberosLogin({ keytab: closed, env: () => undefined }));
    t.regex(error.message, /cannot be read: EACCES/);
  }
  await chmod(dirname(closed), 0o700);
});

test('no curl, and a curl without GSS-API: what to install', async (t) => {
  const login = await kerberosLogin({ env: (name) => (name === 'PATH' ? '/nonexistent' : undefined) });
  const missing = await loginErrorOf(t, login.authorize(url, never));
  t.deepEqual([missing.code, missing.outcome], ['no-curl', 'invalid']);
  t.regex(missing.next ?? '', /Install curl/);

  const stderr = "curl: option --negotiate: the installed libcurl version doesn't support this\n";
  const { env } = await fakeCurl({ features: 'HTTP2 UnixSockets', stderr, exitCode: 2 });
  const plain = await kerberosLogin({ env });
  const error = await loginErrorOf(t, plain.authorize(url, never));
  t.deepEqual([error.code, error.outcome], ['no-gss', 'invalid']);
  t.regex(error.message, /without GSS-API, SPNEGO \(curl 8\.0\.0 \(fake\)\)/);
});

test('a folder whose path is too long for a socket is named', async (t) => {
  const folder = join(await mkdtemp(join(tmpdir(), 'tagflow-deep-')), 'x'.repeat(100));
  await mkdir(folder);
  const { env } = await fakeCurl({}, { TMPDIR: folder });
  const login = await kerberosLogin({ env });
  const error = await loginErrorOf(t, login.authorize(url, never));
  t.is(error.code, 'kerberos-failed');
  t.true(error.message.includes(folder));
  t.regex(error.next ?? '', /TMPDIR/);
  t.deepEqual(await readdir(folder), [], 'nothing is left there');
});

test('what curl says when it has no token is what the error says', async (t) => {
  const scripts: readonly (readonly [CurlScript, LoginErrorCode, RegExp])[] = [
    [{ stderr: '* gss_init_sec_context() failed: Ticket expired. \n' }, 'ticket-expired', /HTTP\/trunk\.example/],
    [{ stderr: "curl: (7) Couldn't connect to server\n", exitCode: 7 }, 'kerberos-failed', /Couldn't connect/],
    [{ header: 'Basic Og==' }, 'kerberos-failed', /no token was made$/],
  ];
  for (const [script, code, message] of scripts) {
    const { env } = await fakeCurl(script);
    const login = await kerberosLogin({ env });
    const error = await loginErrorOf(t, login.authorize(url, never));
    t.is(error.code, code);
    t.regex(error.message, message);
  }
});

test('a KDC that never answers is given up, and an abort ends it with its own reason', async (t) => {
  const { env } = await fakeCurl({ hangs: true });
  const asked: number[] = [];
  const deadline = (ms: number): AbortSignal => {
    asked.push(ms);
    return AbortSignal.abort();
  };
  const impatient = await kerberosLogin({ env, timeoutMs: 5000, deadline });
  const error = await loginErrorOf(t, impatient.authorize(url, never));
  t.deepEqual([error.code, error.outcome, asked], ['kdc-unreachable', 'waiting', [5000]]);
  t.regex(error.message, /no KDC answered within 5 s/);

  const controller = new AbortController();
  const reason = new Error('cancelled');
  const again = await fakeCurl({ hangs: true });
  const login = await kerberosLogin({ env: again.env });
  const asking = login.authorize(url, controller.signal);
  // It is cancelled while curl runs: once it has written down how it was called.
  const watch = (): void => {
    access(again.calls).then(
      () => controller.abort(reason),
      () => setImmediate(watch),
    );
  };
  watch();
  t.is(await t.throwsAsync(asking), reason);
});

// As MIT Kerberos 1.20 says it through curl 7.88; test/peers/kerberos.test.ts has a real KDC say some of them.
const none = 'No credentials were supplied, or the credentials were unavailable or inaccessible. ';
const said: readonly (readonly [string, string | null, LoginErrorCode, RegExp])[] = [
  [`${none}SPNEGO cannot find mechanisms to negotiate. `, null, 'no-ticket', /there is no ticket/],
  [`${none}No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0). `, null, 'no-ticket', /no ticket/],
  [
    "Unspecified GSS failure.  Minor code may provide more information. Credentials cache file '/tmp/x' not found. ",
    null,
    'no-ticket',
    /\(Credentials cache/,
  ],
  ['Ticket expired. ', null, 'ticket-expired', /has expired/],
  [`${none}Ticket expired. `, null, 'ticket-expired', /has expired/],
  [`${none}Decrypt integrity check failed. `, 'ci.keytab', 'bad-keytab', /keytab's key/],
  [`${none}Preauthentication failed. `, 'ci.keytab', 'bad-keytab', /keytab's key/],
  [
    `${none}Client 'gone@LAB.TEST' not found in Kerberos database. `,
    'ci.keytab',
    'refused-by-kdc',
    /Client 'gone@LAB.TEST'/,
  ],
  [`${none}Client's credentials have been revoked. `, 'ci.keytab', 'refused-by-kdc', /revoked/],
  [`${none}Client's entry in database has expired. `, 'ci.keytab', 'refused-by-kdc', /entry in database has expired/],
  ['Server HTTP/alias@LAB.TEST not found in Kerberos database. ', null, 'no-service', /does not know this server/],
  ['Server krbtgt/EXAMPLE@LAB.TEST not found in Kerberos database. ', null, 'no-service', /krbtgt\/EXAMPLE/],
  [`${none}Clock skew too great. `, 'ci.keytab', 'clock-skew', /clock/],
  ['Clock skew too great in KDC reply. ', null, 'clock-skew', /clock/],
  [`${none}Cannot contact any KDC for realm 'LAB.TEST'. `, 'ci.keytab', 'kdc-unreachable', /realm 'LAB\.TEST'/],
  [`${none}Cannot find KDC for realm "LAB.TEST". `, 'ci.keytab', 'kerberos-failed', /not set up/],
  [`${none}SPNEGO cannot find mechanisms to negotiate. `, 'ci.keytab', 'kerberos-failed', /no token was made \(SPNEGO/],
  ['Something new. ', null, 'kerberos-failed', /\(Something new\)/],
];

for (const [line, file, code, message] of said) {
  test(`${file === null ? 'ticket' : 'keytab'}: ${line}`, (t) => {
    const verbose = `*   Trying /tmp/s:0...\n* gss_init_sec_context() failed: ${line}\n* Server auth using Negotiate\n`;
    const error = kerberosFailure(verbose, { service: 'HTTP/trunk.example', isNamed: false, keytab: file });
    t.is(error.code, code);
    t.regex(error.message, message);
    t.regex(error.message, /^Kerberos for HTTP\/trunk\.example/);
    t.is(error.message.includes('with keytab ci.keytab'), file !== null);
    t.truthy(error.next);
    t.notRegex(error.message, /credentials were supplied|Minor code/);
  });
}

test('who named the server is told to look at the name; others, that there may be an alias', (t) => {
  const line = '* gss_init_sec_context() failed: Server HTTP/x@LAB.TEST not found in Kerberos database. \n';
  const next = (isNamed: boolean) => kerberosFailure(line, { service: 'HTTP/x', isNamed, keytab: null }).next ?? '';
  t.regex(next(true), /^Check server-principal: its host, and its realm/);
  t.regex(next(false), /^Where the URL has an alias, give server-principal/);
});
