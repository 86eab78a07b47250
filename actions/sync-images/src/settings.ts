import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActionContext, ciRunUrl, type CommonInputs, type InputValues, readSetInputs } from '@tagflow/action-kit';
import {
  type Config,
  type ImageLayout,
  type ImageStoreConfig,
  loadConfig,
  type Phase,
  readLayout,
  reservedLabels,
  resolveImageStore,
  resolvePhase,
} from '@tagflow/config';
import { parseFullHash, parseLabel, TagflowError, type Visibility } from '@tagflow/model';
import type { inputs } from './inputs.ts';

export type Given = InputValues<typeof inputs & CommonInputs>;

/** A store with its layout, before it is opened. */
export type PlaceSettings = Pick<ImageStoreConfig, 'url' | 'visibility' | 'hostKey'> &
  ImageLayout & {
    /** Its name in tagflow.yaml; null for one that an input gives by URL. */
    readonly name: string | null;
    readonly distro: string | undefined;
  };

/** Returns what is wrong with the inputs as an error. */
export function invalid(message: string, next?: string): TagflowError {
  return new TagflowError('bad-inputs', message, { outcome: 'invalid', ...(next === undefined ? {} : { next }) });
}

/** Returns the folder of this machine that a `file:` URL names. */
export function folderOf(url: string): string {
  if (!url.startsWith('file:')) throw invalid(`${url} is not a folder of this machine: give a file: URL`);
  return fileURLToPath(url);
}

/** Returns the inputs with what config, set and plan say; null where neither the phase nor a URL says where. */
export async function readSettings(given: Given, context: ActionContext) {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  if (config === null && given.phase !== undefined) throw invalid('input "phase" needs "config"');
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const set = await readSetInputs(given);
  const release = given.release ?? config?.release ?? set?.release;
  if (release === undefined) throw invalid('input "release" is missing: give it, or config, or set');
  const distro = given.distro ?? config?.distro;
  const fromPhase = phase === null || config === null ? null : placesOf(config, phase, given.mode);
  const byUrl = (url: URL | undefined, visibility: Visibility): PlaceSettings | null =>
    url === undefined
      ? null
      : {
          name: null,
          url: url.href,
          ...layoutOf(given),
          visibility,
          hostKey: given['host-key'] ?? null,
          distro,
        };
  const named = (store: ImageStoreConfig | null, url: string | undefined): PlaceSettings | null =>
    store === null || url === undefined ? null : { ...store, url, distro };
  const source = byUrl(given.source, 'internal');
  const destination = byUrl(given.destination, given['destination-visibility']);
  // A phase without the section has nothing to do, unless the place that the mode is about is given all the same.
  const isPlaceGiven = (given.mode === 'fetch' ? source : destination) !== null;
  const alone = fromPhase === null || (fromPhase.length === 0 && isPlaceGiven);
  const pairs = (alone ? [{ from: null, to: null }] : fromPhase).map(({ from, to }) => ({
    source: source ?? named(from, from?.readUrl),
    destination: destination ?? named(to, to?.url),
  }));
  if (pairs.length === 0) return null;
  const hash = given['full-hash'] ?? set?.fullHash;
  const mirrored = given.mode === 'mirror' ? phase?.promote?.to : undefined;
  return {
    release,
    pairs,
    set,
    hash: hash === undefined ? null : parseFullHash(hash),
    label: given.label === undefined ? (mirrored ?? null) : parseLabel(given.label),
    /** Those that the input names. */
    only: given.files,
    files: given.files.length > 0 ? given.files : given.mode === 'publish' ? (phase?.build.images?.files ?? []) : [],
    visibility: given.visibility ?? phase?.build.images?.visibility ?? 'public',
    cache: given.cache ?? expandHome(phase?.fetch?.cache ?? undefined, context),
    cacheLimits: {
      maxBytes: given['cache-max-gb'] === 0 ? null : given['cache-max-gb'] * 1e9,
      maxAgeMs: given['cache-max-age'],
    },
    unpack: given.unpack,
    builder: given.builder ?? ciRunUrl(context.env),
    managed: config === null ? null : managedOf(config),
    config,
    olderThanMs: given['older-than'],
    keepLatest: given['keep-latest'],
    unlinked: given.unlinked,
    ssh: await readSsh(given),
  } as const;
}

export type Settings = NonNullable<Awaited<ReturnType<typeof readSettings>>>;

/** The layout of a store given by URL; a pin is the label whose hashes are in its folder. */
function layoutOf(given: Given): ImageLayout {
  const layout = readLayout(given.layout, given['link-layout'], given.label);
  if (![layout.pathTemplate, ...layout.linkTemplates].some((template) => template.includes('{pin}'))) return layout;
  throw invalid(
    `input "layout": "${layout.pathTemplate}" needs a label for {pin}`,
    'Give label, or write the pin into layout.',
  );
}

interface StorePair {
  readonly from: ImageStoreConfig | null;
  readonly to: ImageStoreConfig | null;
}

/** The stores that a phase has for a mode: none where it lacks the section. */
function placesOf(config: Config, phase: Phase, mode: Given['mode']): readonly StorePair[] {
  const store = (name: string): ImageStoreConfig => resolveImageStore(config, name);
  switch (mode) {
    case 'fetch':
      return phase.fetch === null ? [] : [{ from: store(phase.fetch.from), to: null }];
    case 'mirror':
      return phase.mirror.map(({ from, to }) => ({ from: store(from), to: store(to) }));
    case 'publish':
    case 'link':
    case 'verify':
    case 'prune':
      return phase.build.images === null ? [] : [{ from: null, to: store(phase.build.images.store) }];
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TagflowError('bad-inputs', `${path} cannot be read`, { outcome: 'invalid', cause });
  });
}

/** Labels and stores that belong to promote-symlink. */
function managedOf(config: Config) {
  const stores = Object.values(config.phases).flatMap(({ promote }) => promote?.images?.destinations ?? []);
  return { labels: reservedLabels(config) as ReadonlySet<string>, stores: new Set(stores) };
}

async function readSsh(given: Given) {
  const key = given['ssh-key'];
  if (key === undefined) return undefined;
  const known = given['known-hosts'];
  return {
    privateKey: key.reveal(),
    ...(known === undefined ? {} : { knownHosts: await readText(known) }),
  };
}

function expandHome(path: string | undefined, context: ActionContext): string | undefined {
  if (path?.startsWith('~/') !== true) return path;
  const home = context.env('HOME');
  if (home === undefined) throw invalid(`cache "${path}": the environment has no HOME`);
  return join(home, path.slice(2));
}
