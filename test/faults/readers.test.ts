import type { FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { stageBuild, startLabWorld, subtree } from '../pipelines/lab-world.ts';
import { followLabel, readPointers, startReaders } from '../pipelines/label-readers.ts';
import { readLabel } from '../pipelines/reader.ts';
import { startGate } from './gate.ts';
import { label, promote } from './scenario.ts';

const promotions = 4;
/** So many whole reads happen while one write of a flip is on its way, before the server sees it and after. */
const readsPerWrite = 3;

test('readers of label → hash → set never see a mix, and no link or tag is ever missing, whatever the flip is doing', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  await stageBuild(world);
  await promote(world);

  const followed = startReaders(() => followLabel(world, label), 2);
  const pointers: string[] = [label];
  const pointed = startReaders(() => Promise.all(pointers.map((pointer) => readPointers(world, pointer))), 1);
  // A flip lasts milliseconds here; the gates make it last for reads.
  let held = 0;
  const hold = async ({ method, path }: { readonly method: string; readonly path: string }): Promise<void> => {
    const isWrite = (method === 'PUT' && path.endsWith(`/manifests/${label}`)) || path.endsWith('/api/promote');
    if (!isWrite) return;
    held += 1;
    await Promise.all([followed.more(readsPerWrite), pointed.more(readsPerWrite)]);
  };
  const gate = { before: hold, after: hold };
  const rdo = await startGate(lab.rdo.url, gate);
  const dlrn = await startGate(new URL(lab.dlrn.apiUrl).origin, gate);
  t.teardown(() => Promise.all([rdo.close(), dlrn.close()]).then(() => undefined));
  const config = await world.writeConfig((tree) => {
    const registry = subtree(tree, 'registries', 'rdo');
    registry['url'] = `${registry['url']}`.replace(lab.rdo.url, rdo.url);
    subtree(tree, 'dlrn')['api-url'] = lab.dlrn.apiUrl.replace(new URL(lab.dlrn.apiUrl).origin, dlrn.url);
  });

  const promoted: FullHash[] = [await readLabel(lab.dlrn.reposUrl, label)];
  for (let count = 0; count < promotions; count += 1) {
    promoted.push(await stageBuild(world));
    const { outcome, message } = await world.act(promoteSymlink, { phase: 'upstream', config });
    t.is(outcome, 'done', message);
    if (count === 0) pointers.push(`previous-${label}`);
  }
  await followed.more(readsPerWrite);
  const [seen, found] = [await followed.stop(), await pointed.stop()];

  t.log(`${seen.length} followed reads, ${found.length} reads of every pointer, ${held} held requests`);
  t.deepEqual(
    seen.filter((each) => each instanceof Error),
    [],
    'followed reads that failed',
  );
  t.deepEqual(
    found.filter((each) => each instanceof Error),
    [],
    'pointers that were missing',
  );
  const hashes = seen.filter((each) => typeof each === 'string');
  t.deepEqual([...new Set(hashes)], promoted, 'every set was seen, in the order of their promotions');
  t.true(held >= promotions * 2 * (4 + 2), `${held} requests were held back`);
  t.true(hashes.length > 300 && found.length > 100, `${hashes.length} and ${found.length} reads`);
});
