import test from 'ava';
import { openArchivePlace } from '../../src/archive/archive-place.ts';
import { isArchiveUrl, parseArchiveUrl } from '../../src/archive/archive-url.ts';
import { type ImageName, isNamed, parseImageName } from '../../src/archive/image-name.ts';
import type { OciErrorCode } from '../../src/error.ts';
import { build, digestOf, layoutOf, layoutOfOne, listed, makeBench, refName, savedOf, tarOfFiles } from './built.ts';

const urls: readonly (readonly [string, boolean, string | null])[] = [
  ['oci:/srv/built', true, '/srv/built'],
  ['oci:built/openstack-{name}', true, 'built/openstack-{name}'],
  ['oci-archive:a.tar', true, 'a.tar'],
  ['docker-archive:/srv/a b.tar', true, '/srv/a b.tar'],
  ['oci:', true, null],
  ['oci://registry.example/charts', true, null],
  ['oci:/a\0b', true, null],
  ['https://registry.example/oci:', false, null],
  ['docker://registry.example/ns', false, null],
  ['OCI:/srv', false, null],
  ['oci.example/ns', false, null],
];

for (const [text, isArchive, path] of urls) {
  test(`"${text.replace('\0', '\\0')}" is ${path === null ? 'no' : 'a'} place of files`, (t) => {
    t.is(isArchiveUrl(text), isArchive);
    if (path !== null) t.is(parseArchiveUrl(text).path, path);
    else t.throws(() => parseArchiveUrl(text), { code: 'bad-reference' satisfies OciErrorCode });
  });
}

const imageNames: readonly (readonly [string, ImageName['path'], ImageName['tag']])[] = [
  ['built', null, 'built'],
  ['heat-api:built', 'heat-api', 'built'],
  ['quay.io/ns/heat-api:built', 'quay.io/ns/heat-api', 'built'],
  ['localhost:5000/heat-api:built', 'localhost:5000/heat-api', 'built'],
  ['localhost:5000/heat-api', 'localhost:5000/heat-api', 'latest'],
  ['ns/heat-api@sha256:00', 'ns/heat-api', null],
  ['ns/heat-api:built@sha256:00', 'ns/heat-api', 'built'],
];

for (const [text, path, tag] of imageNames) {
  test(`an image is called "${text}"`, (t) => {
    t.deepEqual(parseImageName(text), { text, path, tag });
    t.is(isNamed(parseImageName(text), 'heat-api'), path !== null);
    t.false(isNamed(parseImageName(text), 'api'));
  });
}

const heat = build('heat-api');
const arm = build('heat-api', 'arm64');

test('in a layout of its own a container is found by its tag, whatever it is called', async (t) => {
  const { root, write, open } = await makeBench(t);
  await write('named-api', layoutOfOne(heat, 'localhost/other:built'));
  await write('tagged-api', layoutOfOne(heat, 'built'));
  await write('nameless-api', layoutOfOne(heat));
  await write(
    'both-api',
    layoutOf(
      [listed(arm.manifest, { [refName]: 'other:built' }), listed(heat.manifest, { [refName]: 'ns/both:built' })],
      ...[heat.blobs, arm.blobs],
    ),
  );
  await write(
    'unclear-api',
    layoutOf(
      [listed(heat.manifest, { [refName]: 'one:built' }), listed(arm.manifest, { [refName]: 'two:built' })],
      ...[heat.blobs, arm.blobs],
    ),
  );
  await write('several-api', layoutOf([listed(heat.manifest), listed(arm.manifest)], ...[heat.blobs, arm.blobs]));
  const { reader, repository } = await open(`oci:${root}/{name}-api`);
  const digestOfOne = async (name: string, tag: string) =>
    (await reader.headManifest(repository(name), tag))?.digest as string | undefined;
  for (const name of ['named', 'tagged', 'nameless', 'both']) t.is(await digestOfOne(name, 'built'), heat.digest, name);
  t.is(await digestOfOne('named', 'other'), undefined);
  t.is(await digestOfOne('nameless', 'anything'), heat.digest);
  t.is(await digestOfOne('several', 'built'), undefined);
  t.is(await digestOfOne('absent', 'built'), undefined);
  await t.throwsAsync(digestOfOne('unclear', 'built'), {
    code: 'bad-archive',
    message: /unclear-api holds 2 images for unclear:built: one:built \(sha256:.* and two:built \(/,
  });
});

test('the same image may have a name several times', async (t) => {
  const { write, open } = await makeBench(t);
  const twice = ['quay.io/ns/heat-api:built', 'heat-api:built'].map((name) =>
    listed(heat.manifest, { [refName]: name }),
  );
  const { reader } = await open(`oci:${await write('built', layoutOf(twice, heat.blobs))}`);
  t.is((await reader.headManifest('heat-api', 'built'))?.digest as string, heat.digest);
});

for (const name of ['..', '../heat-api', '.', '', 'a/../b', '/etc', 'A', 'a\0b']) {
  test(`the name "${name.replace('\0', '\\0')}" does not become a path`, async (t) => {
    const { root, write, open } = await makeBench(t);
    await write('heat-api', layoutOfOne(heat));
    await write('in/heat-api', layoutOfOne(heat));
    const { reader, repository } = await open(`oci:${root}/in/{name}`);
    t.is(await reader.headManifest(repository(name), 'built'), null);
    t.not(await reader.headManifest(repository('heat-api'), 'built'), null);
  });
}

test('a path that is not there is said at once, with the part that is missing', async (t) => {
  const { root, write, open } = await makeBench(t);
  await write('built/heat-api', layoutOfOne(heat));
  const absent: readonly (readonly [string, string])[] = [
    [`oci:${root}/gone`, `${root}/gone is not there`],
    [`oci-archive:${root}/gone/{name}.tar`, `${root}/gone is not there`],
    [`docker-archive:${root}/gone-{name}/x/{name}.tar`, ''],
  ];
  for (const [url, message] of absent) {
    if (message === '') t.is(await (await open(url)).reader.headManifest('heat-api', 'built'), null);
    else {
      const error = await t.throwsAsync(open(url), { code: 'not-found' });
      t.true(error?.message.endsWith(message), error?.message);
    }
  }
  // As skopeo writes it.
  const tagged = await t.throwsAsync(open(`oci:${root}/built/heat-api:tag`), { code: 'not-found' });
  t.regex((tagged as { next?: string }).next ?? '', /a tag is not part of it/);
});

test('a folder is no tar, and a tar no folder', async (t) => {
  const { write, open } = await makeBench(t);
  const folder = await write('built', layoutOfOne(heat, 'heat-api:built'));
  const file = await write('built.tar', tarOfFiles(layoutOfOne(heat, 'heat-api:built')));
  for (const [url, message] of [
    [`oci-archive:${folder}`, /is no regular file$/],
    [`docker-archive:${folder}`, /is no regular file$/],
    [`oci:${file}`, /is no directory$/],
  ] as const) {
    const { reader } = await open(url);
    await t.throwsAsync(reader.headManifest('heat-api', 'built'), { code: 'bad-archive', message });
  }
});

test('a place that was closed reads nothing more, and leaves nothing behind', async (t) => {
  const bench = await makeBench(t);
  const url = `docker-archive:${await bench.write('built.tar', tarOfFiles(savedOf([[heat, ['heat-api:built']]])))}`;
  const closed = await bench.open(url);
  const pending = closed.reader.headManifest('heat-api', 'built');
  await closed.close();
  await t.throwsAsync(pending);
  await t.throwsAsync(closed.reader.headManifest('heat-api', 'built'));
  t.deepEqual(await bench.temporary(), []);
  const layout = await bench.open(`oci:${await bench.write('built', layoutOfOne(heat, 'heat-api:built'))}`);
  t.not(await layout.reader.headManifest('heat-api', 'built'), null);
  await layout.close();
  await t.throwsAsync(layout.reader.headManifest('heat-api', 'built'), { name: 'AbortError' });
  const abort = new AbortController();
  const cancelled = await openArchivePlace(url, { signal: abort.signal, log: { debug() {}, info() {}, warning() {} } });
  const reason = new Error('cancelled');
  abort.abort(reason);
  await t.throwsAsync(cancelled.reader.headManifest('heat-api', 'built'), { is: reason });
});

test('a digest reads only what a layout holds', async (t) => {
  const { root, write, open } = await makeBench(t);
  await write('heat', layoutOfOne(heat));
  const { reader } = await open(`oci:${root}/{name}`);
  t.deepEqual(Buffer.from((await reader.getManifest('heat', heat.digest))?.bytes ?? []), heat.manifest);
  await t.throwsAsync(reader.getManifest('heat', 'sha256:../../../index.json'), { code: 'malformed' });
  await t.throwsAsync(reader.getManifest('heat', digestOf(heat.config)), { code: 'unexpected-answer' });
});
