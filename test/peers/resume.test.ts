import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { startHoldingProxy } from './holding-proxy.ts';
import { readWorld } from './read-world.ts';
import { passwordFlags, startRealWorld } from './real-world.ts';

const label = 'current-tripleo';

// The ledger dies with its machine: DLRN's label alone has to say where everything belongs.
test('killed between the links and DLRN, ledger lost: resume brings all kinds back to one hash', async (t) => {
  const world = await startRealWorld('classic');
  t.teardown(() => world.close());
  const { origin, pathname } = new URL(world.dlrn.apiUrl);
  const proxy = await startHoldingProxy(origin);
  t.teardown(() => proxy.close());
  const configFile = join(world.root, 'through-proxy.yaml');
  const config = await readFile(world.configFile, 'utf8');
  await writeFile(configFile, config.replaceAll(world.dlrn.apiUrl, `${proxy.origin}${pathname}`));
  const hashesOf = async (): Promise<ReadonlyMap<string, readonly string[]>> => {
    const { pointers } = await readWorld(world);
    const ours = pointers.map((line) => line.split(' ')).filter(([, , name]) => name === label);
    return new Map(
      Object.entries(Object.groupBy(ours, ([kind = '']) => kind)).map(([kind, lines = []]) => [
        kind,
        lines.map(([, , , value = '']) => value).toSorted(),
      ]),
    );
  };

  const first = await world.run(['upstream']);
  t.is(first.outcome, 'done', first.stderr);
  const before = await hashesOf();
  await world.offerNewHash();

  const atCommitPoint = proxy.hold((method, path, body) => {
    return method === 'POST' && path.includes('/api/promote') && body.includes(`"${label}"`);
  });
  const running = world.tagflow(['run', 'upstream', ...passwordFlags], {}, { configFile });
  const early = await Promise.race([atCommitPoint, running.ended]);
  t.is(early, undefined, early?.stderr);
  await running.kill();
  proxy.release();

  const mixed = await hashesOf();
  t.deepEqual(mixed.get('dlrn'), before.get('dlrn'));
  t.notDeepEqual(mixed.get('container'), before.get('container'));
  t.notDeepEqual(mixed.get('image'), before.get('image'));

  const words = ['promote-symlink', '--mode', 'resume', '--phase', 'upstream', ...passwordFlags];
  for (const end of ['', '-wal', '-shm']) await rm(join(world.root, `ledger.db${end}`), { force: true });
  const resumed = await world.tagflow(words).ended;
  t.is(resumed.outcome, 'done', resumed.stderr);
  t.deepEqual(await hashesOf(), before);

  const last = await world.run(['upstream']);
  t.is(last.outcome, 'done', last.stderr);
  t.deepEqual((await hashesOf()).get('container'), mixed.get('container'));
});
