import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  assertPublishable,
  chooseImages,
  describeImages,
  describePrune,
  fetchImages,
  leadsTo,
  type ImageIndexes,
  mirrorSet,
  moveLinks,
  pruneStore,
  publishSet,
  readPublishedSet,
  unpackImage,
  verifySet,
} from '@tagflow/images';
import { type ArtifactSet, emptySet, type FullHash, mergeSets, parseTargetLabel, visibleIn } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import type { Mode } from './inputs.ts';
import { folderOf, hashIn, invalid, sourcesOf } from './places.ts';
import { done, planned, type Run } from './results.ts';

const fetch: Run = async (settings, pair, open, context) => {
  const source = open.place(pair.source, 'source');
  const into = pair.destination === null ? join(context.outDir, 'images') : folderOf(pair.destination.url);
  const hash = await hashIn(source, settings);
  const place = { store: source.store, directory: source.layout.directory(hash) };
  const { files, visibility, release, cache, cacheLimits, unpack } = settings;
  const { set: published, images } = await chooseImages(place, hash, files, visibility);
  if (context.dryRun) return planned(`would fetch ${images.map(({ name }) => name).join(', ')} to ${into}`);
  const kept = cache === undefined ? {} : { cache, cacheLimits };
  const report = await fetchImages({ source: place, images, into, ...kept }, context);
  const set = { ...(published ?? emptySet(hash, release)), images: report.images };
  const { files: table } = report;
  const taken = report.images.map(({ name }) => name);
  for (const name of unpack ? taken.filter((image) => image.endsWith('.tar')) : []) {
    const members = await unpackImage(join(into, name), into, context, { taken });
    context.log.info(`${name}: ${members.map((member) => member.name).join(', ')}`);
  }
  return done(context, { ...report, table, set, files: pathToFileURL(into).href });
};

const publish: Run = async (settings, pair, open, context) => {
  const destination = open.place(pair.destination, 'destination');
  const hash = settings.hash ?? settings.set?.fullHash;
  if (hash === undefined || hash === null) throw invalid('input "full-hash" is missing: give it, or set, or plan');
  const { set: given, files, only, visibility, release, builder } = settings;
  const place = { store: destination.store, directory: destination.layout.directory(hash) };
  const indexes: ImageIndexes = new Map();
  const set = await setToPublish(pair.source?.url, hash);
  assertPublishable(set.images, destination.visibility, destination.store.url);
  const where = joinPath(place.store.url, place.directory);
  if (context.dryRun) return planned(`would publish ${set.images.map(({ name }) => name).join(', ')} in ${where}`);
  const sources =
    pair.source === null ? [] : [{ store: open.open(pair.source.url, pair.source.hostKey), directory: '' }];
  const { innerLinks } = destination.layout;
  const how = { visibility: destination.visibility, sources, indexes, innerLinks };
  const report = await publishSet({ ...place, set, ...how }, context);
  // Where nothing was written, all of it was looked at right now.
  const problems = report.changed ? await verifySet(place, { set, ...how, proof: 'sums' }, context) : [];
  if (problems.length > 0) return { outcome: 'failed', outputs: {}, message: problems.join('; ') };
  return done(context, { ...report, table: report.files, files: where });

  async function setToPublish(source: string | undefined, fullHash: FullHash): Promise<ArtifactSet> {
    if (
      given !== null &&
      given.images.length > 0 &&
      files.every((file) => given.images.some(({ name }) => name === file))
    ) {
      const images = given.images.filter(({ name }) => only.length === 0 || only.includes(name));
      return mergeSets([emptySet(fullHash, release), { ...given, images }]);
    }
    if (source === undefined)
      throw invalid('input "source" is missing: give the folder of the files, or a set of images');
    const published = (await readPublishedSet(place, fullHash))?.images ?? [];
    const { signal } = context;
    const told = builder === undefined ? {} : { builder };
    const options = { signal, published, indexes, ...told };
    const images = await describeImages(folderOf(source), files, visibility, options);
    const part = { ...emptySet(fullHash, release), images };
    return given === null ? part : mergeSets([part, given]);
  }
};

const mirror: Run = async (settings, pair, open, context) => {
  const from = open.place(pair.source, 'source');
  const to = open.place(pair.destination, 'destination');
  const { label, managed, release, files: names, visibility } = settings;
  if (to.name !== null && managed?.stores.has(to.name) === true && label !== null) {
    throw invalid(`image store ${to.name} is a destination of promote-symlink: only that moves its links`);
  }
  if (label !== null && settings.hash !== null && !(await leadsTo(from, label, settings.hash, names))) {
    const message = `${label} does not name ${settings.hash} in ${from.store.url}: the mirror follows the label`;
    return { outcome: 'nothing-to-do', outputs: {}, message };
  }
  const hash = await hashIn(from, settings);
  if (context.dryRun) return planned(`would mirror ${hash} from ${from.store.url} to ${to.store.url}`);
  const report = await mirrorSet({ from, to, hash, label, release, names, visibility }, context);
  return done(context, { ...report, table: report.files, files: joinPath(to.store.url, to.layout.directory(hash)) });
};

const verify: Run = async (settings, pair, open, context) => {
  const { store, layout, visibility } = open.place(pair.destination, 'destination');
  const hash = await hashIn({ name: null, store, layout, visibility }, settings);
  const place = { store, directory: layout.directory(hash) };
  const set = settings.set ?? (await readPublishedSet(place, hash));
  if (set === null)
    return { outcome: 'failed', outputs: {}, message: `${joinPath(store.url, place.directory)} has no set.json` };
  const problems = await verifySet(place, { set, visibility, proof: 'bytes' }, context);
  if (problems.length > 0) return { outcome: 'failed', outputs: {}, message: problems.join('; ') };
  return done(context, {
    set,
    images: visibleIn(set, visibility).images,
    changed: true,
    bytesMoved: 0,
    bytesSaved: 0,
    files: joinPath(store.url, place.directory),
  });
};

const prune: Run = async ({ config, hash, olderThanMs, keepLatest, unlinked }, pair, open, context) => {
  const { store, layout } = open.place(pair.destination, 'destination');
  // Nothing else needs a ledger and DLRN: their clients are not loaded before.
  const { readNeeded, whileLinksStand } = await import('./needed.ts');
  return whileLinksStand(config, { store, layout }, context, async (before) => {
    // Read while nobody promotes: what is promoted later finds its hash, or none.
    const needed = await readNeeded(config, hash, context);
    const options = { ...layout, store, olderThanMs, needed, keepLatest, unlinked };
    const report = await pruneStore(options, { ...context, before: () => before(needed) });
    const { sentence, rows, table } = describePrune(report, context.dryRun);
    for (const row of rows) context.log[context.dryRun ? 'info' : 'debug'](row.join('  '));
    const isIdle = report.removed.length + report.restored.length === 0;
    return {
      outcome: isIdle ? 'nothing-to-do' : context.dryRun ? 'planned' : 'done',
      outputs: { files: report.removed.map(({ path }) => path).join(',') },
      message: sentence,
      summary: table,
    };
  });
};

const link: Run = async ({ hash, label, managed }, pair, open, context) => {
  if (hash === null || label === null) throw invalid('mode link needs the inputs "full-hash" and "label"');
  if (managed?.labels.has(label) === true) {
    throw invalid(`input "label": ${label} belongs to the promotions of tagflow.yaml`, 'Move it with promote-symlink.');
  }
  const { store, layout } = open.place(pair.destination, 'destination');
  if (context.dryRun) return planned(`would link ${layout.links(parseTargetLabel(label)).join(', ')} to ${hash}`);
  const { previous, moved } = await moveLinks(store, layout, parseTargetLabel(label), hash, context);
  return { outcome: moved ? 'done' : 'nothing-to-do', outputs: { previous: previous ?? '' } };
};

/**
 * Puts the images of a plan's set where a store serves them by their hash, with the set.json that a promotion would write,
 * and reads them back. What the store's readers may not see is left out.
 */
const stage: Run = async ({ plan, set }, pair, open, context) => {
  if (plan === null || set === null) throw invalid('input "plan" is missing: only a plan is staged');
  const { store, layout, visibility } = open.place(pair.destination, 'destination');
  const { fullHash } = set;
  const place = { store, directory: layout.directory(fullHash) };
  const where = joinPath(store.url, place.directory);
  const { images } = visibleIn(set, visibility);
  if (context.dryRun) {
    const listed = new Set((await readPublishedSet(place, fullHash))?.containers.map(({ digest }) => digest));
    const unlisted = set.containers.filter(({ digest }) => !listed.has(digest));
    const lacking = [
      ...(await verifySet(place, { set, visibility, proof: 'sums' }, context)),
      ...(unlisted.length === 0 ? [] : [`its set.json does not list ${unlisted.length} of the containers`]),
    ];
    if (lacking.length === 0) return { outcome: 'nothing-to-do', outputs: {}, message: `${where} is whole` };
    const names = images.map(({ name }) => name).join(', ');
    return planned(`would stage ${names} in ${where}, because ${lacking.join('; ')}`);
  }
  const report = await publishSet(
    { ...place, set, visibility, innerLinks: layout.innerLinks, sources: sourcesOf(pair, open, fullHash, context) },
    context,
  );
  // Where nothing was written, all of it was looked at right now.
  const problems = report.changed ? await verifySet(place, { set, visibility, proof: 'sums' }, context) : [];
  if (problems.length > 0) return { outcome: 'failed', outputs: {}, message: problems.join('; ') };
  return done(context, { ...report, set, images, table: report.files, files: where });
};

export const runs: Readonly<Record<Mode | 'stage', Run>> = { fetch, publish, mirror, verify, prune, link, stage };
