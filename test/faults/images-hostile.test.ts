import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { startChunkIndex } from '../../packages/images/src/chunks/chunk-index.ts';
import { type Member, pax, tarOf } from '../../packages/images/test/unpack-world.ts';
import {
  differing,
  halvesIn,
  newFiles,
  newHash,
  noise,
  oldFiles,
  oldHash,
  sha256,
  sizeOf,
  startImagesRig,
  visibleIn,
} from './images-rig.ts';

const name = 'overcloud-full.tar';
const image = newFiles[name]!;

interface HostileSet {
  readonly change: (text: string) => string;
  readonly code: string;
  readonly says: RegExp;
}

const renamed =
  (to: string): HostileSet['change'] =>
  (text) =>
    text.replace(`"name":"${name}"`, `"name":"${to}"`);
const sized =
  (to: string): HostileSet['change'] =>
  (text) =>
    text.replace(`"size":${image.length}`, `"size":${to}`);
const isNoName = { code: 'unreadable-set', says: /set\.json: image name ".*" is not a plain file name/s };
const isNoSize = { code: 'unreadable-set', says: /size of image overcloud-full\.tar is not a whole number of bytes/ };

const sets: Readonly<Record<string, HostileSet>> = {
  'a name that climbs': { ...isNoName, change: renamed('../../climbed') },
  'an absolute name': { ...isNoName, change: renamed('/tmp/absolute') },
  'a name of dots': { ...isNoName, change: renamed('..') },
  'a hidden name': { ...isNoName, change: renamed('.hidden') },
  'a name with a newline': { ...isNoName, change: renamed(String.raw`a\nb`) },
  'a size of 1e18': { ...isNoSize, change: sized('1e18') },
  'a negative size': { ...isNoSize, change: sized('-1') },
  'half a byte': { ...isNoSize, change: sized('1.5') },
  'a size that is a text': { ...isNoSize, change: sized('"12"') },
  'a size that the file has not': {
    code: 'no-source',
    says: /\(1 bytes\) is nowhere to be copied from/,
    change: sized('1'),
  },
  'a digest that climbs': {
    ...{ code: 'unreadable-set', says: /sha256 of image overcloud-full\.tar is not 64 hex digits/ },
    change: (text) => text.replace(sha256(image), '../'.repeat(21) + 'a'),
  },
  'two images of one name': {
    ...{ code: 'unreadable-set', says: /overcloud-full\.tar/ },
    change: (text) => text.replace('"name":"ironic-python-agent.tar"', `"name":"${name}"`),
  },
  'another hash': {
    code: 'published-differently',
    says: /is the set of a{40}/,
    change: (text) => text.replaceAll(newHash, oldHash),
  },
  'a page of HTML': { code: 'unreadable-set', says: /is an HTML page, not a set/, change: () => '<html>log in</html>' },
  'half a set': { code: 'unreadable-set', says: /set\.json is not JSON/, change: (text) => text.slice(0, 300) },
  'an empty file': { code: 'unreadable-set', says: /set\.json is not JSON/, change: () => '' },
  'a very deep one': { code: 'unreadable-set', says: /set\.json/, change: () => '['.repeat(1_000_000) },
  'more images than anybody reads': {
    ...{ code: 'failed', says: /set\.json.* longer than 16777216 bytes/ },
    change: (text) => text.replace('"images":[', `"images":[${entries(200_000)},`),
  },
  'thousands of images that are nowhere': {
    ...{ code: 'no-source', says: /image a0 \(1 bytes\) is nowhere to be copied from/ },
    change: (text) => text.replace('"images":[', `"images":[${entries(3000)},`),
  },
};

function entries(count: number): string {
  const sum = '0'.repeat(64);
  return Array.from({ length: count }, (_, at) => `{"name":"a${at}","size":1,"sha256":"${sum}"}`).join();
}

test('fetch and mirror: a set.json that lies is refused with words, and nothing comes of it', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  const path = join(rig.store('rdo'), newHash, 'set.json');
  const text = await readFile(path, 'utf8');
  const into = await rig.folder();
  const around = await readdir(dirname(into));
  for (const [what, { change, code, says }] of Object.entries(sets)) {
    await writeFile(path, change(text));
    for (const inputs of [rig.fetch(into, newHash), rig.mirror(newHash)]) {
      const { outcome, message, error } = await rig.act(inputs);
      t.is(outcome, 'failed', `${what}: ${message}`);
      t.is(error?.code, code, `${what}: ${message}`);
      t.regex(message ?? '', says, what);
      t.true((message ?? '').length < 1000, `${what}: ${message?.length} characters`);
      t.false((await visibleIn(into)).includes(name), what);
      t.deepEqual(await visibleIn(rig.store('rh1')), [], what);
    }
  }
  const fresh = (await readdir(dirname(into))).filter((one) => !around.includes(one) && !one.startsWith('out-'));
  t.deepEqual(fresh, []);
  await writeFile(path, text);
  await rig.mustDo(rig.fetch(into, newHash));
  t.deepEqual(await differing(into, newFiles), []);
});

test('fetch: names of files that leave the folder are refused as input', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  for (const files of ['../../../etc/passwd', '/etc/passwd', '..']) {
    const { outcome, message } = await rig.act(rig.fetch(await rig.folder(), newHash, { files }));
    t.is(outcome, 'invalid', message);
    t.true(message?.includes(files), message);
  }
});

test('an image that has the name of a file beside it never makes a set that is half', async (t) => {
  const rig = await startImagesRig(t);
  for (const taken of ['set.json', `${name}.sha256`, `${name}.cidx`]) {
    const files = { [name]: noise(100_000, 'a'), [taken]: noise(1000, 'b') };
    const folder = await rig.folder(files);
    await rig.act({ ...rig.publish(folder, newHash), files: Object.keys(files).join() });
    t.deepEqual(await halvesIn(rig.store('rdo')), [], taken);
    const { outcome, message } = await rig.act(rig.publish(await rig.folder({ [name]: noise(100_000, 'a') }), newHash));
    t.true(['done', 'nothing-to-do'].includes(outcome), `${taken}: ${message}`);
    t.deepEqual(await halvesIn(rig.store('rdo')), [], taken);
  }
});

/** Returns an index as somebody would make it who wants to do harm. */
const indexes: Readonly<Record<string, () => Buffer>> = {
  'all of it is zeros': () => {
    const index = startChunkIndex();
    index.zeros(image.length);
    return index.finish(sha256(image)).bytes;
  },
  'all of it is in the old hash': () => indexOf(oldFiles[name]!, image.length),
  'its chunks are at other places': () =>
    indexOf(Buffer.concat([image.subarray(700_000), image.subarray(0, 700_000)]), image.length),
  'another length': () => indexOf(image, image.length + 1),
  'a length of 2^52': () => {
    const index = startChunkIndex();
    index.zeros(2 ** 52);
    return index.finish(sha256(image)).bytes;
  },
  'four billion entries': () => {
    const bytes = indexOf(image, image.length);
    bytes.writeUInt32LE(0xffff_ffff, 18 + 16);
    return bytes;
  },
  'half of it': () => indexOf(image, image.length).subarray(0, 300),
  'a great many bytes': () => Buffer.alloc(20_000_000, 'tagflow/chunks/v1\n'),
};

/** Returns an index of a file in even pieces, which says that it is of the image. */
function indexOf(bytes: Buffer, size: number): Buffer {
  const index = startChunkIndex();
  let left = size;
  for (let at = 0; left > 0; at += 65_536) {
    const piece = Buffer.alloc(Math.min(65_536, left));
    bytes.copy(piece, 0, at);
    index.chunk(piece.length, Buffer.from(sha256(piece), 'hex'));
    left -= piece.length;
  }
  return index.finish(sha256(image)).bytes;
}

test('a .cidx that lies costs bytes, and never makes a wrong file: fetched, mirrored and built upon', async (t) => {
  const rig = await startImagesRig(t, { commands: true });
  await rig.mustDo(rig.publish(await rig.folder(oldFiles), oldHash));
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  await rig.mustDo(rig.mirror(oldHash));
  const oldFolder = await rig.folder();
  await rig.mustDo(rig.fetch(oldFolder, oldHash));
  const only = await rig.folder({ [name]: image });
  for (const [what, make] of Object.entries(indexes)) {
    const bytes = make();
    await writeFile(join(rig.store('rdo'), newHash, `${name}.cidx`), bytes);
    const into = await rig.folder();
    await cp(oldFolder, into, { recursive: true, preserveTimestamps: true });
    const fetched = await rig.act(rig.fetch(into, newHash));
    t.is(fetched.outcome, 'done', `${what}: ${fetched.message}`);
    t.true(Number(fetched.outputs['bytes-moved']) <= 2 * sizeOf(newFiles), what);
    t.deepEqual(await differing(into, newFiles), [], what);

    // Where the far end copies by itself, nobody here sees the bytes.
    if (what.startsWith('all of it')) {
      const mirrored = await rig.act(rig.mirror(newHash));
      t.is(mirrored.outcome, 'done', `${what}: ${mirrored.message}`);
      t.deepEqual(await differing(join(rig.store('rh1'), newHash), newFiles), [], what);
      t.deepEqual(await halvesIn(rig.store('rh1')), [], what);
      await rm(join(rig.store('rh1'), newHash), { recursive: true });
    }

    // The neighbour's index lies: the server would copy what is not there.
    await writeFile(join(rig.store('rh1'), oldHash, `${name}.cidx`), bytes);
    const built = await rig.act({ ...rig.publish(only, newHash), destination: `${rig.sftp.url}/rh1` });
    t.is(built.outcome, 'done', `${what}: ${built.message}`);
    t.deepEqual(await differing(join(rig.store('rh1'), newHash), { [name]: image }), [], what);
    await rm(join(rig.store('rh1'), newHash), { recursive: true });
  }
});

const archives: Readonly<Record<string, { readonly members: readonly Member[]; readonly says: RegExp }>> = {
  'a member that climbs': { members: [{ name: '../outside', bytes: 'harm' }], says: /\.\.\/outside/ },
  'an absolute member': { members: [{ name: '/tmp/outside', bytes: 'harm' }], says: /\/tmp\/outside/ },
  'a member that climbs by its pax name': {
    members: [pax({ path: '../outside' }), { name: 'inside', bytes: 'harm' }],
    says: /\.\.\/outside/,
  },
  'a link that leads out, and a file behind it': {
    members: [
      { name: 'way', type: '2', link: '..' },
      { name: 'way/outside', bytes: 'harm' },
    ],
    says: /way/,
  },
  'a device': { members: [{ name: 'null', type: '3' }], says: /null/ },
  'a member with the name of another image': {
    members: [{ name: 'ironic-python-agent.tar', bytes: 'harm' }],
    says: /ironic-python-agent\.tar/,
  },
  'a member longer than the archive': { members: [{ name: 'long', bytes: 'harm', size: 2 ** 32 }], says: /long|end/ },
};

test('fetch with unpack: an archive that would do harm is refused, and what was fetched stays', async (t) => {
  const rig = await startImagesRig(t);
  for (const [what, { members, says }] of Object.entries(archives)) {
    const files = { ...newFiles, [name]: tarOf({ name: 'good.qcow2', bytes: 'good' }, ...members) };
    await rm(rig.root, { recursive: true, force: true }).then(() => mkdir(rig.root));
    const agent = tarOf({ name: 'agent.kernel', bytes: 'kernel' });
    const all = { ...files, 'ironic-python-agent.tar': agent };
    await rig.mustDo(rig.publish(await rig.folder(all), newHash));
    const into = await rig.folder();
    const beside = await readdir(dirname(into));
    const { outcome, message, error } = await rig.act(rig.fetch(into, newHash, { unpack: 'true' }));
    t.is(outcome, 'failed', `${what}: ${message}`);
    t.is(error?.code, 'bad-archive', `${what}: ${message}`);
    t.regex(message ?? '', says, what);
    t.regex(message ?? '', /overcloud-full\.tar/, what);
    t.truthy(error?.next, what);
    t.deepEqual(await visibleIn(into), ['agent.kernel', ...Object.keys(all)].sort(), what);
    t.deepEqual(await differing(into, all), [], what);
    const fresh = (await readdir(dirname(into))).filter((one) => !beside.includes(one) && !one.startsWith('out-'));
    t.deepEqual(fresh, [], what);
  }
});
