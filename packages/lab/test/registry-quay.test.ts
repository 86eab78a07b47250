import test, { type ExecutionContext } from 'ava';
import { type LabRegistryOptions, startLabRegistry } from '../src/registry.ts';

const quay = { token: 'oauth' };

async function start(t: ExecutionContext, options: LabRegistryOptions = { quay }) {
  const registry = await startLabRegistry(options);
  t.teardown(() => registry.close());
  const call = async (path: string, init: RequestInit = {}, token = 'oauth') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${registry.url}/api/v1/repository${path}`, { headers, ...init });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> | null };
  };
  const create = (wish: Record<string, unknown>, token?: string) =>
    call('', { method: 'POST', body: JSON.stringify({ namespace: 'ns', description: '', ...wish }) }, token);
  return { registry, call, create };
}

test('what the API makes is as asked for, what a push makes is private', async (t) => {
  const { registry, create } = await start(t);
  const made = await create({ repository: 'open', visibility: 'public' });
  t.deepEqual(made, { status: 201, body: { namespace: 'ns', name: 'open', kind: 'image' } });
  t.is((await create({ repository: 'closed', visibility: 'private' })).status, 201);
  await fetch(`${registry.url}/v2/ns/pushed/blobs/uploads/`, { method: 'POST' });
  t.deepEqual(
    ['open', 'closed', 'pushed', 'absent'].map((name) => registry.visibility(`ns/${name}`)),
    ['public', 'private', 'private', null],
  );
  t.deepEqual(registry.repositories(), ['ns/closed', 'ns/open', 'ns/pushed']);
});

test('a wish that cannot be granted is refused in quay’s words', async (t) => {
  const { create } = await start(t);
  await create({ repository: 'a', visibility: 'public' });
  for (const [wish, detail] of [
    [{ repository: 'a', visibility: 'public' }, 'Repository already exists'],
    [{ repository: 'UPPER', visibility: 'public' }, 'Invalid repository name'],
    [{ repository: 'b', visibility: 'secret' }, "'secret' is not one of ['public', 'private']"],
  ] as const) {
    const { status, body } = await create(wish);
    t.is(status, 400);
    t.like(body, { detail, error_message: detail, error_type: 'invalid_request', status: 400 });
  }
  t.like(await create({ repository: 'b', visibility: 'public' }, 'wrong'), {
    status: 401,
    body: { detail: 'Requires authentication', error_type: 'invalid_token' },
  });
});

test('a list has pages of a hundred, of one namespace', async (t) => {
  const { registry, call } = await start(t);
  for (let n = 0; n < 201; n++) await registry.putBlob(`ns/r${String(n).padStart(3, '0')}`, Buffer.from('x'));
  await registry.putBlob('other/r', Buffer.from('x'));
  const names: unknown[] = [];
  const sizes: number[] = [];
  let mark: unknown = '';
  do {
    const { body } = await call(`?namespace=ns&public=true&next_page=${mark}`);
    const page = body?.['repositories'] as { name: string; is_public: boolean }[];
    sizes.push(page.length);
    names.push(...page.map(({ name }) => name));
    t.false(page.some(({ is_public }) => is_public));
    mark = body?.['next_page'];
  } while (mark !== undefined);
  t.deepEqual(sizes, [100, 100, 1]);
  t.is(new Set(names).size, 201);
  t.is((await call('')).status, 400);
});

test('a token is good for its scopes', async (t) => {
  const { call, create } = await start(t, { quay: { token: 'oauth', scopes: ['repo:create'] } });
  t.like(await call('?namespace=ns'), { status: 403, body: { error_type: 'insufficient_scope' } });
  t.is((await create({ repository: 'a', visibility: 'public' })).status, 201);
});

test('without a quay there is no such API, and nothing is private', async (t) => {
  const { registry, call } = await start(t, { auth: { username: 'u', password: 'p', anonymousPull: true } });
  t.is((await call('?namespace=ns')).status, 404);
  await registry.putImage('ns/a', ['tag'], { layers: [] });
  t.is((await fetch(`${registry.url}/v2/ns/a/tags/list`)).status, 200);
});

for (const scheme of ['basic', 'bearer'] as const) {
  test(`${scheme}: only what is public is read by everybody`, async (t) => {
    const auth = { username: 'u', password: 'p', scheme, anonymousPull: true } as const;
    const { registry, create } = await start(t, { quay, auth });
    await create({ repository: 'open', visibility: 'public' });
    for (const name of ['open', 'pushed']) await registry.putImage(`ns/${name}`, ['tag'], { layers: [] });
    const read = async (name: string) => {
      const answer = await fetch(`${registry.url}/token?scope=repository:ns/${name}:pull`);
      const { token } = (await answer.json()) as { token: string };
      const headers: Record<string, string> = scheme === 'bearer' ? { authorization: `Bearer ${token}` } : {};
      return (await fetch(`${registry.url}/v2/ns/${name}/tags/list`, { headers })).status;
    };
    t.is(await read('open'), 200);
    t.is(await read('pushed'), 401);
  });
}
