import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactSet, formatSet, parseDigest, parseSet } from '@tagflow/model';
import type { Store } from '@tagflow/store';
import test from 'ava';
import { describeImages } from '../src/publish/describe.ts';
import type { ImageDirectory } from '../src/effects.ts';
import { partialDirectory, publishSet } from '../src/publish/publish.ts';
import { verifySet } from '../src/verify.ts';
import {
  entryOf,
  folderWorld,
  hashA,
  openFolder,
  type Sample,
  sampleFiles,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const directory = `master/${hashA}`;
const total = sampleFiles.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** Nothing of it is twice in it. */
const noise: readonly Sample[] = [
  { name: 'agent.tar', bytes: randomBytes(300_001) },
  { name: 'overcloud.tar', bytes: randomBytes(2_500_003) },
];

function problemsIn(store: Store, set: ArtifactSet): Promise<readonly string[]> {
  return verifySet({ store, directory }, { set, visibility: 'public', proof: 'bytes' }, testEffects());
}

async function sourceOf(files?: readonly Sample[]): Promise<ImageDirectory> {
  return { store: openFolder(await writeSamples(await temporaryFolder(), files)), directory: '' };
}

for (const [kind, start] of Object.entries({ folder: folderWorld, sftp: sftpWorld })) {
  test(`${kind}: publishes a set with its checksums, and has nothing to do the second time`, async (t) => {
    const { root, store } = await start(t);
    const set = setOfSamples();
    const options = { store, directory, set, visibility: 'public', sources: [await sourceOf()] } as const;
    const first = await publishSet(options, testEffects());
    t.like(first, { bytesMoved: total, bytesSaved: 0, changed: true, moved: sampleFiles.map(({ name }) => name) });
    const image = entryOf(sampleFiles[0] as Sample);
    t.is(await readFile(join(root, directory, `${image.name}.md5`), 'utf8'), `${image.md5}  ${image.name}\n`);
    t.is(await readFile(join(root, directory, `${image.name}.sha256`), 'utf8'), `${image.sha256}  ${image.name}\n`);
    t.is(await readFile(join(root, directory, 'set.json'), 'utf8'), formatSet(set));
    t.deepEqual(await readdir(join(root, 'master')), [hashA]);
    t.deepEqual(
      (await readdir(join(root, directory))).sort(),
      [
        ...sampleFiles.flatMap(({ name }) => [name, `${name}.cidx`, `${name}.md5`, `${name}.sha256`]),
        'set.json',
      ].sort(),
    );
    const again = await publishSet({ ...options, sources: [] }, testEffects());
    t.like(again, { bytesMoved: 0, bytesSaved: total, changed: false, moved: [] });
    t.deepEqual(
      await verifySet({ store, directory }, { set, visibility: 'public', proof: 'bytes' }, testEffects()),
      [],
    );
  });
}

test('refuses to publish other bytes under a hash that is published', async (t) => {
  const { root, store } = await folderWorld(t);
  await publishSet(
    { store, directory, set: setOfSamples(), visibility: 'public', sources: [await sourceOf()] },
    testEffects(),
  );
  const other = [{ name: 'overcloud-full.tar', bytes: Buffer.alloc(700_003, 'another build') }];
  const set = setOfSamples(other);
  const options = { store, directory, set, visibility: 'public', sources: [await sourceOf(other)] } as const;
  await t.throwsAsync(publishSet(options, testEffects()), { code: 'published-differently' });
  t.deepEqual(await readFile(join(root, directory, 'overcloud-full.tar')), sampleFiles[1]?.bytes);
});

test('refuses other bytes where an older tool published without a set', async (t) => {
  const { root, store } = await folderWorld(t);
  await writeSamples(join(root, directory), [{ name: 'overcloud-full.tar', bytes: Buffer.alloc(700_003, 'other') }]);
  const options = { store, directory, set: setOfSamples(), visibility: 'public', sources: [await sourceOf()] } as const;
  await t.throwsAsync(publishSet(options, testEffects()), { code: 'published-differently', message: /sha256/ });
});

test('adopts what an older tool published, when it is the same', async (t) => {
  const { root, store } = await folderWorld(t);
  await writeSamples(join(root, directory));
  const report = await publishSet(
    { store, directory, set: setOfSamples(), visibility: 'public', sources: [] },
    testEffects(),
  );
  t.like(report, { bytesMoved: 0, bytesSaved: total, changed: true });
});

test('adds images and containers to a hash that is published, and contradicts nothing', async (t) => {
  const { root, store } = await folderWorld(t);
  const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];
  const base = { store, directory, visibility: 'public', sources: [await sourceOf()] } as const;
  await publishSet({ ...base, set: setOfSamples([agent]) }, testEffects());
  const heat = (digit: string): ArtifactSet['containers'] => [
    { name: 'heat-api', digest: parseDigest(`sha256:${digit.repeat(64)}`) },
  ];
  const wider = { ...setOfSamples([overcloud]), containers: heat('c') };
  const report = await publishSet({ ...base, set: wider }, testEffects());
  t.deepEqual(report.moved, ['overcloud-full.tar']);
  const published = parseSet(await readFile(join(root, directory, 'set.json'), 'utf8'), 'set.json');
  t.deepEqual([published.containers.length, published.images.length], [1, 2]);
  const conflict = publishSet({ ...base, set: { ...wider, containers: heat('d') } }, testEffects());
  await t.throwsAsync(conflict, { code: 'published-differently', message: /heat-api/ });
});

test('keeps internal images out of a public store, and out of its set.json', async (t) => {
  const { root, store } = await folderWorld(t);
  const [agent, rhel] = sampleFiles as readonly [Sample, Sample];
  const set = { ...setOfSamples([]), images: [entryOf(agent), entryOf(rhel, 'internal')] };
  const options = { store, directory, set, visibility: 'public', sources: [await sourceOf()] } as const;
  await publishSet(options, testEffects());
  t.false((await readdir(join(root, directory))).some((name) => name.startsWith(rhel.name)));
  t.false((await readFile(join(root, directory, 'set.json'), 'utf8')).includes(rhel.name));
  const internal = await folderWorld(t);
  await publishSet({ ...options, store: internal.store, visibility: 'internal' }, testEffects());
  t.true((await readdir(join(internal.root, directory))).includes(rhel.name));
  const none = publishSet({ ...options, set: setOfSamples([rhel], 'internal') }, testEffects());
  await t.throwsAsync(none, { code: 'no-images' });
});

test('refuses a source whose bytes are not those of the set, and publishes nothing', async (t) => {
  const { root, store } = await folderWorld(t);
  const wrong = sampleFiles.map(({ name, bytes }) => ({ name, bytes: Buffer.alloc(bytes.length, 'wrong') }));
  const options = {
    store,
    directory,
    set: setOfSamples(),
    visibility: 'public',
    sources: [await sourceOf(wrong)],
  } as const;
  await t.throwsAsync(publishSet(options, testEffects()), { code: 'checksum-mismatch' });
  t.false((await readdir(join(root, 'master'))).includes(hashA));
  await t.throwsAsync(publishSet({ ...options, sources: [] }, testEffects()), { code: 'no-source' });
});

test('goes on by itself when the connection is lost', async (t) => {
  let writes = 0;
  let cut = (): void => undefined;
  const { store, server } = await sftpWorld(t, ({ operation }) => {
    if (operation === 'write' && ++writes % 12 === 0) cut();
    return undefined;
  });
  cut = server.cutConnections;
  const set = setOfSamples(noise);
  const sources = [await sourceOf(noise)];
  await publishSet({ store, directory, set, visibility: 'public', sources }, testEffects());
  t.true(writes > 12, `${writes} writes, of which every twelfth cut the connection`);
  t.deepEqual(await problemsIn(store, set), []);
});

test('completes what an interrupted run left, and shows nobody half of it', async (t) => {
  let left = 5;
  const { root, store } = await sftpWorld(t, ({ operation }) =>
    operation === 'write' && --left < 0 ? 'Failure' : undefined,
  );
  const set = setOfSamples(noise);
  const options = { store, directory, set, visibility: 'public', sources: [await sourceOf(noise)] } as const;
  let interruptions = 0;
  let report;
  while (report === undefined) {
    try {
      report = await publishSet(options, testEffects());
    } catch (error) {
      t.like(error, { outcome: 'failed' });
      t.false((await readdir(join(root, 'master')).catch((): string[] => [])).includes(hashA));
      if (++interruptions > 30) throw error;
      left = 5;
    }
  }
  t.true(interruptions >= 2, `${interruptions} interruptions`);
  const bytes = noise.reduce((sum, file) => sum + file.bytes.length, 0);
  t.true(report.bytesMoved < bytes, `the last run moved ${report.bytesMoved} of ${bytes} bytes`);
  t.deepEqual(await readdir(join(root, 'master')), [hashA]);
  t.deepEqual(await problemsIn(store, set), []);
});

test('begins again where the part that was left has other bytes', async (t) => {
  const { root, store } = await folderWorld(t);
  const set = setOfSamples();
  const partial = partialDirectory(directory, set.images);
  await mkdir(join(root, partial), { recursive: true });
  const [image] = set.images;
  await writeFile(join(root, partial, `.${image?.name}.${image?.sha256.slice(0, 12)}.left.part`), 'torn by a crash');
  const report = await publishSet(
    { store, directory, set, visibility: 'public', sources: [await sourceOf()] },
    testEffects(),
  );
  t.is(report.bytesMoved, total + (image?.size ?? 0) - 'torn by a crash'.length);
});

test('two runs that publish the same at once both end well', async (t) => {
  const { root } = await folderWorld(t);
  const sources = [await sourceOf()];
  const publish = (): Promise<unknown> =>
    publishSet(
      { store: openFolder(root), directory, set: setOfSamples(), visibility: 'public', sources },
      testEffects(),
    );
  const results = await Promise.allSettled([publish(), publish()]);
  t.true(results.some(({ status }) => status === 'fulfilled'));
  await t.notThrowsAsync(publish());
  t.deepEqual(await readdir(join(root, 'master')), [hashA]);
});

test('stops at the signal', async (t) => {
  const { root, store } = await folderWorld(t);
  const controller = new AbortController();
  const effects = { ...testEffects(controller.signal), progress: () => controller.abort(new Error('enough')) };
  const options = { store, directory, set: setOfSamples(), visibility: 'public', sources: [await sourceOf()] } as const;
  await t.throwsAsync(publishSet(options, effects), { message: 'enough' });
  t.false((await readdir(join(root, 'master'))).includes(hashA));
});

test('describes a folder of files', async (t) => {
  const folder = await writeSamples(await temporaryFolder());
  const [agent, overcloud] = sampleFiles as readonly [Sample, Sample];
  await writeFile(join(folder, `${agent.name}.md5`), `${entryOf(agent).md5}  ${agent.name}\n`);
  await writeFile(join(folder, '.hidden'), '');
  t.deepEqual(await describeImages(folder, [], 'internal'), [
    entryOf(agent, 'internal'),
    entryOf(overcloud, 'internal'),
  ]);
  t.deepEqual(await describeImages(folder, [overcloud.name], 'public'), [entryOf(overcloud)]);
  await t.throwsAsync(describeImages(folder, ['undercloud.qcow2'], 'public'), { code: 'no-images' });
  await t.throwsAsync(describeImages(await temporaryFolder(), [], 'public'), { code: 'no-images' });
  await t.throwsAsync(describeImages(join(folder, 'none'), [], 'public'), { code: 'no-images' });
  await writeFile(join(folder, `${agent.name}.md5`), `${'0'.repeat(32)}  ${agent.name}\n`);
  await t.throwsAsync(describeImages(folder, [], 'public'), { code: 'checksum-mismatch' });
});

test('believes a file that is published by the sum beside it, and reads any other', async (t) => {
  const folder = await writeSamples(await temporaryFolder(), [sampleFiles[0] as Sample]);
  const { name, bytes } = sampleFiles[0] as Sample;
  const path = join(folder, name);
  const image = entryOf(sampleFiles[0] as Sample);
  const published = [image];
  // As a copy that keeps times.
  const old = new Date(1_700_000_000_000);
  const wasRead = async (): Promise<boolean> => {
    const indexes = new Map();
    await describeImages(folder, [], 'public', { published, indexes });
    return indexes.size > 0;
  };
  t.true(await wasRead(), 'there is no sum');
  for (const kind of ['md5', 'sha256'] as const) {
    await writeFile(`${path}.${kind}`, `${image[kind]}  ${name}\n`);
    // Two writes may fall into one tick of the clock: then nobody knows which was first.
    const { ctimeMs } = await stat(path);
    while ((await stat(`${path}.${kind}`)).ctimeMs <= ctimeMs) await utimes(`${path}.${kind}`, old, old);
    t.false(await wasRead(), `its .${kind} says it`);
    await utimes(path, old, old);
    t.true(await wasRead(), `something happened to the file after its .${kind} was written`);
    await rm(`${path}.${kind}`);
  }
  await writeFile(`${path}.sha256`, `${image.sha256}  ${name}\n`);
  await writeFile(`${path}.md5`, `${'0'.repeat(32)}  ${name}\n`);
  await t.throwsAsync(wasRead(), { code: 'checksum-mismatch' }, 'one of two sums says otherwise');
  await rm(`${path}.md5`);
  await writeFile(path, bytes.subarray(1));
  await t.throwsAsync(wasRead(), { code: 'checksum-mismatch' }, 'it has another size');
});

test('tells who built the images, in one line', async (t) => {
  const folder = await writeSamples(await temporaryFolder(), [sampleFiles[0] as Sample]);
  const builder = 'https://ci.example/runs/7';
  t.like(await describeImages(folder, [], 'public', { builder }), [{ builder }]);
  await t.throwsAsync(describeImages(folder, [], 'public', { builder: 'a\nb' }), {
    message: /builder "a\\nb" is not a line/,
  });
});

test('verify names everything that is missing or wrong', async (t) => {
  const { root, store } = await folderWorld(t);
  const set = setOfSamples();
  const place = { store, directory };
  const options = { set, visibility: 'public', proof: 'sums' } as const;
  t.is((await verifySet(place, options, testEffects())).length, 3);
  await publishSet({ ...place, set, visibility: 'public', sources: [await sourceOf()] }, testEffects());
  const path = join(root, directory, 'overcloud-full.tar');
  await writeFile(path, Buffer.alloc(700_003, 'rotten'));
  t.deepEqual(await verifySet(place, options, testEffects()), [], 'sums cannot see it');
  const [rotten, ...others] = await verifySet(place, { ...options, proof: 'bytes' }, testEffects());
  t.regex(rotten ?? '', /overcloud-full\.tar has sha256 \w+, expected/);
  t.deepEqual(others, []);
  await writeFile(path, 'short');
  t.regex((await verifySet(place, options, testEffects())).join(), /has 5 bytes, expected 700003/);
  await writeFile(join(root, directory, 'overcloud-full.tar.md5'), `${'0'.repeat(32)}\n`);
  await writeFile(path, sampleFiles[1]?.bytes ?? '');
  t.regex((await verifySet(place, options, testEffects())).join(), /\.md5 says 0+, expected/);
});
