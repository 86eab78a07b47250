import type { ArtifactSet } from '@tagflow/model';
import { type Chosen, whichContainers } from '../choose/which-containers.ts';
import type { CopyExtras, RegistryDestination } from '../destination.ts';
import { OciError } from '../error.ts';
import { asContainerPlace } from '../place.ts';
import { readPublishedSet } from '../set-artifact.ts';
import { forEachTarget, type Owed, type Staged, stageAll } from '../stage-all.ts';
import { tagContainers } from '../tag-containers.ts';
import { refuseContradictions } from './contradictions.ts';
import { createWriteProver, proveReading, type WriteProver } from './prove.ts';
import type { DestinationReport, PushEffects, PushJob, PushReport, PushTarget } from './push-job.ts';
import { type Survey, survey } from './survey.ts';
import { foreseeWrites } from './writes.ts';

/**
 * Brings the containers of a hash to their destinations: copied by digest, tagged with the hash, read back, and
 * published as a set; then the other tags, when the containers are everywhere. Logins are proven before that, and
 * nothing is written where the source lacks a container.
 * @throws OciError for what a destination that is not optional did not take, and for everything that stands against it
 */
export async function pushContainers(job: PushJob, effects: PushEffects): Promise<PushReport> {
  const asContainers = asContainerPlace(job.source);
  const proven = await proveReading(job, effects);
  const chosen = await whichContainers(job.asked, {
    ...{ source: job.source, api: job.requester, namespacePath: job.namespacePath },
    catalog: asContainers?.client ?? null,
    readSet: asContainers === null ? null : (hash) => readPublishedSet(asContainers, hash),
  });
  const able = { ...job, targets: job.targets.filter(({ destination }) => !isOwed(proven, destination)) };
  const found = await survey(able, chosen, effects);
  const owed = [...proven, ...found.owed];
  for (const warning of [...chosen.warnings, ...found.warnings]) effects.log.warning(warning);
  const report = reporter(job, chosen, found);
  if (found.missing.length > 0) return report([], null);
  const set = setOf(job, chosen, found);
  const targets = able.targets.filter(({ destination }) => !isOwed(owed, destination));
  if (job.dryRun) {
    const foreseen = await foreseeWrites(job, set, found.seen, effects);
    return report([...foreseen.results, ...debtsOf(job, [...owed, ...foreseen.owed])], set);
  }
  // Before the first write anywhere: one destination must not get what contradicts another.
  for (const target of targets.filter(({ isOptional }) => !isOptional)) {
    await refuseContradictions(job, set, target, found.seen.get(target) ?? new Map());
  }
  const proveOnce = createWriteProver();
  const staged = await stageAll(withExtras(targets, proveOnce), set, effects);
  const tagged = await tagAll(job, staged.results, set, effects, proveOnce);
  const settled = await forEachTarget(
    tagged.results.map(({ target }) => target),
    effects,
    ({ report }) => report.settle(),
  );
  const all = [...owed, ...staged.owed, ...tagged.owed, ...settled.owed];
  if (all.length === job.targets.length) {
    throw new OciError('incomplete', `no destination took the containers: ${all.map(({ debt }) => debt).join('; ')}`);
  }
  const whole = tagged.results.filter(({ target }) => !isOwed(all, target.destination));
  const done = whole.map(({ target, written }): DestinationReport => {
    const { copied, present, besides, hasPublished, bytesMoved, bytesSaved } = target.report;
    const counts = { copied, present, tagged: written, signatures: besides, hasPublished, bytesMoved, bytesSaved };
    return { ...namesOf(job, target.destination), ...counts };
  });
  return report([...done, ...debtsOf(job, all)], set);
}

function withExtras(targets: readonly PushTarget[], proveOnce: WriteProver): readonly PushTarget[] {
  return targets.map((target) => {
    const extras: CopyExtras = {
      beforeFirst: async (repositories) => {
        await target.createRepositories?.(repositories);
        await proveOnce(target.destination, repositories[0] as string);
      },
    };
    return { ...target, extras };
  });
}

/** No tag before every container is everywhere. */
function tagAll(
  job: PushJob,
  staged: readonly Staged[],
  set: ArtifactSet,
  effects: PushEffects,
  proveOnce: WriteProver,
) {
  const targets = staged.map((one) => {
    const isOptional = job.targets.some(({ destination, isOptional }) => isOptional && destination === one.destination);
    return { ...one, isOptional };
  });
  return forEachTarget(targets, effects, async (target) => {
    const { place, known } = target.destination;
    const { concurrency } = job;
    const written =
      job.tags.length === 0
        ? 0
        : await tagContainers(place, set.containers, job.tags, {
            ...{ ...effects, concurrency, manifest: (name, digest) => known.get(name, digest) },
            before: () => proveOnce(target.destination, place.repository(set.containers[0]?.name ?? '')),
          });
    return { target, written };
  });
}

function setOf(job: PushJob, chosen: Chosen, { found }: Survey): ArtifactSet {
  const { release, asked } = job;
  const nothing = { repository: { url: null, builds: [] }, images: [] };
  return { ...(chosen.base ?? nothing), release, fullHash: asked.fullHash, containers: found };
}

function reporter(job: PushJob, chosen: Chosen, found: Survey) {
  const why = new Map(chosen.wanted.map((one) => [one.name, one.why]));
  return (destinations: readonly DestinationReport[], set: ArtifactSet | null): PushReport => ({
    fullHash: job.asked.fullHash,
    source: job.source.title,
    containers: found.found.map(({ name, digest }) => ({ name, digest, why: why.get(name) ?? '' })),
    excluded: chosen.excluded,
    missing: found.missing,
    warnings: [...chosen.warnings, ...found.warnings],
    destinations: job.targets.flatMap(({ destination }) =>
      destinations.filter(({ place }) => place === destination.place.title),
    ),
    set,
  });
}

function debtsOf(job: PushJob, owed: readonly Owed[]): readonly DestinationReport[] {
  return owed.map(({ destination, debt }) => ({
    ...namesOf(job, destination),
    ...{ copied: [], present: [], tagged: 0, signatures: 0, hasPublished: false, bytesMoved: 0, bytesSaved: 0, debt },
  }));
}

function namesOf(job: PushJob, destination: RegistryDestination) {
  const isOptional = job.targets.find((target) => target.destination === destination)?.isOptional ?? false;
  return { place: destination.place.title, isOptional, debt: null, writes: [] };
}

function isOwed(owed: readonly Owed[], destination: RegistryDestination): boolean {
  return owed.some((one) => one.destination === destination);
}

/** Returns how many pulls registries that count them have left, the least of them; null where none does. */
export function pullsLeft({ source, targets }: PushJob): number | null {
  const places = [asContainerPlace(source), ...targets.map(({ destination }) => destination.place)];
  const left = places.flatMap((place) => place?.client.quota()?.remaining ?? []);
  return left.length === 0 ? null : Math.min(...left);
}
