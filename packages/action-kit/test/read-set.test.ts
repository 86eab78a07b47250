import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArtifactSet, formatSet, parseDigest, parseFullHash } from '@tagflow/model';
import test from 'ava';
import { KitError, readSetInputs } from '../src/index.ts';

const empty: ArtifactSet = {
  fullHash: parseFullHash('a'.repeat(32)),
  release: 'master',
  repository: { url: null, builds: [] },
  containers: [],
  images: [],
};
const containers = [{ name: 'heat-api', digest: parseDigest(`sha256:${'1'.repeat(64)}`) }];
const images = [{ name: 'x.tar', size: 1, sha256: '2'.repeat(64), md5: null, visibility: 'public' }] as const;

test('parts of a set become one; none is null; what cannot be read is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-sets-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
  await writeFile(a, formatSet({ ...empty, containers }));
  await writeFile(b, formatSet({ ...empty, images }));
  t.deepEqual(await readSetInputs({ set: [a, b] }), { ...empty, containers, images });
  t.is(await readSetInputs({ set: [] }), null);
  const missing = join(folder, 'c.json');
  await t.throwsAsync(readSetInputs({ set: [a, missing] }), {
    instanceOf: KitError,
    message: /input "set": .*c\.json cannot be read/,
  });
  await t.throwsAsync(readSetInputs({ set: [folder] }), { instanceOf: KitError, message: /input "set"/ });
  await writeFile(b, '{}');
  await t.throwsAsync(readSetInputs({ set: [b] }), { message: /b\.json/ });
});
