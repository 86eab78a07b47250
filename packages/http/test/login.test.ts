import test from 'ava';
import { basicLogin, createApi, type Login, LoginError } from '../src/index.ts';
import { serve, testWorld } from './world.ts';

/** A login whose proofs are good for one sending, as Kerberos tokens are. */
function countingLogin(): Login {
  let given = 0;
  return { method: 'kerberos', who: 'somebody', authorize: () => Promise.resolve(`Negotiate token-${++given}`) };
}

test('a user and a password are the header that they always were', async (t) => {
  await using server = await serve((_request, response) => response.end());
  const login = basicLogin({ username: 'ciuser', password: 'pässword:' });
  await createApi(testWorld()).request({ method: 'GET', url: server.url, login });
  t.is(server.seen[0]?.headers.authorization, `Basic ${Buffer.from('ciuser:pässword:').toString('base64')}`);
  t.is(login.who, 'user ciuser');
});

test('every sending proves itself anew: a server remembers what it has seen', async (t) => {
  await using server = await serve((_request, response, count) => {
    if (count === 1) response.writeHead(503).end();
    else if (count === 2) response.writeHead(307, { location: '/there' }).end();
    else response.end('in');
  });
  const api = createApi(testWorld());
  t.is((await api.request({ method: 'GET', url: server.url, login: countingLogin() })).text, 'in');
  t.deepEqual(
    server.seen.map(({ url, headers }) => [url, headers.authorization]),
    [
      ['/', 'Negotiate token-1'],
      ['/', 'Negotiate token-2'],
      ['/there', 'Negotiate token-3'],
    ],
  );
});

test('another origin is not logged in at', async (t) => {
  await using other = await serve((_request, response) => response.end('other'));
  await using server = await serve((_request, response) => response.writeHead(307, { location: other.url }).end());
  const api = createApi(testWorld());
  t.is((await api.request({ method: 'GET', url: server.url, login: countingLogin() })).text, 'other');
  t.is(server.seen[0]?.headers.authorization, 'Negotiate token-1');
  t.is(other.seen[0]?.headers.authorization, undefined);
});

test('without a proof nothing is sent, and nothing is tried again', async (t) => {
  await using server = await serve((_request, response) => response.end());
  const world = testWorld();
  const login: Login = {
    ...countingLogin(),
    authorize: () => Promise.reject(new LoginError('no-ticket', 'there is no ticket', 'Run kinit.')),
  };
  for (const method of ['GET', 'POST'] as const) {
    const error = await t.throwsAsync(createApi(world).request({ method, url: server.url, login }));
    t.true(error instanceof LoginError && error.code === 'no-ticket' && error.outcome === 'invalid');
  }
  t.is(server.seen.length, 0);
  t.deepEqual(world.clock.sleeps, []);
});
