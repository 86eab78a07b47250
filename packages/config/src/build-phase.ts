import { parseLabel, parseTargetLabel } from '@tagflow/model';
import { buildCriteria } from './build-criteria.ts';
import { formatFeatureset, readJobName } from './job-name.ts';
import { resolvePath, resolveUrl } from './resolve.ts';
import type { RawConfig } from './schema.ts';
import { templateNames } from './templates.ts';
import type { BuildConfig, Phase, PromoteConfig, PromotedContainers, TestConfig, TestJob } from './types.ts';
import { durationMs } from './values.ts';

type RawPhase = RawConfig['phases'][string];
type RawSection = NonNullable<RawPhase['test']> | NonNullable<RawPhase['after']>;

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
    test: raw.test === undefined ? null : buildSection(raw.test, true),
    promote: raw.promote === undefined ? null : buildPromote(raw.promote),
    mirror: raw.mirror ?? [],
    after: raw.after === undefined ? null : buildSection(raw.after, false),
    handOff:
      raw['hand-off'] === undefined
        ? null
        : { label: parseLabel(raw['hand-off'].label), destination: resolveUrl(raw['hand-off'].destination, folder) },
  };
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
            visibility: images.visibility,
          },
  };
}

function buildSection(raw: RawSection, votes: boolean): TestConfig {
  const jobs = raw.jobs.map((entry): TestJob => {
    const job = typeof entry === 'string' ? { job: entry, env: {} } : entry;
    const facts = readJobName(job.job);
    return {
      job: job.job,
      featureset: job.featureset === undefined ? facts.featureset : formatFeatureset(job.featureset),
      nodes: job.nodes ?? facts.nodes,
      voting: votes && !('voting' in job && job.voting === false),
      command: job.command ?? raw.command ?? [],
      env: { ...raw.env, ...job.env },
      timeoutMs: durationMs(job.timeout ?? raw.timeout),
    };
  });
  return { runner: raw.runner, jobs };
}

function buildPromote(raw: NonNullable<RawPhase['promote']>): PromoteConfig {
  return {
    from: parseLabel(raw.from),
    to: parseTargetLabel(raw.to),
    criteria: buildCriteria(raw.criteria),
    containers: raw.containers === undefined ? null : buildContainers(raw.containers),
    images: raw.images ?? null,
  };
}

function buildContainers(raw: NonNullable<NonNullable<RawPhase['promote']>['containers']>): PromotedContainers {
  const { exclude, ...rest } = raw;
  const reasons: readonly (readonly [string, string | null])[] = Array.isArray(exclude)
    ? exclude.map((pattern) => [pattern, null] as const)
    : Object.entries(exclude);
  return { ...rest, exclude: reasons.map(([pattern, reason]) => ({ pattern, reason })) };
}
