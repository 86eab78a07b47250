import test from 'ava';
import { anonymous } from '../src/auth/docker-config.ts';
import { createRegistryDestination } from '../src/destination.ts';
import { openNet } from '../src/net.ts';
import { hash, makeWorld, seed, setWith } from './world.ts';

const names = ['base', 'heat-api', 'nova-api', 'glance-api'];

test('a server that asked for less, and reads its own blobs for uploads, does not wait for itself', async (t) => {
  t.timeout(15_000);
  const world = makeWorld(t);
  const registry = await world.registry();
  const set = setWith(await seed(registry, names, hash));
  const net = openNet(world.effects, { connections: 4 });
  t.teardown(() => net.close());
  // It mounts nothing from elsewhere, and says a few times that it is too much.
  let refused = 0;
  registry.setFaults(({ method, kind, repository }) => {
    if (kind === 'mount' && repository.startsWith('new/')) return { type: 'status', status: 400 };
    if (method === 'GET' && kind === 'blob' && refused < 8) {
      refused += 1;
      return { type: 'status', status: 429 };
    }
    return null;
  });
  const destination = createRegistryDestination({
    ...{ name: 'rdo', url: `${registry.url}/new`, namePattern: 'openstack-{name}' },
    source: { namePattern: 'openstack-{name}', url: `${registry.url}/ns` },
    ...{ credentials: anonymous, effects: net.effects, concurrency: 4 },
  });
  const stage = destination.stage(set, world.stage).then(
    () => 'done',
    (e: unknown) => String(e),
  );
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    resolve('hangs');
  }, 6000);
  const ended = await Promise.race([stage, promise]);
  clearTimeout(timer);
  world.abort.abort(new Error('over'));
  t.is(ended, 'done');
});

test('an upload that is refused for an hour fails, and nobody else waits for that hour', async (t) => {
  const world = makeWorld(t);
  const [source, target] = [await world.registry(), await world.registry()];
  const set = setWith(await seed(source, names, hash));
  const net = openNet(world.effects, { connections: 4 });
  t.teardown(() => net.close());
  let refused = 0;
  target.setFaults(({ method, kind }) =>
    method === 'PUT' && kind === 'upload' && refused++ < 1 ? { type: 'status', status: 429, retryAfter: 3600 } : null,
  );
  const destination = createRegistryDestination({
    ...{ name: 'rdo', url: `${target.url}/ns`, namePattern: 'openstack-{name}' },
    source: { namePattern: 'openstack-{name}', url: `${source.url}/ns` },
    ...{ credentials: anonymous, effects: net.effects, concurrency: 2 },
  });
  await destination.stage(set, world.stage).catch(() => undefined);
  t.deepEqual(
    world.effects.clock.sleeps.filter((ms) => ms > 120_000),
    [],
  );
});
