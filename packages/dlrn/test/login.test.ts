import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createApi, type Login, LoginError } from '@tagflow/http';
import { createDlrnClient, DlrnError, findLogin, type GivenLogin, type LoginDefaults } from '../src/index.ts';
import { failsWith, testEffects } from './client-suite.ts';

interface Seen {
  readonly method: string | undefined;
  readonly authorization: string | undefined;
}

/** A server that answers every request alike, and its client with a login. */
async function bench(
  t: ExecutionContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: { readonly credentials?: Login | { username: string; password: string }; readonly onReads?: boolean } = {},
) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method, authorization: request.headers.authorization });
    request.resume().on('end', () => answer(request, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { credentials, onReads = false } = options;
  const client = createDlrnClient(createApi(testEffects), {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api-master`,
    ...(credentials === undefined ? {} : { credentials }),
    sendCredentialsOnReads: onReads,
  });
  return { client, seen };
}

const fine = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":"ok"}');
};

const refusing =
  (status: number, offered: string, body = 'Unauthorized Access') =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'text/html', 'www-authenticate': offered }).end(body);
  };

const basic = { username: 'ciuser', password: 'hunter2!' };
const kerberos: Login = {
  method: 'kerberos',
  who: 'principal ciuser@LAB.TEST',
  authorize: ({ pathname }) => Promise.resolve(`Negotiate ${pathname.length}`),
};

for (const [name, credentials, header] of [
  ['basic', basic, `Basic ${Buffer.from('ciuser:hunter2!').toString('base64')}`],
  ['kerberos', kerberos, 'Negotiate 22'],
] as const) {
  test(`${name}: writes are logged in, and reads where DLRN protects them`, async (t) => {
    const { client, seen } = await bench(t, fine, { credentials });
    await client.health();
    await client.health({ withCredentials: true });
    const protecting = await bench(t, fine, { credentials, onReads: true });
    await protecting.client.health();
    t.deepEqual(
      [...seen, ...protecting.seen],
      [
        { method: 'GET', authorization: undefined },
        { method: 'POST', authorization: header },
        { method: 'GET', authorization: header },
      ],
    );
  });
}

const refusals: readonly (readonly [string, Login | typeof basic, string, RegExp, RegExp])[] = [
  ['a wrong password', basic, 'Basic realm="x"', /does not let in user ciuser/, /^Check username and password\.$/],
  ['a principal that is not known', kerberos, 'Negotiate', /does not let in principal ciuser@LAB\.TEST/, /DLRN knows/],
  ['a password for Kerberos', basic, 'Negotiate', /ciuser/, /another way: auth-method kerberos/],
  ['a token for a DLRN with passwords', kerberos, 'Basic realm="x"', /LAB/, /another way: auth-method basic/],
  ['a wrong password where both go', basic, 'Negotiate, Basic realm="x"', /ciuser/, /^Check username and password\.$/],
  ['an unknown principal where both go', kerberos, 'Negotiate, Basic realm="x"', /LAB/, /DLRN knows/],
];

for (const [title, credentials, offered, message, next] of refusals) {
  test(`401: ${title}`, async (t) => {
    const { client } = await bench(t, refusing(401, offered), { credentials });
    const error = await failsWith(t, 'unauthorized', () => client.health({ withCredentials: true }));
    t.is(error.outcome, 'failed');
    t.regex(error.message, message);
    t.regex(error.next ?? '', next);
    t.notRegex(error.message, /hunter2|Negotiate \d/);
  });
}

test('a question that needs a login says how to give it', async (t) => {
  const { client } = await bench(t, refusing(401, 'Basic realm="x"'));
  const error = await failsWith(t, 'unauthorized', () => client.health());
  t.regex(error.next ?? '', /protected-reads: true/);
});

test('a server that protects its reads is shown the login, and from then on at once', async (t) => {
  const refuse = refusing(401, 'Basic realm="x"');
  const guarded = (request: IncomingMessage, response: ServerResponse): void =>
    (request.headers.authorization === undefined ? refuse : fine)(request, response);
  const { client, seen } = await bench(t, guarded, { credentials: basic });
  t.is(await client.health(), 'ok');
  t.is(await client.health(), 'ok');
  t.deepEqual(
    seen.map(({ authorization }) => authorization !== undefined),
    [false, true, true],
  );
});

test('a user without the right role, and a rule of DLRN: two kinds of 403', async (t) => {
  const role = await bench(t, refusing(403, 'Negotiate'), { credentials: kerberos });
  const error = await failsWith(t, 'refused', () => role.client.health({ withCredentials: true }));
  t.is(error.next, 'Have DLRN allow principal ciuser@LAB.TEST to write.');
  const rule = await bench(t, refusing(403, '', '{"message":"Invalid promote_name current"}'), {
    credentials: kerberos,
  });
  t.is((await failsWith(t, 'refused', () => rule.client.health({ withCredentials: true }))).next, undefined);
});

test('without a ticket nothing is sent, and the error is one of DLRN that says what to do', async (t) => {
  const cause = new LoginError('no-ticket', 'there is no ticket', 'Run kinit before, or give a keytab.');
  const credentials: Login = { ...kerberos, authorize: () => Promise.reject(cause) };
  const { client, seen } = await bench(t, fine, { credentials });
  const error = await failsWith(t, 'unauthorized', () => client.health({ withCredentials: true }));
  t.is(error.cause, cause);
  t.deepEqual([error.message, error.next, error.outcome], [cause.message, cause.next, 'invalid']);
  t.deepEqual(seen, []);
});

const env = (): undefined => undefined;

const kerberosWay = { authMethod: 'kerberos', username: null, serverPrincipal: null } as const;
const basicWay = { authMethod: 'basic', username: 'of-the-file', serverPrincipal: 'HTTP/h' } as const;
const ticket = 'kerberos: the holder of the ticket (klist names it)';

const ways: readonly (readonly [string, GivenLogin, LoginDefaults | null, string])[] = [
  ['a name and a password', basic, null, 'basic: user ciuser'],
  ['nothing', {}, null, 'missing: username, password'],
  ['a name', { username: 'ciuser' }, null, 'missing: password'],
  ['a password', { password: 'x' }, null, 'missing: username'],
  ['a password, and a name in the file', { password: 'x' }, basicWay, 'basic: user of-the-file'],
  ['another name than in the file', { ...basic }, basicWay, 'basic: user ciuser'],
  ['a name in the file', {}, basicWay, 'missing: password'],
  ['kerberos', { authMethod: 'kerberos' }, null, ticket],
  ['kerberos in the file', {}, kerberosWay, ticket],
  ["kerberos, and in the file a password's user", { authMethod: 'kerberos' }, basicWay, ticket],
  ['a password, and kerberos in the file', { authMethod: 'basic', ...basic }, kerberosWay, 'basic: user ciuser'],
];

for (const [title, given, configured, expected] of ways) {
  test(`who logs in, and what is missing for it: ${title}`, async (t) => {
    const found = await findLogin({ given, configured, env });
    t.is(
      'login' in found ? `${found.login.method}: ${found.login.who}` : `missing: ${found.missing.join(', ')}`,
      expected,
    );
  });
}

const contradictions: readonly (readonly [GivenLogin, LoginDefaults | null, RegExp])[] = [
  [{ keytab: '/k', ...basic }, null, /^input "keytab" is for auth-method kerberos, and auth-method is basic$/],
  [{ serverPrincipal: 'HTTP/h' }, basicWay, /^input "server-principal" is for auth-method kerberos/],
  [{ keytab: '/k', serverPrincipal: 'HTTP/h' }, null, /^inputs "keytab" and "server-principal" are for/],
  [{ password: 'x' }, kerberosWay, /^input "password" is for auth-method basic, and auth-method is kerberos$/],
  [{ username: 'ciuser' }, kerberosWay, /^input "username" is for auth-method basic/],
  [{ authMethod: 'kerberos', ...basic, keytab: '/k' }, basicWay, /^inputs "username" and "password" are for/],
];

for (const [given, configured, message] of contradictions) {
  test(`what would not be used is refused: ${Object.keys(given).join(', ')}`, async (t) => {
    const error = await t.throwsAsync(findLogin({ given, configured, env }), { instanceOf: DlrnError, message });
    t.deepEqual([error.code, error.outcome], ['bad-input', 'invalid']);
    t.regex(error.next ?? '', /^Give auth-method (?:basic|kerberos) \(or .* in tagflow\.yaml\), or no /);
  });
}

test('a keytab that is none, and a server that is none, of an input or of the file', async (t) => {
  const rows: readonly (readonly [GivenLogin, LoginDefaults | null, string])[] = [
    [{ authMethod: 'kerberos', keytab: '/nonexistent' }, null, 'bad-keytab'],
    [{ authMethod: 'kerberos', serverPrincipal: 'h' }, null, 'bad-principal'],
    [{}, { ...kerberosWay, serverPrincipal: 'h' }, 'bad-principal'],
  ];
  for (const [given, configured, code] of rows) {
    const error = await t.throwsAsync(findLogin({ given, configured, env }), { instanceOf: LoginError });
    t.deepEqual([error.code, error.outcome], [code, 'invalid']);
  }
  const both = { given: { serverPrincipal: 'HTTP/h' }, configured: { ...kerberosWay, serverPrincipal: 'bad' }, env };
  t.true('login' in (await findLogin(both)), 'what is given wins');
});
