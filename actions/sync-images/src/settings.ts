import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActionContext, ciRunUrl, type CommonInputs, type InputValues, readSetInputs } from '@tagflow/action-kit';
import {
  type Config,
  type ImageStoreConfig,
  loadConfig,
  planMisfits,
  type Phase,
  phaseOfLabel,
  reservedLabels,
  resolvePhase,
} from '@tagflow/config';
import { parseFullHash, parseLabel, parsePlan, type Plan, TagflowError, type Visibility } from '@tagflow/model';
import type { inputs } from './inputs.ts';
import { followsWhole, invalid, layoutOf, type PlaceSettings, placesOf } from './places.ts';

export type Given = InputValues<typeof inputs & CommonInputs>;

/** Returns the inputs with what config, set and plan say, or why there is nothing to do, a sentence. */
export async function readSettings(given: Given, context: ActionContext) {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  if (config === null && given.phase !== undefined) throw invalid('input "phase" needs "config"');
  const plan = given.plan === undefined ? null : parsePlan(await readFile(given.plan, 'utf8'), given.plan);
  const phase = config === null ? null : phaseOf(config, given, plan);
  const objections = plan === null ? [] : objectionsTo(plan, { given, config, phase });
  if (objections.length > 0) throw invalid(objections.join('; '));
  const nothing = plan !== null && followsWhole(given) ? whyNothing(plan) : null;
  if (nothing !== null) return { nothing };
  const set = plan?.set ?? (await readSetInputs(given));
  const release = given.release ?? config?.release ?? set?.release;
  if (release === undefined) throw invalid('input "release" is missing: give it, or config, or set');
  const distro = given.distro ?? config?.distro;
  const fromPhase = phase === null || config === null ? null : placesOf(config, phase, given, plan);
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
  const pairs = (alone ? [{ from: null, to: null, others: [] }] : fromPhase).map(({ from, to, others }) => ({
    source: source ?? named(from, from?.readUrl),
    destination: destination ?? named(to, to?.url),
    /** Where images of a plan may be that the source lacks. */
    others: others.map((other) => ({ ...other, url: other.readUrl, distro })),
  }));
  if (pairs.length === 0) return { nothing: `${whoHasNothing(plan, phase)} has nothing to ${given.mode}` };
  const hash = given['full-hash'] ?? set?.fullHash;
  const mirrored = given.mode === 'mirror' ? phase?.promote?.to : undefined;
  return {
    release,
    pairs,
    set,
    /** With one, publish stages its set, and nothing is linked. */
    plan,
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

export type Settings = Exclude<Awaited<ReturnType<typeof readSettings>>, { readonly nothing: string }>;

/** The phase that is given; else, for what a plan is staged or verified in, the one that moves its label. */
function phaseOf(config: Config, given: Given, plan: Plan | null): Phase | null {
  if (given.phase !== undefined) return resolvePhase(config, given.phase);
  return plan === null || !followsWhole(given) ? null : phaseOfLabel(config, plan.label);
}

function whoHasNothing(plan: Plan | null, phase: Phase | null): string {
  return plan === null || phase?.promote?.images == null ? `phase ${phase?.name}` : `the plan of ${plan.label}`;
}

/** Returns why a mode cannot follow a plan with these inputs, a sentence each; empty when it can. */
function objectionsTo(
  plan: Plan,
  { given, config, phase }: { readonly given: Given; readonly config: Config | null; readonly phase: Phase | null },
): readonly string[] {
  const { release, toHash } = plan;
  const found: string[] = [];
  if (given.mode === 'link' || given.mode === 'mirror')
    found.push(
      `input "mode": with a plan ${given.mode} is refused, as it moves a link; promote-symlink does when it applies the plan`,
    );
  if (given.label !== undefined)
    found.push(`input "label": with a plan no label is moved or asked for; leave it out, the plan says the hash`);
  if (given.set.length > 0) found.push('input "set": the plan holds the whole set; give one of the two');
  if (followsWhole(given) && given.files.length > 0)
    found.push('input "files": a plan is staged and verified whole; leave it out');
  const hash = given['full-hash'];
  if (hash !== undefined && hash !== toHash)
    found.push(`input "full-hash": ${hash} is not that of the plan, ${toHash}`);
  if (given.release !== undefined && given.release !== release)
    found.push(`input "release": ${given.release} is not that of the plan, ${release}`);
  if (followsWhole(given)) found.push(...planMisfits(plan, config, phase).map((misfit) => `input "plan": ${misfit}`));
  return found;
}

/** Returns why a plan leaves nothing to stage or verify, a sentence; null when there is something. */
function whyNothing({ mode, label, set }: Plan): string | null {
  if (mode === 'pin') return `the plan pins ${label}: only the repository's label moves, so nothing is staged`;
  return set.images.length === 0 ? `the plan of ${label} holds no images` : null;
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
