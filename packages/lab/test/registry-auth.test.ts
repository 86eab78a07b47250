import test, { type ExecutionContext } from 'ava';
import { type LabRegistry, type LabRegistryAuth, type LabRequest, startLabRegistry } from '../src/registry.ts';

const user = { username: 'lab', password: 'right' };
const login = { authorization: `Basic ${btoa('lab:right')}` };

async function start(t: ExecutionContext, auth: Partial<LabRegistryAuth> = {}, now = () => 1_000_000) {
  const seen: LabRequest[] = [];
  const registry = await startLabRegistry({
    auth: { ...user, scheme: 'bearer', ...auth },
    now,
    onRequest: (request) => void seen.push(request),
  });
  t.teardown(() => registry.close());
  return { registry, seen };
}

interface TokenAnswer {
  readonly token?: string;
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly issued_at?: string;
}

async function tokenOf(registry: LabRegistry, ...scopes: string[]): Promise<TokenAnswer> {
  const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&');
  return (await fetch(`${registry.url}/token?${query}`, { headers: login })).json() as Promise<TokenAnswer>;
}

const open = (registry: LabRegistry, repository: string, token: string | undefined, query = '') =>
  fetch(`${registry.url}/v2/${repository}/blobs/uploads/${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
const challengeOf = (response: Response) => response.headers.get('www-authenticate') ?? '';

test('tokens may come from another port, and are counted like the others', async (t) => {
  const { registry, seen } = await start(t, { tokenServer: 'own-port' });
  const realm = /realm="([^"]+)"/.exec(challengeOf(await fetch(`${registry.url}/v2/`)))?.[1] ?? '';
  t.regex(realm, /^http:\/\/127\.0\.0\.1:\d+\/token$/);
  t.not(new URL(realm).host, registry.host);
  const response = await fetch(`${realm}?scope=repository:a:pull,push`, { headers: login });
  const { token } = (await response.json()) as TokenAnswer;
  t.is((await open(registry, 'a', token)).status, 202);
  t.deepEqual(registry.requests().counts, { 'GET ping': 1, 'GET token': 1, 'POST upload': 1 });
  t.deepEqual(
    seen.map(({ kind, authScheme }) => [kind, authScheme]),
    [
      ['ping', ''],
      ['token', 'Basic'],
      ['upload', 'Bearer'],
    ],
  );
});

test('a server that takes one scope only refuses two', async (t) => {
  const { registry } = await start(t, { oneScopeOnly: true });
  const ask = (query: string) => fetch(`${registry.url}/token?${query}`, { headers: login });
  t.is((await ask('scope=repository:a:pull')).status, 200);
  t.is((await ask('scope=repository:a:pull&scope=repository:b:pull')).status, 400);
});

test('a token tells its end, or not, and when its life began', async (t) => {
  t.like(await tokenOf((await start(t)).registry, 'repository:a:pull'), { expires_in: 300 });
  const silent = await tokenOf((await start(t, { omitsExpiry: true })).registry, 'repository:a:pull');
  t.deepEqual(Object.keys(silent), ['token']);
  let now = 1_000_000;
  const { registry } = await start(t, { issuedSecondsAgo: 100 }, () => now);
  const aged = await tokenOf(registry, 'repository:a:pull,push');
  t.like(aged, { expires_in: 300, issued_at: '1970-01-01T00:15:00.000Z' });
  now += 199_000;
  t.is((await open(registry, 'a', aged.token)).status, 202);
  now += 1_000;
  const late = await open(registry, 'a', aged.token);
  t.is(late.status, 401);
  t.regex(challengeOf(late), /error="invalid_token"/);
});

test('a token may lack what was asked for, and then does not reach that far', async (t) => {
  const { registry } = await start(t, { may: (repository, action) => action === 'pull' || repository === 'mine' });
  const { token } = await tokenOf(registry, 'repository:a:pull,push', 'repository:mine:pull,push');
  t.is((await open(registry, 'mine', token)).status, 202);
  const refused = await open(registry, 'a', token);
  t.is(refused.status, 401);
  t.regex(challengeOf(refused), /scope="repository:a:pull,push",error="insufficient_scope"/);
  const read = { headers: { authorization: `Bearer ${token}` } };
  t.is((await fetch(`${registry.url}/v2/a/tags/list`, read)).status, 404);
});

test('a mount needs to read where it mounts from', async (t) => {
  const { registry } = await start(t);
  const digest = await registry.putBlob('from', Buffer.from('shared'));
  const narrow = await tokenOf(registry, 'repository:to:pull,push');
  const refused = await open(registry, 'to', narrow.token, `?mount=${digest}&from=from`);
  t.is(refused.status, 401);
  t.regex(challengeOf(refused), /scope="repository:to:pull,push repository:from:pull"/);
  const wide = await tokenOf(registry, 'repository:to:pull,push', 'repository:from:pull');
  t.is((await open(registry, 'to', wide.token, `?mount=${digest}&from=from`)).status, 201);
});

test('to give up an upload, or to delete anything, is an action of its own', async (t) => {
  const { registry } = await start(t);
  const pushing = await tokenOf(registry, 'repository:a:pull,push');
  const location = (await open(registry, 'a', pushing.token)).headers.get('location') ?? '';
  const giveUp = (token: string | undefined) =>
    fetch(location, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  const refused = await giveUp(pushing.token);
  t.is(refused.status, 401);
  t.regex(challengeOf(refused), /scope="repository:a:delete",error="insufficient_scope"/);
  t.is((await giveUp((await tokenOf(registry, 'repository:a:delete')).token)).status, 204);
});

test('a refresh token is taken from a form, where there is one', async (t) => {
  const ask = async (registry: LabRegistry, refresh: string) => {
    const form = { grant_type: 'refresh_token', scope: 'repository:a:pull,push', refresh_token: refresh };
    return fetch(`${registry.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  };
  const { registry } = await start(t, { refreshToken: 'long' });
  const { access_token: token } = (await (await ask(registry, 'long')).json()) as TokenAnswer;
  t.is((await open(registry, 'a', token)).status, 202);
  t.is((await ask(registry, 'other')).status, 401);
  t.is((await ask((await start(t)).registry, 'long')).status, 404);
});

for (const scheme of ['basic', 'bearer'] as const) {
  test(`${scheme}: the first push to a repository that is not there is refused once`, async (t) => {
    const { registry } = await start(t, { scheme, refusesFirstPush: true });
    await registry.putBlob('there', Buffer.from('x'));
    const push = async (repository: string) => {
      const token = scheme === 'basic' ? '' : (await tokenOf(registry, `repository:${repository}:pull,push`)).token;
      const headers = scheme === 'basic' ? login : { authorization: `Bearer ${token}` };
      return (await fetch(`${registry.url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers })).status;
    };
    t.is(await push('there'), 202);
    t.is(await push('new'), 401);
    t.is(await push('new'), 202);
    t.is(await push('other'), 401);
  });
}
