import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { startImagesNginx } from './images-nginx.ts';
import { differing, freshBytes, imageBytes, mib, newHash, oldHash, startImagesRig, writeImages } from './images-rig.ts';

/** How web servers differ, as directives of nginx, and what a successor may cost there. */
const servers: Readonly<Record<string, { readonly directives: string; readonly most: number }>> = {
  'no ranges': { directives: 'max_ranges 0;', most: imageBytes },
  'no ETag': { directives: 'etag off;', most: freshBytes + mib },
  'neither ETag nor a time': { directives: 'etag off; add_header Last-Modified "";', most: imageBytes },
  'compression of everything': { directives: 'gzip on; gzip_types *;', most: freshBytes + mib },
};

test('nginx as others configure it: both hashes arrive whole', async (t) => {
  const rig = await startImagesRig(t);
  const old = await writeImages(await rig.folder(), 'old');
  const next = await writeImages(await rig.folder(), 'new');
  await rig.run(rig.publish(old, oldHash));
  await rig.run(rig.publish(next, newHash));
  for (const [what, { directives, most }] of Object.entries(servers)) {
    const root = join(await rig.folder(), 'nginx');
    await mkdir(root);
    const nginx = await startImagesNginx(root, join(rig.store('rdo'), '..', '..'), directives);
    t.teardown(() => nginx.close());
    const into = await rig.folder();
    const from = { source: `${nginx.url}/rdo` };
    await rig.run({ ...rig.fetch(into, oldHash), ...from });
    const { outputs } = await rig.run({ ...rig.fetch(into, newHash), ...from });
    t.true(Number(outputs['bytes-moved']) <= most, `${what}: ${outputs['bytes-moved']} bytes`);
    t.deepEqual(await differing(into, next), [], what);
  }
});
