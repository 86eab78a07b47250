import { isSameImage } from '@tagflow/model';
import test from 'ava';
import * as fc from 'fast-check';
import { diffSets, formatDiffJson, isSameSet, type PackageEntry, type SetDetails, type SetDiff } from '../src/index.ts';
import { digest, hash, image, layer, promoted, sha, waiver } from './diff-data.ts';

const small = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const keyed = <Entry>(entry: fc.Arbitrary<Entry>, key: (entry: Entry) => string) =>
  fc.uniqueArray(entry, { selector: key, maxLength: 5 });

const packageEntry: fc.Arbitrary<PackageEntry> = fc.record({
  project: small(['p', 'q', 'r', 's', 't']),
  component: small([null, 'tripleo']),
  nvr: small([null, 'n-1.0-1', 'n-1.0-2', 'n-1.0~rc1-1', 'n-1:0.1-1', 'odd']),
  sourceRepo: small([null, 'https://git.example/p']),
  sourceSha: small([null, sha('1'), sha('2')]),
  distRepo: fc.constant(null),
  distSha: small([null, sha('3'), sha('4')]),
  status: small(['SUCCESS', 'FAILED']),
});
const platforms = fc.array(
  fc.record({
    platform: small([null, 'linux/amd64', 'linux/arm64']),
    layers: fc.array(small(['1', '2', '3'].map((digit) => layer(digit, Number(digit)))), { maxLength: 3 }),
  }),
  { maxLength: 2 },
);
const details: fc.Arbitrary<SetDetails> = fc.record({
  ...{ name: small(['x', 'y']), fullHash: small([hash('a'), hash('b')]), release: fc.constant('master') },
  repoUrl: fc.constant(null),
  members: fc.option(
    keyed(fc.record({ component: small([null, 'a', 'b']), fullHash: small([hash('c'), hash('d')]) }), (one) =>
      String(one.component),
    ),
  ),
  packages: fc.option(keyed(packageEntry, ({ project }) => project)),
  containers: fc.option(
    keyed(
      fc.record({
        name: small(['c', 'd', 'e', 'f']),
        digest: small([digest('1'), digest('2')]),
        platforms: fc.option(platforms),
      }),
      ({ name }) => name,
    ),
  ),
  images: fc.option(
    keyed(
      fc
        .record({ name: small(['i.tar', 'j.tar']), size: small([1, 2]), digit: small(['1', '2']) })
        .map(({ name, size, digit }) => image(name, size, digit)),
      ({ name }) => name,
    ),
  ),
  promotion: fc.option(
    fc
      .record({ jobs: fc.subarray(['a', 'b', 'c']), waived: fc.boolean(), none: fc.boolean() })
      .map(({ jobs, waived, none }) =>
        promoted(none ? 'none' : { allOf: jobs, informing: [] }, waived ? [waiver] : []),
      ),
  ),
  notes: fc.constant([]),
});

type Part = 'members' | 'packages' | 'containers' | 'images';
const keys = {
  members: (one: unknown) => String((one as { component: string | null }).component),
  packages: (one: unknown) => (one as PackageEntry).project,
  containers: (one: unknown) => (one as { name: string }).name,
  images: (one: unknown) => (one as { name: string }).name,
};

/** Makes of a list what a difference says that it became. */
function applied(part: Part, list: readonly unknown[], diff: SetDiff): ReadonlyMap<string, unknown> {
  const key = keys[part];
  const { added, removed, changed } = diff[part]!;
  const result = new Map(list.map((one) => [key(one), one]));
  for (const one of removed) if (!result.delete(key(one))) throw new Error(`${key(one)} was not there`);
  for (const one of added) result.set(key(one), one);
  for (const { to: now } of changed) result.set(key(now), now);
  return result;
}

test('nothing differs from itself; a difference makes one of the other; backwards it is the mirror image', (t) => {
  const bare = (list: readonly unknown[], part: Part) =>
    part === 'containers' ? list.map((one) => ({ ...(one as object), platforms: undefined })) : list;
  fc.assert(
    fc.property(details, details, (a, b) => {
      t.true(isSameSet(diffSets(a, a)));
      const [there, back] = [diffSets(a, b), diffSets(b, a)];
      for (const part of ['members', 'packages', 'containers', 'images'] as const) {
        const [before, after] = [a[part], b[part]];
        if (before === null || after === null) {
          t.is(there[part], null);
          continue;
        }
        const plain = (map: ReadonlyMap<string, unknown>) =>
          JSON.parse(JSON.stringify([...map].sort(([x], [y]) => (x < y ? -1 : 1))));
        const wanted = new Map(bare(after, part).map((one) => [keys[part](one), one]));
        t.deepEqual(plain(applied(part, bare(before, part), there)), plain(wanted));
        t.deepEqual(back[part]!.added, there[part]!.removed);
        t.deepEqual(back[part]!.removed, there[part]!.added);
        t.is(back[part]!.same, there[part]!.same);
        const mirrored = there[part]!.changed.map((one) => ({ from: one.to, to: one.from }));
        t.deepEqual(
          back[part]!.changed.map((one) => ({ from: one.from, to: one.to }) as (typeof mirrored)[number]),
          mirrored,
        );
      }
      const kinds = { up: 'down', down: 'up', rebuilt: 'rebuilt', other: 'other' } as const;
      t.deepEqual(
        back.packages?.changed.map(({ kind }) => kind),
        there.packages?.changed.map(({ kind }) => kinds[kind]),
      );
      t.deepEqual(back.containers?.layers?.added, there.containers?.layers?.removed);
      t.deepEqual(
        back.images?.changed.map(({ growth }) => growth),
        there.images?.changed.map(({ growth }) => 0 - growth),
      );
      t.is(isSameSet(there), isSameSet(back));
      t.true(there.images?.changed.every((one) => !isSameImage(one.from, one.to)) ?? true);
      t.is(formatDiffJson(there), formatDiffJson(diffSets(structuredClone(a), structuredClone(b))));
    }),
    { numRuns: 200 },
  );
});
