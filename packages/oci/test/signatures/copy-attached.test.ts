import type { LabRegistry, LabRegistryOptions } from '@tagflow/lab';
import type { Digest } from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { mediaTypes } from '../../src/manifest.ts';
import type { AttachedTarget } from '../../src/signatures/attached.ts';
import { type CopiedAttached, copyAttached } from '../../src/signatures/copy-attached.ts';
import { makeWorld } from '../world.ts';
import {
  clientOf,
  contentsMover,
  findAttached,
  putApp,
  putCosign,
  putReferrer,
  putReferrersIndex,
  repository,
  sbomType,
  signatureType,
  someDigest,
  tagOf,
} from './attach.ts';

interface Pair {
  readonly source: LabRegistry;
  readonly target: LabRegistry;
  readonly app: Digest;
  readonly abort: AbortController;
  /** Finds at the source and copies; returns the digests by what became of them, and those whose contents were asked for. */
  copy(change?: (target: AttachedTarget) => AttachedTarget): Promise<Record<string, unknown>>;
}

/** Two registries that hold the same image. */
async function makePair(
  t: ExecutionContext,
  sourceOptions: LabRegistryOptions,
  targetOptions: LabRegistryOptions,
): Promise<Pair> {
  const world = makeWorld(t, { attempts: 1 });
  const [source, target] = [await world.registry(sourceOptions), await world.registry(targetOptions)];
  const [app] = [await putApp(source), await putApp(target)];
  return {
    ...{ source, target, app, abort: world.abort },
    async copy(change = (same) => same) {
      const [from, to] = [clientOf(world, source), clientOf(world, target)];
      const attached = await findAttached(from, repository, [app]);
      const { putContents, moved } = contentsMover(source, target, from);
      target.resetRequests();
      const places = { source: from, target: change(to), from: repository, to: repository };
      const result = await copyAttached({ ...places, attached, putContents, effects: world.effects });
      return { ...digestsOf(result), moved };
    },
  };
}

function digestsOf(result: CopiedAttached): Record<string, unknown> {
  const lists = Object.entries(result).map(([fate, list]: [string, CopiedAttached['copied']]) => [
    fate,
    list.map(({ digest }) => digest),
  ]);
  return Object.fromEntries(lists.filter(([, list]) => list?.length !== 0));
}

function readIndex(registry: LabRegistry, subject: Digest): { manifests: Record<string, unknown>[] } {
  return JSON.parse(registry.manifest(repository, tagOf(subject))?.body.toString('utf8') ?? 'null');
}

const withApi = { referrers: true };

test('to a registry that lists referrers: by digest, the same bytes, no tag; the second run asks once a subject', async (t) => {
  const pair = await makePair(t, withApi, withApi);
  const { source, target, app } = pair;
  const sbom = await putReferrer(source, { subject: app, artifactType: sbomType });
  const signature = await putReferrer(source, { subject: sbom, artifactType: signatureType });
  t.deepEqual(await pair.copy(), { copied: [sbom, signature], moved: [sbom, signature] });
  t.deepEqual(target.requests().counts, { 'GET referrers': 2, 'PUT manifest': 2 });
  for (const digest of [sbom, signature]) {
    t.deepEqual(target.manifest(repository, digest), source.manifest(repository, digest));
  }
  t.deepEqual(target.tags(repository), ['tag']);
  t.deepEqual(await pair.copy(), { present: [sbom, signature], moved: [] });
  t.deepEqual(target.requests().counts, { 'GET referrers': 2 });
});

test('to a registry that does not: an index under the tag of each subject; the second run reads it', async (t) => {
  const pair = await makePair(t, withApi, {});
  const { source, target, app } = pair;
  const sbom = await putReferrer(source, { subject: app, artifactType: sbomType, annotations: { made: 'ünterwegs' } });
  const signature = await putReferrer(source, { subject: sbom, artifactType: signatureType });
  t.deepEqual(await pair.copy(), { copied: [sbom, signature], moved: [sbom, signature] });
  t.deepEqual(readIndex(target, app), {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      {
        ...{ mediaType: mediaTypes.ociManifest, digest: sbom, size: source.manifest(repository, sbom)?.body.length },
        ...{ artifactType: sbomType, annotations: { made: 'ünterwegs' } },
      },
    ],
  });
  t.is(target.manifest(repository, tagOf(app))?.mediaType, mediaTypes.ociIndex);
  t.deepEqual(
    readIndex(target, sbom).manifests.map(({ digest }) => digest),
    [signature],
  );
  t.deepEqual(await pair.copy(), { present: [sbom, signature], moved: [] });
  t.deepEqual(target.requests().counts, { 'GET referrers': 1, 'GET manifest': 2 });
});

test('several referrers of one subject are one write of the index', async (t) => {
  const pair = await makePair(t, withApi, {});
  const types = ['a/a', 'b/b', 'c/c'];
  for (const artifactType of types) await putReferrer(pair.source, { subject: pair.app, artifactType });
  await pair.copy();
  t.is(readIndex(pair.target, pair.app).manifests.length, 3);
  t.deepEqual(pair.target.requests().counts, { 'GET referrers': 1, 'GET manifest': 3, 'PUT manifest': 4 });
});

test('what others wrote into the index stays as it is', async (t) => {
  const pair = await makePair(t, withApi, {});
  const { source, target, app } = pair;
  const theirs = await putReferrer(target, { subject: app, artifactType: signatureType, layer: 'theirs' });
  putReferrersIndex(target, app, [theirs]);
  const before = readIndex(target, app);
  const ours = await putReferrer(source, { subject: app, artifactType: sbomType });
  t.deepEqual(await pair.copy(), { copied: [ours], moved: [ours] });
  const after = readIndex(target, app);
  t.deepEqual({ ...after, manifests: after.manifests.slice(0, 1) }, before);
  t.deepEqual(
    after.manifests.map(({ digest, artifactType }) => [digest, artifactType]),
    [
      [theirs, 'kept/by-others'],
      [ours, sbomType],
    ],
  );
});

test('an entry that another writer overwrote is put in again', async (t) => {
  let reads = 0;
  let target: LabRegistry | null = null;
  let theirs: Digest | null = null;
  const pair = await makePair(t, withApi, {
    onRequest({ method, kind, reference }) {
      // Another writer read the index when we did, and writes what it made of it after us.
      if (method === 'GET' && kind === 'manifest' && reference === tagOf(pair.app) && ++reads === 3) {
        target?.moveTag(repository, tagOf(pair.app), theirs);
      }
    },
  });
  target = pair.target;
  const other = await putReferrer(target, { subject: pair.app, artifactType: signatureType, layer: 'theirs' });
  theirs = putReferrersIndex(target, pair.app, [other]);
  const ours = await putReferrer(pair.source, { subject: pair.app, artifactType: sbomType });
  t.deepEqual(await pair.copy(), { copied: [ours], moved: [ours] });
  t.deepEqual(
    readIndex(target, pair.app).manifests.map(({ digest }) => digest),
    [other, ours],
  );
  // The referrer itself, and the index twice.
  t.is(target.requests().counts['PUT manifest'], 3);
});

test('an index that others write all the time is for later', async (t) => {
  const pair = await makePair(t, withApi, { faults: () => ({ type: 'lost-tag' }) });
  await putReferrer(pair.source, { subject: pair.app, artifactType: sbomType });
  const error = await t.throwsAsync(pair.copy(), { code: 'tag-changed' });
  t.is((error as { outcome?: string }).outcome, 'waiting');
  t.is(pair.target.requests().counts['PUT manifest'], 5);
});

test('a tag that names something else than an index of referrers is left alone, and told', async (t) => {
  const pair = await makePair(t, withApi, {});
  const { source, target, app } = pair;
  await putReferrer(source, { subject: app, artifactType: sbomType });
  target.moveTag(repository, tagOf(app), app);
  await t.throwsAsync(pair.copy(), { code: 'unexpected-answer', message: /should list what refers to .* that itself/ });
  t.is(target.manifest(repository, tagOf(app))?.digest, app);
});

test('a registry that lists referrers but does not say so in its answer gets no tag', async (t) => {
  const pair = await makePair(t, withApi, withApi);
  const sbom = await putReferrer(pair.source, { subject: pair.app, artifactType: sbomType });
  const silent = (target: AttachedTarget): AttachedTarget => ({
    ...target,
    async putManifest(...args) {
      await target.putManifest(...args);
      return { knowsSubject: false };
    },
  });
  t.deepEqual(await pair.copy(silent), { copied: [sbom], moved: [sbom] });
  t.deepEqual(pair.target.tags(repository), ['tag']);
  const blind = (target: AttachedTarget): AttachedTarget => ({ ...silent(target), listReferrers: async () => [] });
  t.deepEqual(await pair.copy(blind), { copied: [sbom], moved: [sbom] });
  t.deepEqual(pair.target.tags(repository), [tagOf(pair.app), 'tag']);
});

test('tags of cosign keep their names; the second run is a HEAD each', async (t) => {
  const pair = await makePair(t, {}, {});
  const { source, target, app } = pair;
  const sig = await putCosign(source, app, '.sig', ['one']);
  const att = await putCosign(source, app, '.att', ['two']);
  t.deepEqual(await pair.copy(), { copied: [sig, att], moved: [sig, att] });
  t.deepEqual(target.manifest(repository, tagOf(app, '.sig')), source.manifest(repository, sig));
  t.deepEqual(target.manifest(repository, tagOf(app, '.att')), source.manifest(repository, att));
  t.deepEqual(await pair.copy(), { present: [sig, att], moved: [] });
  t.deepEqual(target.requests().counts, { 'HEAD manifest': 2 });
});

for (const { name, there, given, fate, left } of [
  { name: 'fewer signatures are replaced', there: ['one'], given: ['one', 'two'], fate: 'copied', left: 'given' },
  { name: 'more signatures stay', there: ['one', 'two'], given: ['two'], fate: 'present', left: 'there' },
  { name: 'other signatures stay', there: ['one'], given: ['two'], fate: 'kept', left: 'there' },
] as const) {
  test(`under a tag of cosign's: ${name}`, async (t) => {
    const pair = await makePair(t, {}, {});
    const found = await putCosign(pair.target, pair.app, '.sig', there);
    const copied = await putCosign(pair.source, pair.app, '.sig', given);
    t.deepEqual(await pair.copy(), { [fate]: [copied], moved: fate === 'copied' ? [copied] : [] });
    const expected = left === 'given' ? copied : found;
    t.is(pair.target.manifest(repository, tagOf(pair.app, '.sig'))?.digest, expected);
  });
}

test('a tag that does not move is an error', async (t) => {
  const pair = await makePair(t, {}, { faults: () => ({ type: 'lost-tag' }) });
  await putCosign(pair.source, pair.app, '.sig', ['one']);
  await t.throwsAsync(pair.copy(), { code: 'tag-not-moved' });
});

test('an entry whose manifest is gone is told, and stops nothing', async (t) => {
  const pair = await makePair(t, {}, {});
  const { source, app } = pair;
  const sbom = await putReferrer(source, { subject: app, artifactType: sbomType });
  putReferrersIndex(source, app, [someDigest('d'), sbom]);
  t.deepEqual(await pair.copy(), { copied: [sbom], missing: [someDigest('d')], moved: [sbom] });
});

test('a referrer that is an index brings its children', async (t) => {
  const pair = await makePair(t, withApi, withApi);
  const { source, target, app } = pair;
  const child = await source.putImage(repository, [], { layers: [Buffer.from('child')] });
  const body = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociIndex },
    manifests: [{ mediaType: mediaTypes.ociManifest, digest: child, size: 1 }],
    subject: { mediaType: mediaTypes.ociManifest, digest: app, size: 1 },
  });
  const index = source.putManifest(repository, [], Buffer.from(body), mediaTypes.ociIndex);
  t.deepEqual(await pair.copy(), { copied: [index], moved: [index, child] });
  t.not(target.manifest(repository, child), null);
});

test('within one repository there is nothing to do', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const app = await putApp(registry);
  await putCosign(registry, app, '.sig', ['one']);
  const client = clientOf(world, registry);
  const attached = await findAttached(client, repository, [app]);
  registry.resetRequests();
  const places = { source: client, target: client, from: repository, to: repository };
  const putContents = () => Promise.reject(new Error('not needed'));
  const result = await copyAttached({ ...places, attached, putContents, effects: world.effects });
  t.deepEqual(result, { copied: [], present: attached, missing: [], kept: [] });
  t.is(registry.requests().total, 0);
});

test('a cancelled copy starts nothing new', async (t) => {
  const pair = await makePair(t, {}, {});
  await putCosign(pair.source, pair.app, '.sig', ['one']);
  const copying = pair.copy((target) => {
    pair.abort.abort(new Error('enough'));
    return target;
  });
  await t.throwsAsync(copying, { message: 'enough' });
  t.is(pair.target.requests().total, 0);
});
