import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import {
  applyPrune,
  assertPublishable,
  describeImages,
  fetchImages,
  mirrorSet,
  moveLinks,
  planPrune,
  publishSet,
  readPublishedSet,
  resolveLabel,
  verifySet,
  wantedFromSums,
} from '@tagflow/images';
import { type ArtifactSet, type FullHash, formatSet, mergeSets, parseTargetLabel } from '@tagflow/model';
import { joinPath } from '@tagflow/store';
import type { Mode } from './inputs.ts';
import { hashIn, type Opener } from './places.ts';
import { invalid, type Settings } from './settings.ts';

export type Result = ActionResult<'set' | 'files' | 'previous' | 'bytes-moved' | 'bytes-saved'>;
type Run = (
  settings: Settings,
  pair: Settings['pairs'][number],
  open: Opener,
  context: ActionContext,
) => Promise<Result>;

const fetch: Run = async (settings, pair, open, context) => {
  const source = open.place(pair.source, 'source');
  const into = pair.destination === null ? join(context.outDir, 'images') : folderOf(pair.destination.url);
  const hash = await hashIn(source, settings);
  const place = { store: source.store, directory: source.layout.directory(hash) };
  const published = await readPublishedSet(place, hash);
  const { files, visibility, release, cache } = settings;
  if (published === null && files.length === 0) {
    throw invalid(`${joinPath(place.store.url, place.directory)} has no set.json: name its images in "files"`);
  }
  const unknown = published === null ? [] : files.filter((file) => published.images.every(({ name }) => name !== file));
  if (unknown.length > 0) throw invalid(`input "files": ${hash} has no ${unknown.join(', ')}`);
  const images =
    published === null
      ? await wantedFromSums(place, files, visibility)
      : published.images.filter(({ name }) => files.length === 0 || files.includes(name));
  if (context.dryRun) return planned(`would fetch ${images.map(({ name }) => name).join(', ')} to ${into}`);
  const report = await fetchImages({ source: place, images, into, ...(cache === undefined ? {} : { cache }) }, context);
  const set = { ...(published ?? emptySet(hash, release)), images: report.images };
  return done(context, { ...report, set, changed: report.bytesMoved > 0, files: pathToFileURL(into).href });
};

const publish: Run = async (settings, pair, open, context) => {
  const destination = open.place(pair.destination, 'destination');
  const hash = settings.hash ?? settings.set?.fullHash;
  if (hash === undefined || hash === null) throw invalid('input "full-hash" is missing: give it, or set, or plan');
  const { set: given, files, visibility, release } = settings;
  const set = await setToPublish(pair.source?.url, hash);
  assertPublishable(set.images, destination.visibility, destination.store.url);
  const place = { store: destination.store, directory: destination.layout.directory(hash) };
  const where = joinPath(place.store.url, place.directory);
  if (context.dryRun) return planned(`would publish ${set.images.map(({ name }) => name).join(', ')} in ${where}`);
  const sources = pair.source === null ? [] : [{ store: open.open(pair.source.url), directory: '' }];
  const report = await publishSet({ ...place, set, visibility: destination.visibility, sources }, context);
  const problems = await verifySet(place, { set, visibility: destination.visibility, proof: 'sums' }, context);
  if (problems.length > 0) return { outcome: 'failed', outputs: {}, message: problems.join('; ') };
  return done(context, { ...report, files: where });

  async function setToPublish(source: string | undefined, fullHash: FullHash): Promise<ArtifactSet> {
    if (
      given !== null &&
      given.images.length > 0 &&
      files.every((file) => given.images.some(({ name }) => name === file))
    ) {
      return mergeSets([emptySet(fullHash, release), given]);
    }
    if (source === undefined)
      throw invalid('input "source" is missing: give the folder of the files, or a set of images');
    const images = await describeImages(folderOf(source), files, visibility, context);
    const part = { ...emptySet(fullHash, release), images };
    return given === null ? part : mergeSets([part, given]);
  }
};

const mirror: Run = async (settings, pair, open, context) => {
  const from = open.place(pair.source, 'source');
  const to = open.place(pair.destination, 'destination');
  const { label, managed } = settings;
  if (to.name !== null && managed?.stores.has(to.name) === true && label !== null) {
    throw invalid(`image store ${to.name} is a destination of promote-symlink: only that moves its links`);
  }
  const named = label === null ? null : await resolveLabel(from.store, from.layout, label);
  if (label !== null && settings.hash !== null && named !== settings.hash) {
    const message = `${label} names ${named ?? 'nothing'} in ${from.store.url}, not ${settings.hash}: the mirror follows the label`;
    return { outcome: 'nothing-to-do', outputs: {}, message };
  }
  const hash = await hashIn(from, settings);
  if (context.dryRun) return planned(`would mirror ${hash} from ${from.store.url} to ${to.store.url}`);
  const report = await mirrorSet({ from, to, hash, label }, context);
  return done(context, { ...report, files: joinPath(to.store.url, to.layout.directory(hash)) });
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
    changed: true,
    bytesMoved: 0,
    bytesSaved: 0,
    files: joinPath(store.url, place.directory),
  });
};

const prune: Run = async ({ hash, olderThanMs }, pair, open, context) => {
  const { store, layout } = open.place(pair.destination, 'destination');
  const { folder, linkFolders } = layout;
  const options = { store, folder, linkFolders, olderThanMs, keep: hash === null ? [] : [hash] };
  const plan = await planPrune(options, context);
  for (const { directory, why } of plan.kept) context.log.debug(`${directory} stays: ${why}`);
  for (const directory of plan.remove) context.log.info(`${directory} is old and nothing links to it`);
  const files = plan.remove.join(',');
  if (plan.remove.length === 0) return { outcome: 'nothing-to-do', outputs: { files } };
  if (context.dryRun) return { ...planned(`would remove ${files}`), outputs: { files } };
  return { outcome: 'done', outputs: { files: (await applyPrune(plan, options, context)).join(',') } };
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

export const runs: Readonly<Record<Mode, Run>> = { fetch, publish, mirror, verify, prune, link };

function emptySet(fullHash: FullHash, release: string): ArtifactSet {
  return { fullHash, release, repository: { url: null, builds: [] }, containers: [], images: [] };
}

function folderOf(url: string): string {
  if (!url.startsWith('file:')) throw invalid(`${url} is not a folder of this machine: give a file: URL`);
  return fileURLToPath(url);
}

function planned(message: string): Result {
  return { outcome: 'planned', outputs: {}, message };
}

interface Report {
  readonly set: ArtifactSet;
  readonly changed: boolean;
  readonly bytesMoved: number;
  readonly bytesSaved: number;
  readonly files: string;
  readonly previous?: string | null;
}

async function done(context: ActionContext, report: Report): Promise<Result> {
  const path = join(context.outDir, 'set.json');
  await writeFile(path, formatSet(report.set));
  return {
    outcome: report.changed ? 'done' : 'nothing-to-do',
    message: `${report.set.images.map(({ name }) => name).join(', ')} in ${report.files}`,
    outputs: {
      set: path,
      files: report.files,
      'bytes-moved': String(report.bytesMoved),
      'bytes-saved': String(report.bytesSaved),
      ...(report.previous === undefined ? {} : { previous: report.previous ?? '' }),
    },
  };
}
