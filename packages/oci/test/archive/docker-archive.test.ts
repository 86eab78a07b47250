import { gzipSync } from 'node:zlib';
import { parseDigest } from '@tagflow/model';
import test from 'ava';
import type { OciErrorCode } from '../../src/error.ts';
import { build, digestOf, type Files, json, makeBench, savedOf, tarOfFiles } from './built.ts';
import { type Member, tarOf } from './tar-of.ts';

const image = build('heat-api');
const [base, own] = image.layers as [Buffer, Buffer];
const configPath = `${digestOf(image.config).slice(7)}.json`;
const RepoTags = ['quay.io/ns/heat-api:built', 'heat-api:other'];
const list = (Layers: readonly string[] | null, Config = configPath) => json([{ Config, RepoTags, Layers }]);
const ok = savedOf([[image, RepoTags]]);

/** The manifest that all forms of one image give. */
async function digestIn(t: Parameters<typeof makeBench>[0], tar: Buffer): Promise<string | undefined> {
  const { write, open } = await makeBench(t);
  const { reader } = await open(`docker-archive:${await write('built.tar', tar)}`);
  t.is(await reader.headManifest('heat-api', 'absent'), null);
  return (await reader.headManifest('heat-api', 'built'))?.digest;
}

test('all layouts of docker save give one manifest', async (t) => {
  const legacy: readonly Member[] = [
    { path: configPath, content: image.config },
    { path: 'aaa/', type: '5' },
    { path: 'aaa/layer.tar', type: '2', to: '../bbb/layer.tar' },
    { path: 'bbb/layer.tar', content: base },
    { path: 'ccc/layer.tar', type: '1', to: 'ddd/layer.tar' },
    { path: 'ddd/layer.tar', content: own },
    { path: 'manifest.json', content: list(['aaa/layer.tar', 'ccc/layer.tar']) },
  ];
  // Since docker 25; the layout beside it plays no part here.
  const blobs = Object.fromEntries(
    [image.config, base, own].map((bytes) => [digestOf(bytes).replace(':', '/'), bytes]),
  );
  const modern: Files = {
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json({ schemaVersion: 2, manifests: [] }),
    ...Object.fromEntries(Object.entries(blobs).map(([path, bytes]) => [`blobs/${path}`, bytes])),
    'manifest.json': list(
      [base, own].map((bytes) => `blobs/${digestOf(bytes).replace(':', '/')}`),
      `blobs/${digestOf(image.config).replace(':', '/')}`,
    ),
  };
  const expected = await digestIn(t, tarOfFiles(ok));
  t.regex(expected ?? '', /^sha256:/);
  t.is(await digestIn(t, tarOf(legacy)), expected);
  t.is(await digestIn(t, tarOfFiles(modern)), expected);
});

test('layers that are compressed already are taken as they are', async (t) => {
  const { write, open, temporary } = await makeBench(t);
  const packed = [gzipSync(base, { level: 1 }), gzipSync(own, { level: 1 })] as const;
  const files = {
    [configPath]: image.config,
    'a.gz': packed[0],
    'b.gz': packed[1],
    'manifest.json': list(['a.gz', 'b.gz']),
  };
  const { reader } = await open(`docker-archive:${await write('built.tar', tarOfFiles(files))}`);
  const manifest = await reader.getManifest('heat-api', 'built');
  t.deepEqual(
    manifest?.blobs.map(({ digest }) => digest as string),
    [image.config, ...packed].map(digestOf),
  );
  t.deepEqual(await reader.readBlob('heat-api', manifest!.blobs[1]!), packed[0]);
  t.deepEqual(await temporary(), []);
});

test('a later process finds by digest what an earlier one has pinned', async (t) => {
  const { write, open } = await makeBench(t);
  const path = await write('built.tar', tarOfFiles(ok));
  const pinned = await (await open(`docker-archive:${path}`)).reader.getManifest('heat-api', 'built');
  if (pinned === null) return t.fail();
  const later = await open(`docker-archive:${path}`);
  t.deepEqual((await later.reader.getManifest('heat-api', pinned.digest))?.bytes, pinned.bytes);
  t.is(await later.reader.getManifest('nova-api', pinned.digest), null);
  const latest = await open(`docker-archive:${path}`);
  t.true(await latest.reader.hasBlob('heat-api', pinned.blobs[2]!.digest));
  t.false(await latest.reader.hasBlob('heat-api', parseDigest(digestOf(Buffer.from('none')))));
});

test('an image without layers is one too', async (t) => {
  const { write, open } = await makeBench(t);
  const config = json({ rootfs: { type: 'layers', diff_ids: null } });
  const files = { 'config.json': config, 'manifest.json': list(null, 'config.json') };
  const { reader } = await open(`docker-archive:${await write('built.tar', tarOfFiles(files))}`);
  const manifest = await reader.getManifest('heat-api', 'built');
  t.deepEqual(JSON.parse(`${Buffer.from(manifest?.bytes ?? [])}`).layers, []);
});

const [basePath, ownPath] = [base, own].map((bytes) => `${digestOf(bytes).slice(7)}.tar`) as [string, string];
const broken: readonly (readonly [string, Files, OciErrorCode, RegExp])[] = [
  ['no list', { [configPath]: image.config }, 'bad-archive', /no docker archive: it has no manifest\.json$/],
  ['a layout', { 'oci-layout': json({}) }, 'bad-archive', /no manifest\.json; try oci-archive:$/],
  ['a list that is no list', { ...ok, 'manifest.json': json({}) }, 'bad-archive', /manifest\.json is not a list/],
  ['an image that is none', { ...ok, 'manifest.json': json([7]) }, 'bad-archive', /manifest\.json is not an object/],
  ['no configuration', { ...ok, 'manifest.json': json([{ RepoTags }]) }, 'bad-archive', /image without Config/],
  [
    'layers that are no texts',
    { ...ok, 'manifest.json': json([{ Config: 'a', Layers: [1] }]) },
    'bad-archive',
    /Layers holds/,
  ],
  [
    'an absurd list',
    { ...ok, 'manifest.json': Buffer.alloc(16 * 1024 * 1024 + 1, ' ') },
    'bad-archive',
    /16777217 bytes; more than/,
  ],
  [
    'an absent configuration',
    { ...ok, 'manifest.json': list([], 'gone.json') },
    'bad-archive',
    /gone\.json is named in/,
  ],
  ['a configuration outside', { ...ok, 'manifest.json': list([], '../up.json') }, 'bad-archive', /leads out/],
  ['another configuration', { ...ok, [configPath]: json({}) }, 'digest-mismatch', /that file have the digest sha256:/],
  [
    'a configuration without layers',
    { 'a.json': json({}), 'manifest.json': list([], 'a.json') },
    'bad-archive',
    /a\.json: rootfs is/,
  ],
  ['a layer too few', { ...ok, 'manifest.json': list([basePath]) }, 'bad-archive', /has 2 diff_ids, .* has 1 layers/],
  [
    'an absent layer',
    { ...ok, 'manifest.json': list([basePath, 'gone.tar']) },
    'bad-archive',
    /layer gone\.tar is named in/,
  ],
  ['a layer outside', { ...ok, 'manifest.json': list([basePath, '/etc/passwd']) }, 'bad-archive', /leads out/],
  [
    'layers in another order',
    { ...ok, 'manifest.json': list([ownPath, basePath]) },
    'digest-mismatch',
    new RegExp(`layer ${ownPath} is ${digestOf(own)} unpacked, ${configPath} says ${digestOf(base)}`),
  ],
  ['another layer', { ...ok, [ownPath]: base }, 'digest-mismatch', new RegExp(`layer ${ownPath} is ${digestOf(base)}`)],
  ['a layer in zstd', { ...ok, [ownPath]: Buffer.from('28b52ffd00', 'hex') }, 'bad-archive', /compressed with zstd/],
  ['a layer cut short', { ...ok, [ownPath]: gzipSync(own).subarray(0, 40) }, 'bad-archive', /cannot be unpacked/],
  [
    'two images of one name',
    savedOf([
      [image, ['quay.io/a/heat-api:built']],
      [build('heat-api', 'arm64'), ['quay.io/b/heat-api:built']],
    ]),
    'bad-archive',
    /2 images for heat-api:built: quay\.io\/a\/heat-api:built \(.*\.json\) and quay\.io\/b\/heat-api:built \(/,
  ],
];

for (const [title, files, code, message] of broken) {
  test(`a docker archive is refused: ${title}`, async (t) => {
    const { write, open } = await makeBench(t);
    const url = `docker-archive:${await write('built.tar', tarOfFiles(files))}`;
    const { reader } = await open(url);
    const error = await t.throwsAsync(reader.headManifest('heat-api', 'built'), { code, message });
    t.true(error?.message.includes(url), error?.message);
  });
}

test('an image that nobody asks for may be broken', async (t) => {
  const { write, open } = await makeBench(t);
  const nova = build('nova-api');
  const files = {
    ...savedOf([
      [image, RepoTags],
      [nova, ['nova-api:built']],
    ]),
    [ownPath]: base,
  };
  const { reader } = await open(`docker-archive:${await write('built.tar', tarOfFiles(files))}`);
  t.not(await reader.headManifest('nova-api', 'built'), null);
  await t.throwsAsync(reader.headManifest('heat-api', 'built'), { code: 'digest-mismatch' });
});
