import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { Digest } from '@tagflow/model';
import { anonymous } from '../src/auth/docker-config.ts';
import { OciError } from '../src/error.ts';
import { createListings, type Listings } from '../src/listings.ts';
import { nextLink } from '../src/pages.ts';
import { createWire } from '../src/wire.ts';
import { makeWorld, type World } from './world.ts';

const index = 'application/vnd.oci.image.index.v1+json';
const manifest = 'application/vnd.oci.image.manifest.v1+json';
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

function listingsOf(world: World, origin: string): Listings {
  const address = { name: new URL(origin).host, origin };
  return createListings(address, createWire(address, anonymous, world.effects));
}

/** Serves one answer for each request; returns the origin and the paths that were asked. */
async function serve(
  t: ExecutionContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly origin: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const json = (response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

for (const [name, options, requests] of [
  ['2.8 gives all at once', { engine: 'v2' }, 1],
  ['3.1 gives relative links, the last page is empty', { engine: 'v3' }, 3],
  ['quay.io gives absolute links', { maxPage: 100 }, 2],
] as const) {
  test(`tags: ${name}`, async (t) => {
    const world = makeWorld(t);
    const registry = await world.registry(options);
    const tags = Array.from({ length: 200 }, (_, number) => `t${String(number).padStart(3, '0')}`);
    await registry.putImage('ns/a', tags, { layers: [] });
    t.deepEqual(await listingsOf(world, registry.url).listTags('ns/a'), tags);
    t.deepEqual(registry.requests().counts, { 'GET tags': requests });
    t.is(await listingsOf(world, registry.url).listTags('ns/unknown'), null);
  });
}

test('repositories, in pages', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const names = Array.from({ length: 101 }, (_, number) => `ns/r${String(number).padStart(3, '0')}`);
  for (const name of names) await registry.putImage(name, ['tag'], { layers: [] });
  t.deepEqual(await listingsOf(world, registry.url).listRepositories(), names);
  t.deepEqual(registry.requests().counts, { 'GET catalog': 2 });
});

test('a registry that does not list its repositories is told so', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ catalog: false });
  await t.throwsAsync(listingsOf(world, registry.url).listRepositories(), {
    ...{ instanceOf: OciError, code: 'refused' },
    message: `registry ${registry.host} does not list its repositories (401)`,
  });
});

test('referrers, in pages; none for a digest that is not there', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ referrers: true, maxPage: 1 });
  const put = (artifactType: string | undefined, configType: string) =>
    registry.putManifest(
      ...(['ns/a', []] as const),
      Buffer.from(
        JSON.stringify({
          ...{ schemaVersion: 2, mediaType: manifest, artifactType, layers: [] },
          config: { mediaType: configType, digest: digest('c'), size: 2 },
          subject: { mediaType: manifest, digest: digest('a'), size: 1 },
        }),
      ),
      manifest,
    );
  const one = put('application/x-sbom', 'application/x-config');
  const two = put(undefined, 'application/x-config');
  const { listReferrers } = listingsOf(world, registry.url);
  const found = await listReferrers('ns/a', digest('a'));
  t.deepEqual(Object.fromEntries(found?.map((referrer) => [referrer.digest, referrer]) ?? []), {
    [one]: { mediaType: manifest, digest: one, artifactType: 'application/x-sbom' },
    [two]: { mediaType: manifest, digest: two, artifactType: 'application/x-config' },
  });
  t.deepEqual(registry.requests().counts, { 'GET referrers': 2 });
  t.deepEqual(await listReferrers('ns/a', digest('b')), []);
});

test('a registry without the path is asked for referrers once', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  await registry.putImage('ns/a', ['tag'], { layers: [] });
  const { listReferrers } = listingsOf(world, registry.url);
  t.is(await listReferrers('ns/a', digest('a')), null);
  t.is(await listReferrers('ns/b', digest('a')), null);
  t.deepEqual(registry.requests().counts, { 'GET referrers': 1 });
});

const refusal = (code: string) => ({ errors: [{ code, message: 'x' }] });
for (const { name, status, body, type = 'application/json', expected } of [
  { name: 'quay.io, of a digest that it lacks', status: 400, body: refusal('MANIFEST_INVALID'), expected: [] },
  { name: 'an unknown repository', status: 404, body: refusal('NAME_UNKNOWN'), expected: null },
  { name: 'a request that is not understood', status: 400, body: refusal('UNSUPPORTED'), expected: null },
  { name: 'another thing than an index', status: 200, body: {}, expected: null },
  {
    name: 'an index without entries',
    status: 200,
    body: { manifests: [] },
    type: `${index}; charset=utf-8`,
    expected: [],
  },
]) {
  test(`referrers: ${name}`, async (t) => {
    const world = makeWorld(t);
    const { origin, asked } = await serve(t, (_, response) => json(response, body, { 'content-type': type }, status));
    const { listReferrers } = listingsOf(world, origin);
    t.deepEqual(await listReferrers('a', digest('a')), expected);
    await listReferrers('a', digest('a'));
    t.is(asked.length, 2, 'this says nothing of other repositories');
  });
}

test('referrers: a refusal that is none of the API is an error', async (t) => {
  const world = makeWorld(t);
  const { origin } = await serve(t, (_, response) => json(response, refusal('DENIED'), {}, 403));
  await t.throwsAsync(listingsOf(world, origin).listReferrers('a', digest('a')), {
    ...{ instanceOf: OciError, code: 'denied' },
  });
});

for (const [name, answer] of [
  ['not JSON', 'nonsense'],
  ['null', 'null'],
  ['tags that are no names', '{"tags":[1]}'],
] as const) {
  test(`tags: an answer that is ${name} is an error`, async (t) => {
    const world = makeWorld(t);
    const { origin } = await serve(t, (_, response) => void response.end(answer));
    await t.throwsAsync(listingsOf(world, origin).listTags('a'), { instanceOf: OciError, code: 'unexpected-answer' });
  });
}

test('tags: null is how Go writes a list without members', async (t) => {
  const world = makeWorld(t);
  const { origin } = await serve(t, (_, response) => json(response, { name: 'a', tags: null }));
  t.deepEqual(await listingsOf(world, origin).listTags('a'), []);
});

test('pages that lead elsewhere, repeat or do not end are errors', async (t) => {
  const world = makeWorld(t);
  let number = 0;
  for (const [link, message, requests] of [
    [() => '<http://127.0.0.1:1/v2/a/tags/list>; rel="next"', /said to be on 127\.0\.0\.1:1, not on http/, 1],
    [() => '<https://user@evil.example/v2/a>; rel="next"', /said to be on evil\.example/, 1],
    [() => '<//evil.example/v2/a>; rel="next"', /said to be on evil\.example/, 1],
    [() => '<?n=100&last=x>; rel="next"', /the pages repeat: \/v2\/a\/tags\/list\?n=100&last=x comes again/, 2],
    [() => `<?n=100&last=${++number}>; rel="next"`, /do not end: there are more than 1000/, 1000],
  ] as const) {
    const { origin, asked } = await serve(t, (_, response) => json(response, { tags: ['x'] }, { link: link() }));
    await t.throwsAsync(listingsOf(world, origin).listTags('a'), {
      ...{ instanceOf: OciError, code: 'unexpected-answer', message },
    });
    t.is(asked.length, requests);
  }
});

test('a second page that fails is an error, not a short list', async (t) => {
  const world = makeWorld(t);
  for (const status of [404, 403]) {
    const { origin } = await serve(t, (request, response) => {
      if (request.url?.includes('last') === true) return json(response, refusal('X'), {}, status);
      return json(response, { tags: ['x'] }, { link: '</v2/a/tags/list?last=x>; rel="next"' });
    });
    await t.throwsAsync(listingsOf(world, origin).listTags('a'), { instanceOf: OciError });
  }
});

test('links to the next page are found in every form', (t) => {
  for (const [header, expected] of [
    ['</v2/a?last=b&n=1>; rel="next"', '/v2/a?last=b&n=1'],
    ['</v2/a>; rel=next', '/v2/a'],
    ['</p>; rel="prev" , </n>; rel="next"', '/n'],
    ['</n>; title="a, b"; rel="last next"', '/n'],
    ['<https://q.example/v2/a?next_page=x%3D%3D>;rel="Next"', 'https://q.example/v2/a?next_page=x%3D%3D'],
    ['</p>; rel="prev"', null],
    ['', null],
    ['nonsense', null],
  ] as const) {
    t.is(nextLink(header), expected, header);
  }
});
