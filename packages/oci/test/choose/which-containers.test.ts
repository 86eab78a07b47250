import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ArtifactSet } from '@tagflow/model';
import { anonymous } from '../../src/auth/docker-config.ts';
import { type Asked, type ContainerOrigin, type Reach, whichContainers } from '../../src/choose/which-containers.ts';
import { OciError } from '../../src/error.ts';
import { openPlace } from '../../src/place.ts';
import { hash, makeWorld, otherHash, seed, setWith } from '../world.ts';
import { serve } from './serve.ts';

const sha = '3f2a91c0d4e5f60718293a4b5c6d7e8f90a1b2c3';

async function start(t: ExecutionContext) {
  const world = makeWorld(t);
  const registry = await world.registry();
  const source = openPlace({
    ...{ url: `${registry.url}/ns`, namePattern: 'openstack-{name}', credentials: anonymous, effects: world.effects },
  });
  const published = new Map<string, ArtifactSet>();
  const reach: Reach = {
    ...{ source, api: world.effects.api, namespacePath: 'ns' },
    catalog: { listRepositories: async () => registry.repositories() },
    readSet: async (fullHash) => published.get(fullHash) ?? null,
  };
  const ask = (origin: ContainerOrigin, more: Partial<Asked> = {}, other: Partial<Reach> = {}) =>
    whichContainers(
      { origin, fullHash: hash, sourceTag: hash, include: [], exclude: [], set: null, ...more },
      { ...reach, ...other },
    );
  const folder = await mkdtemp(join(tmpdir(), 'which-containers-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  return { registry, source, published, ask, folder, file };
}

const listed = (...names: readonly string[]): ContainerOrigin => ({ type: 'listed', listed: names });

test('names of the input; nothing is asked of the registry', async (t) => {
  const { registry, ask } = await start(t);
  t.deepEqual(await ask(listed('openstack-os', 'base', 'nova-api'), { exclude: ['nova-*: late', 'x'] }), {
    wanted: [
      { name: 'base', why: 'containers' },
      { name: 'os', why: 'containers' },
    ],
    excluded: [{ name: 'nova-api', why: 'late' }],
    warnings: ['exclude: "x" fits none of the 3 containers'],
    pinned: null,
    base: null,
  });
  t.is(registry.requests().total, 0);
});

test('a file, with what is known of the set besides', async (t) => {
  const { ask, file } = await start(t);
  const path = await file('containers-built.log', `openstack-base ${hash}\n`);
  const known: ArtifactSet = { ...setWith([]), repository: { url: 'https://trunk.example/01/23', builds: [] } };
  const { wanted, base, pinned } = await ask(listed(path), { set: known });
  t.deepEqual(wanted, [{ name: 'base', why: 'containers-built.log line 1' }]);
  t.deepEqual(base, { fullHash: hash, release: 'master', repository: known.repository, images: [] });
  t.is(pinned, null);
});

test('the log of another build', async (t) => {
  const { ask, file } = await start(t);
  const path = await file('containers-built.log', `openstack-base ${otherHash}\n`);
  await t.throwsAsync(ask(listed(path)), { instanceOf: OciError, code: 'bad-list', message: /of the tag fedc/ });
  t.is((await ask(listed(path), { sourceTag: otherHash })).wanted.length, 1);
});

test('a file that is not there, or is no list', async (t) => {
  const { ask, file, folder } = await start(t);
  for (const name of ['./gone', 'gone.log', 'gone.yaml', '~/x']) {
    await t.throwsAsync(ask(listed(name)), { instanceOf: OciError, code: 'bad-list', message: /is not there/ });
  }
  await t.throwsAsync(ask(listed(folder)), { instanceOf: OciError, code: 'bad-list' });
  const large = await file('large', '');
  await truncate(large, 50_000_000);
  await t.throwsAsync(ask(listed(large)), { instanceOf: OciError, message: /50000000 bytes; a list has at most/ });
  await t.throwsAsync(ask(listed('a\u0000b')), { instanceOf: OciError, code: 'bad-list', message: /not names/ });
  await t.throwsAsync(ask(listed('A'.repeat(100_000))), {
    instanceOf: OciError,
    code: 'bad-list',
    message: /^.{1,200}$/,
  });
  await t.throwsAsync(ask(listed()), { instanceOf: OciError, code: 'empty-list' });
});

test('the address of a log', async (t) => {
  const { ask } = await start(t);
  const { url } = await serve(t, (_request, response) => response.end(`ns/openstack-os ${hash} 1a2b\n`));
  t.deepEqual((await ask(listed(`${url}/logs/containers-built.log`))).wanted, [
    { name: 'os', why: 'containers-built.log line 1' },
  ]);
  await t.throwsAsync(ask(listed('http://logs.example/x.log')), { instanceOf: OciError, code: 'bad-reference' });
  await t.throwsAsync(ask(listed('file:///etc/passwd')), { instanceOf: OciError, code: 'bad-reference' });
});

test("tripleo-common's list at a commit", async (t) => {
  const { ask } = await start(t);
  const text = [
    ...['container_images:', '- imagename: q/t/openstack-os:current-tripleo', '  image_source: tripleo'],
    ...['- imagename: q/t/openstack-base:current-tripleo', '  image_source: tripleo'],
    ...['- imagename: q/ceph/daemon:v4', '  image_source: ceph'],
  ].join('\n');
  const { url } = await serve(t, (_request, response) => response.end(text));
  const origin = { type: 'tripleo', sha, template: `${url}/{sha}/tripleo_containers.yaml` } as const;
  const { wanted, excluded } = await ask(origin, { exclude: ['os: not built'] });
  t.deepEqual(wanted, [{ name: 'base', why: 'tripleo_containers.yaml at 3f2a91c0' }]);
  t.deepEqual(excluded, [
    { name: 'daemon', why: 'tripleo_containers.yaml at 3f2a91c0: image_source ceph' },
    { name: 'os', why: 'not built' },
  ]);
});

test('a namespace', async (t) => {
  const { registry, source, ask } = await start(t);
  await seed(registry, ['os', 'base'], hash);
  await registry.putImage('ns/fedora', ['x'], { layers: [] });
  await registry.putImage('ns/openstack-deep/os', ['x'], { layers: [] });
  const { wanted, excluded } = await ask({ type: 'namespace' });
  t.deepEqual(wanted, [
    { name: 'base', why: `namespace ${source.title}` },
    { name: 'os', why: `namespace ${source.title}` },
  ]);
  t.deepEqual(excluded, [{ name: 'fedora', why: 'its name does not fit the name-pattern' }]);
  await t.throwsAsync(ask({ type: 'namespace' }, {}, { catalog: null }), { instanceOf: OciError, code: 'empty-list' });
});

test('a given set pins the digests of what is left of it', async (t) => {
  const { registry, ask } = await start(t);
  const entries = await seed(registry, ['base', 'os'], 'x');
  registry.resetRequests();
  const chosen = await ask({ type: 'set' }, { set: setWith(entries), exclude: ['openstack-base'] });
  t.deepEqual(chosen.wanted, [{ name: 'os', why: 'set.json' }]);
  t.deepEqual([...(chosen.pinned ?? [])], [['os', entries[1]?.digest]]);
  t.false('containers' in (chosen.base ?? {}));
  t.is(registry.requests().total, 0);
});

test('else the published set of the hash counts, with all that it knows', async (t) => {
  const { registry, source, published, ask } = await start(t);
  const entries = await seed(registry, ['base', 'os'], hash);
  const repository = { url: 'https://trunk.example/01/23', builds: [] };
  published.set(hash, { ...setWith(entries), repository });
  published.set(otherHash, setWith([], otherHash));
  // A set that knows images only does not say which containers there are.
  const chosen = await ask({ type: 'set' }, { set: setWith([]) });
  t.deepEqual(
    chosen.wanted.map(({ name, why }) => `${name}: ${why}`),
    [`base: set of ${hash} in ${source.title}`, `os: set of ${hash} in ${source.title}`],
  );
  t.deepEqual(
    [...(chosen.pinned ?? [])],
    [
      ['base', entries[0]?.digest],
      ['os', entries[1]?.digest],
    ],
  );
  t.is(chosen.base?.repository.url, 'https://trunk.example/01/23');
});

test('without a set the containers must be named', async (t) => {
  const { ask, source } = await start(t);
  for (const other of [{}, { readSet: null }, { readSet: async () => setWith([]) }]) {
    await t.throwsAsync(ask({ type: 'set' }, {}, other), {
      instanceOf: OciError,
      code: 'empty-list',
      message: `containers: ${source.title} has published no set for ${hash}, so they must be named`,
    });
  }
});

test('everything excluded is an error for every origin', async (t) => {
  const { registry, ask } = await start(t);
  const entries = await seed(registry, ['base'], hash);
  const origins: readonly ContainerOrigin[] = [listed('base'), { type: 'namespace' }, { type: 'set' }];
  for (const origin of origins) {
    await t.throwsAsync(ask(origin, { exclude: ['*'], set: setWith(entries) }), {
      instanceOf: OciError,
      code: 'empty-list',
    });
  }
});
