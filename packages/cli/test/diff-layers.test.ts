import { type Digest, emptySet, type FullHash, parseDigest, parseFullHash, TagflowError } from '@tagflow/model';
import type { SetDetails } from '@tagflow/promotion';
import { type SetPlaces, withLayers } from '@tagflow/wiring';
import test from 'ava';

const digest = (digit: string): Digest => parseDigest(`sha256:${digit.repeat(64)}`);
const hash = (digit: string) => parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);

interface FakeManifest {
  readonly children: readonly unknown[];
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  readonly bytes: Uint8Array;
}

const config = { digest: digest('c'), size: 1 };
const image = (...layers: readonly string[]): FakeManifest => ({
  ...{ children: [], bytes: Buffer.from('{}') },
  blobs: [config, ...layers.map((digit) => ({ digest: digest(digit), size: Number(digit) }))],
});
const index = (children: readonly { readonly digest: Digest; readonly platform?: unknown }[]): FakeManifest => ({
  ...{ children, blobs: [], bytes: Buffer.from(JSON.stringify({ manifests: children })) },
});

/** A registry that has some manifests, and tells what it was asked for, with the hash that they were said to be of. */
function registry(asked: string[], name: string, manifests: Readonly<Record<string, FakeManifest>>, isMetered = false) {
  const hashes = new Map<Digest, FullHash>();
  return {
    place: { client: { isMetered: () => isMetered } },
    known: {
      note: (wanted: Digest, of: FullHash) => void hashes.set(wanted, of),
      get(container: string, wanted: Digest): Promise<FakeManifest> {
        asked.push(`${name}/${container}@${wanted.slice(7, 8)} of ${hashes.get(wanted)?.slice(0, 1)}`);
        const manifest = manifests[wanted.slice(7, 8)];
        return manifest === undefined
          ? Promise.reject(new TagflowError('not-found', 'gone'))
          : Promise.resolve(manifest);
      },
    },
  };
}

const set = (digit: string, containers: Readonly<Record<string, string>>): SetDetails => ({
  ...emptySet(hash(digit), 'master'),
  ...{ name: digit, repoUrl: null, members: null, packages: null, promotion: null, notes: [] },
  containers: Object.entries(containers).map(([name, own]) => ({ name, digest: digest(own), platforms: null })),
});

const placesOf = (...registries: readonly ReturnType<typeof registry>[]): SetPlaces =>
  ({ registries, effects: { signal: new AbortController().signal } }) as unknown as SetPlaces;

test('layers are read of what differs alone, from the first registry that has them, and last where pulls are counted', async (t) => {
  const asked: string[] = [];
  const metered = registry(asked, 'docker', { 2: image('7', '8') }, true);
  const free = registry(asked, 'rdo', { 1: image('7') });
  const [from, to] = await withLayers(
    set('a', { heat: '1', same: '5', gone: '5' }),
    set('b', { heat: '2', same: '5', fresh: '5' }),
    placesOf(metered, free),
  );
  const layers = (one: SetDetails) => one.containers?.map(({ name, platforms }) => [name, platforms]);
  const seven = { digest: digest('7'), size: 7 };
  t.deepEqual(layers(from), [
    ['heat', [{ platform: null, layers: [seven] }]],
    ['same', null],
    ['gone', null],
  ]);
  t.deepEqual(layers(to)?.[0], ['heat', [{ platform: null, layers: [seven, { digest: digest('8'), size: 8 }] }]]);
  t.deepEqual(asked, ['rdo/heat@1 of a', 'rdo/heat@2 of b', 'docker/heat@2 of b']);
});

test('an index is looked into, platform by platform; an attestation is no platform', async (t) => {
  const platform = (architecture: string, more = {}) => ({ os: 'linux', architecture, ...more });
  const manifests = {
    1: image('7'),
    2: index([
      { digest: digest('3'), platform: platform('amd64') },
      { digest: digest('4'), platform: platform('arm64', { variant: 'v8' }) },
      { digest: digest('9'), platform: platform('unknown', { os: 'unknown' }) },
    ]),
    3: image('7'),
    4: image('8'),
  };
  const [, to] = await withLayers(
    set('a', { heat: '1' }),
    set('b', { heat: '2' }),
    placesOf(registry([], 'rdo', manifests)),
  );
  t.deepEqual(to.containers?.[0]?.platforms, [
    { platform: 'linux/amd64', layers: [{ digest: digest('7'), size: 7 }] },
    { platform: 'linux/arm64/v8', layers: [{ digest: digest('8'), size: 8 }] },
  ]);
});

test('what no registry has, in whole, is unknown', async (t) => {
  const half = { 1: image('7'), 2: index([{ digest: digest('3'), platform: { os: 'linux', architecture: 'amd64' } }]) };
  const [from, to] = await withLayers(
    set('a', { heat: '1' }),
    set('b', { heat: '2' }),
    placesOf(registry([], 'rdo', half)),
  );
  t.is(from.containers?.[0]?.platforms?.length, 1);
  t.is(to.containers?.[0]?.platforms, null);
  const none = await withLayers(set('a', { heat: '1' }), set('b', { heat: '2' }), placesOf());
  t.is(none[0].containers?.[0]?.platforms, null);
});
