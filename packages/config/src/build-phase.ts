import { parseLabel, parseTargetLabel } from '@tagflow/model';
import { buildCriteria } from './build-criteria.ts';
import { buildJobs } from './build-jobs.ts';
import { resolvePath, resolveUrl } from './resolve.ts';
import type { RawConfig } from './schema.ts';
import { templateNames } from './phase-shape.ts';
import type { BuildConfig, HandOffConfig, Phase, PromoteConfig, PromotedContainers } from './types.ts';
import { durationMs } from './values.ts';

type RawPhase = RawConfig['phases'][string];

/** Returns the typed phase of one that was checked. */
export function buildPhase(name: string, raw: RawPhase, folder: string): Phase {
  return {
    name,
    template: raw.template ?? templateNames.find((template) => template === name) ?? 'upstream',
    component: raw.component ?? null,
    pin:
      raw.pin === undefined
        ? null
        : { from: parseLabel(raw.pin.from), to: parseTargetLabel(raw.pin.to), criteria: raw.pin.criteria },
    fetch: raw.fetch === undefined ? null : { from: raw.fetch.from, cache: cachePath(raw.fetch.cache, folder) },
    build: buildBuild(raw.build),
    test: raw.test === undefined ? null : buildJobs(raw.test, true),
    promote: raw.promote === undefined ? null : buildPromote(raw.promote),
    mirror: raw.mirror ?? [],
    after: raw.after === undefined ? null : buildJobs(raw.after, false),
    handOff: raw['hand-off'] === undefined ? null : buildHandOff(raw['hand-off'], folder),
  };
}

function buildHandOff(raw: NonNullable<RawPhase['hand-off']>, folder: string): HandOffConfig {
  const { label, destination, visibility } = raw;
  return { label: parseLabel(label), destination: resolveUrl(destination, folder), visibility };
}

// The home folder is a fact of the environment, which only the host of an action may read.
function cachePath(cache: string | undefined, folder: string): string | null {
  if (cache === undefined) return null;
  return cache.startsWith('~/') ? cache : resolvePath(cache, folder);
}

function buildBuild(raw: RawPhase['build']): BuildConfig {
  const { containers, images } = raw ?? {};
  return {
    containers:
      containers === undefined
        ? null
        : {
            command: containers.command,
            registry: containers.registry,
            timeoutMs: durationMs(containers.timeout),
            env: containers.env,
            evidence: containers.evidence,
            visibility: containers.visibility,
          },
    images:
      images === undefined
        ? null
        : {
            command: images.command,
            store: images.store,
            files: images.files,
            baseImage: images['base-image'] ?? null,
            timeoutMs: durationMs(images.timeout),
            env: images.env,
            evidence: images.evidence,
            visibility: images.visibility,
          },
  };
}

function buildPromote(raw: NonNullable<RawPhase['promote']>): PromoteConfig {
  return {
    from: parseLabel(raw.from),
    to: parseTargetLabel(raw.to),
    criteria: buildCriteria(raw.criteria),
    containers: raw.containers === undefined ? null : buildContainers(raw.containers),
    images: raw.images ?? null,
    redAfterMs: durationMs(raw['red-after']),
  };
}

function buildContainers(raw: NonNullable<NonNullable<RawPhase['promote']>['containers']>): PromotedContainers {
  const { exclude, ...rest } = raw;
  const reasons: readonly (readonly [string, string | null])[] = Array.isArray(exclude)
    ? exclude.map((pattern) => [pattern, null] as const)
    : Object.entries(exclude);
  return { ...rest, exclude: reasons.map(([pattern, reason]) => ({ pattern, reason })) };
}
