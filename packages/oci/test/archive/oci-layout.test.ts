import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseDigest } from '@tagflow/model';
import test from 'ava';
import { OciError, type OciErrorCode } from '../../src/error.ts';
import {
  blobPath,
  build,
  digestOf,
  type Files,
  json,
  layoutOf,
  layoutOfOne,
  listed,
  makeBench,
  ociIndex,
  refName,
  tarOfFiles,
} from './built.ts';

const heat = build('heat-api');
const arm = build('heat-api', 'arm64');
const index = json({ schemaVersion: 2, mediaType: ociIndex, manifests: [listed(heat.manifest), listed(arm.manifest)] });
const indexBlob: Files = { [blobPath(digestOf(index))]: index };

test('an index is found by its name, its children by their digests', async (t) => {
  const { write, open } = await makeBench(t);
  const both = layoutOf([listed(index, { [refName]: 'heat-api:built' }, ociIndex)], indexBlob, heat.blobs, arm.blobs);
  const { reader } = await open(`oci:${await write('built', both)}`);
  t.is(reader.origin, null);
  const found = await reader.getManifest('heat-api', 'built');
  t.deepEqual(
    [found?.mediaType, found?.children.map(({ digest }) => digest as string)],
    [ociIndex, [heat.digest, arm.digest]],
  );
  t.is((await reader.headManifest('heat-api', 'built'))?.digest, found?.digest);
  t.deepEqual(Buffer.from((await reader.getManifest('heat-api', arm.digest))?.bytes ?? []), arm.manifest);
  t.is(await reader.getManifest('heat-api', 'other'), null);
  t.is(await reader.getManifest('nova-api', 'built'), null);
  t.is(await reader.getManifest('heat-api', digestOf(Buffer.from('none'))), null);
});

test('a type that was left out is found', async (t) => {
  const { write, open } = await makeBench(t);
  const bare = Buffer.from(JSON.stringify({ ...JSON.parse(`${heat.manifest}`), mediaType: undefined }));
  const list = Buffer.from(JSON.stringify({ ...JSON.parse(`${index}`), mediaType: undefined }));
  const layout = layoutOf(
    [
      { ...listed(bare, { [refName]: 'heat-api:one' }), mediaType: undefined },
      { ...listed(list, { [refName]: 'heat-api:many' }), mediaType: undefined },
    ],
    { [blobPath(digestOf(bare))]: bare, [blobPath(digestOf(list))]: list },
    ...[heat.blobs, arm.blobs],
  );
  const { reader } = await open(`oci:${await write('built', layout)}`);
  t.is((await reader.getManifest('heat-api', 'one'))?.mediaType, 'application/vnd.oci.image.manifest.v1+json');
  t.is((await reader.getManifest('heat-api', 'many'))?.mediaType, ociIndex);
});

test('blobs are opened from any byte, in a folder as in a tar', async (t) => {
  const { write, open } = await makeBench(t);
  const layout = layoutOfOne(heat, 'heat-api:built');
  for (const url of [
    `oci:${await write('built', layout)}`,
    `oci-archive:${await write('built.tar', tarOfFiles(layout))}`,
  ]) {
    const { reader } = await open(url);
    const blob = (await reader.getManifest('heat-api', 'built'))?.blobs[1];
    const bytes = heat.blobs[blobPath(blob?.digest ?? '')];
    if (blob === undefined || bytes === undefined) return t.fail();
    t.true(await reader.hasBlob('heat-api', blob.digest));
    t.false(await reader.hasBlob('heat-api', parseDigest(digestOf(Buffer.from('none')))));
    t.deepEqual(await reader.readBlob('heat-api', blob), bytes);
    for (const offset of [0, 1, bytes.length - 1, bytes.length]) {
      t.deepEqual(await buffer(await reader.openBlob('heat-api', blob, offset)), bytes.subarray(offset), `${offset}`);
    }
    const larger = { ...blob, size: blob.size + 1 };
    const error = await t.throwsAsync(reader.openBlob('heat-api', larger), { code: 'bad-archive' });
    t.true(error?.message.includes(`has ${blob.size} bytes, its manifest says ${larger.size}`));
  }
});

const ok = layoutOfOne(heat, 'heat-api:built');
const manifestAt = blobPath(heat.digest);
const schema1 = json({ schemaVersion: 1, name: 'heat-api', fsLayers: [] });
const docker1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
const one = (manifest: unknown, ...blobs: readonly Files[]): Files => layoutOf([manifest], ...blobs);
const named = { [refName]: 'heat-api:built' };

const broken: readonly (readonly [string, Files, OciErrorCode, RegExp])[] = [
  ['no layout at all', { 'index.json': json({}) }, 'bad-archive', /no file oci-layout$/],
  ['a docker archive', { 'manifest.json': json([]) }, 'bad-archive', /try docker-archive:/],
  ['a later layout', { ...ok, 'oci-layout': json({ imageLayoutVersion: '2.0' }) }, 'bad-archive', /is "2\.0"/],
  ['no index', { 'oci-layout': ok['oci-layout']! }, 'bad-archive', /no index\.json/],
  ['an index that is no JSON', { ...ok, 'index.json': Buffer.from('{') }, 'bad-archive', /index\.json is not JSON/],
  ['an index without manifests', { ...ok, 'index.json': json({}) }, 'bad-archive', /manifests is not a list/],
  [
    'an absurd index',
    { ...ok, 'index.json': Buffer.alloc(16 * 1024 * 1024 + 1, ' ') },
    'bad-archive',
    /16777217 bytes; more than 16777216/,
  ],
  [
    'a digest that climbs',
    one({ ...listed(heat.manifest, named), digest: 'sha256:../../index.json' }),
    'bad-archive',
    /without a sha256 digest/,
  ],
  ['no size', one({ ...listed(heat.manifest, named), size: '1' }), 'bad-archive', /without a size/],
  ['an absent manifest', one(listed(heat.manifest, named)), 'bad-archive', /lacks the manifest sha256:/],
  ['another manifest', { ...ok, [manifestAt]: arm.manifest }, 'digest-mismatch', /bytes of that file have the digest/],
  [
    'a manifest of another size',
    one({ ...listed(heat.manifest, named), size: 7 }, heat.blobs),
    'bad-archive',
    /index\.json says 7/,
  ],
  [
    'an absurd manifest',
    { ...ok, [manifestAt]: Buffer.alloc(4 * 1024 * 1024 + 1) },
    'bad-archive',
    /4194305 bytes; more than/,
  ],
  [
    'two types',
    one(listed(heat.manifest, named, ociIndex), heat.blobs),
    'bad-archive',
    /says that it is .*manifest.*, index\.json that it is .*index/,
  ],
  [
    'schema 1',
    one(listed(schema1, named, docker1), { [blobPath(digestOf(schema1))]: schema1 }),
    'schema1',
    /schema 1, which registries no longer take/,
  ],
  [
    'schema 1 in disguise',
    one(listed(schema1, named), { [blobPath(digestOf(schema1))]: schema1 }),
    'schema1',
    /schema 1/,
  ],
  [
    'a sparse index',
    one(listed(index, named, ociIndex), indexBlob, heat.blobs),
    'bad-archive',
    new RegExp(`lists 2 manifests, and ${arm.digest} is not there`),
  ],
  [
    'two images of one name',
    layoutOf(
      [
        listed(heat.manifest, { [refName]: 'quay.io/a/heat-api:built' }),
        listed(arm.manifest, { 'io.containerd.image.name': 'docker.io/b/heat-api:built', [refName]: 'built' }),
      ],
      ...[heat.blobs, arm.blobs],
    ),
    'bad-archive',
    new RegExp(
      `2 images .*: quay.io/a/heat-api:built \\(${heat.digest}\\) and docker.io/b/heat-api:built \\(${arm.digest}`,
    ),
  ],
  ['an image without a name', layoutOfOne(heat, 'built'), 'bad-archive', /holds an image without the name of a/],
];

for (const [title, files, code, message] of broken) {
  test(`a layout is refused: ${title}`, async (t) => {
    const { write, open } = await makeBench(t);
    for (const url of [
      `oci:${await write('built', files)}`,
      `oci-archive:${await write('built.tar', tarOfFiles(files))}`,
    ]) {
      const { reader } = await open(url);
      const error = await t.throwsAsync(reader.headManifest('heat-api', 'built'), { instanceOf: OciError, message });
      t.is(error.code, code);
      t.true(error.message.includes(url), error.message);
    }
  });
}

test('a link within a layout is followed, one that leads out is not', async (t) => {
  const { root, write, open } = await makeBench(t);
  const path = await write('built', layoutOfOne(heat, 'heat-api:built'));
  const file = join(path, manifestAt);
  await rename(file, join(path, 'kept'));
  await symlink('../../kept', file);
  const { reader } = await open(`oci:${path}`);
  t.is((await reader.headManifest('heat-api', 'built'))?.digest as string, heat.digest);
  await writeFile(join(root, 'built-outside'), heat.manifest);
  await rm(file);
  await symlink(join(root, 'built-outside'), file);
  const error = await t.throwsAsync(reader.headManifest('heat-api', 'built'), { code: 'bad-archive' });
  t.true(error?.message.endsWith(`"${manifestAt}" leads out of it, and is not followed`));
  await rm(file);
  await mkdir(file);
  await t.throwsAsync(reader.headManifest('heat-api', 'built'), { code: 'bad-archive', message: /no regular file/ });
  // The folder itself may be a link.
  await symlink(path, join(root, 'link'));
  const linked = await open(`oci:${join(root, 'link')}`);
  await rm(file, { recursive: true });
  await writeFile(file, heat.manifest);
  const config = (await linked.reader.getManifest('heat-api', 'built'))?.blobs[0];
  if (config === undefined) return t.fail();
  t.deepEqual(await linked.reader.readBlob('heat-api', config), heat.config);
  const blob = join(path, blobPath(config.digest));
  await writeFile(blob, Buffer.alloc(config.size));
  await t.throwsAsync(linked.reader.readBlob('heat-api', config), { code: 'digest-mismatch' });
  await truncate(blob, 3);
  await t.throwsAsync(linked.reader.readBlob('heat-api', config), { code: 'bad-archive' });
  await rm(blob);
  await t.throwsAsync(linked.reader.readBlob('heat-api', config), { code: 'not-found', message: /lacks the blob/ });
});
