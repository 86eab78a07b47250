import type { Digest } from '@tagflow/model';
import test from 'ava';
import { createAttachedFinder } from '../../src/signatures/find-attached.ts';
import { makeWorld } from '../world.ts';
import {
  clientOf,
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

const referrer = (subject: Digest, digest: Digest, artifactType: string) => ({
  ...{ subject, kind: 'referrer', tag: null, digest, artifactType },
});
const tagged = (subject: Digest, digest: Digest, suffix: string) => ({
  ...{ subject, kind: 'tag', tag: tagOf(subject, suffix), digest, artifactType: null },
});

test('by the API: referrers, and what refers to them; one request a manifest', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ referrers: true });
  const app = await putApp(registry);
  const sbom = await putReferrer(registry, { subject: app, artifactType: sbomType });
  const signature = await putReferrer(registry, { subject: sbom, artifactType: signatureType });
  const found = await findAttached(clientOf(world, registry), repository, [app]);
  t.deepEqual(found, [referrer(app, sbom, sbomType), referrer(sbom, signature, signatureType)]);
  t.deepEqual(registry.requests().counts, { 'GET tags': 1, 'HEAD manifest': 1, 'GET referrers': 3 });
});

test('by the index under a tag, where there is no API; the API is asked once', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const app = await putApp(registry);
  const sbom = await putReferrer(registry, { subject: app, artifactType: sbomType });
  const signature = await putReferrer(registry, { subject: sbom, artifactType: signatureType });
  putReferrersIndex(registry, app, [sbom]);
  putReferrersIndex(registry, sbom, [signature]);
  const found = await findAttached(clientOf(world, registry), repository, [app]);
  t.deepEqual(found, [referrer(app, sbom, 'kept/by-others'), referrer(sbom, signature, 'kept/by-others')]);
  const { counts } = registry.requests();
  t.deepEqual(counts, { 'GET tags': 1, 'GET referrers': 1, 'HEAD manifest': 1, 'GET manifest': 2 });
});

test('by the tags of cosign, in pages', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ maxPage: 100 });
  const app = await registry.putImage(
    repository,
    Array.from({ length: 150 }, (_, number) => `aaa-${number}`),
    { layers: [Buffer.from('app')] },
  );
  const sig = await putCosign(registry, app, '.sig', ['one']);
  const att = await putCosign(registry, app, '.att', ['two']);
  const sbom = await putCosign(registry, app, '.sbom', ['three']);
  const sbomSig = await putCosign(registry, sbom, '.sig', ['four']);
  await putCosign(registry, someDigest('f'), '.sig', ['of another image']);
  const found = await findAttached(clientOf(world, registry), repository, [app]);
  t.deepEqual(found, [
    tagged(app, sig, '.sig'),
    tagged(app, att, '.att'),
    tagged(app, sbom, '.sbom'),
    tagged(sbom, sbomSig, '.sig'),
  ]);
  const { counts } = registry.requests();
  t.deepEqual(counts, { 'GET tags': 2, 'GET referrers': 1, 'HEAD manifest': 5 });
});

test('of an index: what its children have, too, whether they are given or not', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ referrers: true });
  const [amd64, ppc64le] = [await putApp(registry, 'amd64'), await putApp(registry, 'ppc64le')];
  const index = registry.putIndex(
    repository,
    ['tag'],
    [
      { digest: amd64, architecture: 'amd64' },
      { digest: ppc64le, architecture: 'ppc64le' },
    ],
  );
  const sbom = await putReferrer(registry, { subject: ppc64le, artifactType: sbomType });
  const sig = await putCosign(registry, index, '.sig', ['one']);
  const childSig = await putCosign(registry, amd64, '.sig', ['two']);
  const client = clientOf(world, registry);
  const expected = [tagged(index, sig, '.sig'), tagged(amd64, childSig, '.sig'), referrer(ppc64le, sbom, sbomType)];
  t.deepEqual(await findAttached(client, repository, [index]), expected);
  registry.resetRequests();
  const given = [{ digest: index, children: [amd64, ppc64le] }];
  t.deepEqual(await createAttachedFinder(client).find(repository, given), expected);
  t.is(registry.requests().counts['GET manifest'], undefined);
});

test('an older index under a tag counts beside the API, each referrer once', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry({ referrers: true });
  const app = await putApp(registry);
  const known = await putReferrer(registry, { subject: app, artifactType: sbomType });
  const older = await putReferrer(registry, { subject: someDigest('e'), artifactType: signatureType });
  putReferrersIndex(registry, app, [older, known]);
  const found = await findAttached(clientOf(world, registry), repository, [app]);
  t.deepEqual(found, [referrer(app, older, 'kept/by-others'), referrer(app, known, sbomType)]);
});

test('the tag that cosign copy gives to an index is no list of its referrers', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const child = await putApp(registry);
  const index = registry.putIndex(repository, [], [{ digest: child, architecture: 'amd64' }]);
  for (const digest of [child, index]) {
    const stored = registry.manifest(repository, digest);
    registry.putManifest(repository, [tagOf(digest)], stored?.body ?? Buffer.alloc(0), stored?.mediaType ?? '');
  }
  t.deepEqual(await findAttached(clientOf(world, registry), repository, [index]), []);
});

test('where nothing is attached: two requests, and then one a repository', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const app = await putApp(registry);
  const other = await registry.putImage('ns/other', ['tag'], { layers: [Buffer.from('other')] });
  const finder = createAttachedFinder(clientOf(world, registry));
  t.deepEqual(await finder.find(repository, [{ digest: app }]), []);
  t.deepEqual(registry.requests().counts, { 'GET tags': 1, 'GET referrers': 1 });
  t.deepEqual(await finder.find(repository, [{ digest: app }]), []);
  t.deepEqual(await finder.find('ns/other', [{ digest: other }]), []);
  t.deepEqual(await finder.find('ns/unknown', [{ digest: other }]), []);
  t.deepEqual(registry.requests().counts, { 'GET tags': 3, 'GET referrers': 1 });
});

test('a circle of tags ends, and so does a chain after five', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const app = await putApp(registry);
  const one = await putCosign(registry, app, '.sig', ['one']);
  const stored = registry.manifest(repository, app);
  registry.putManifest(repository, [tagOf(one, '.sig')], stored?.body ?? Buffer.alloc(0), stored?.mediaType ?? '');
  const client = clientOf(world, registry);
  t.deepEqual(await findAttached(client, repository, [app]), [tagged(app, one, '.sig'), tagged(one, app, '.sig')]);

  const chain = await world.registry({ referrers: true });
  let subject = await putApp(chain);
  const first = subject;
  for (let level = 1; level <= 7; level++) {
    subject = await putReferrer(chain, { subject, artifactType: sbomType, layer: `${level}` });
  }
  t.is((await findAttached(clientOf(world, chain), repository, [first])).length, 5);
});

test('where a repository has no API in its own words, it is asked once', async (t) => {
  const world = makeWorld(t);
  const registry = await world.registry();
  const app = await putApp(registry);
  const sig = await putCosign(registry, app, '.sig', ['one']);
  const asked: string[] = [];
  const listReferrers = async (name: string) => {
    asked.push(name);
    return null;
  };
  const finder = createAttachedFinder({ ...clientOf(world, registry), listReferrers });
  t.deepEqual(await finder.find(repository, [{ digest: app }]), [tagged(app, sig, '.sig')]);
  t.deepEqual(await finder.find('ns/other', [{ digest: app }]), []);
  t.deepEqual(asked, [repository, 'ns/other']);
});

test('a listing that failed is asked again', async (t) => {
  const world = makeWorld(t, { attempts: 1 });
  const registry = await world.registry();
  const app = await putApp(registry);
  const sig = await putCosign(registry, app, '.sig', ['one']);
  const finder = createAttachedFinder(clientOf(world, registry));
  registry.setFaults(({ kind }) => (kind === 'tags' ? { type: 'status', status: 403 } : null));
  await t.throwsAsync(finder.find(repository, [{ digest: app }]), { code: 'denied' });
  registry.setFaults(null);
  t.deepEqual(await finder.find(repository, [{ digest: app }]), [tagged(app, sig, '.sig')]);
});
