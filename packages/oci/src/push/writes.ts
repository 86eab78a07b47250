import type { ArtifactSet, Digest } from '@tagflow/model';
import { forEachTarget, type Owed } from '../stage-all.ts';
import { formatReference } from '../reference.ts';
import { refuseContradictions } from './contradictions.ts';
import type { Survey } from './survey.ts';
import { lacksSet, setRepositoryName } from '../set-artifact.ts';
import { wrongTags } from '../tag-containers.ts';
import type { DestinationReport, PushEffects, PushJob } from './push-job.ts';

/** Returns what would be written in each destination that could be read, write by write. Reads only. */
export async function foreseeWrites(
  job: PushJob,
  set: ArtifactSet,
  seen: Survey['seen'],
  effects: PushEffects,
): Promise<{ readonly results: readonly DestinationReport[]; readonly owed: readonly Owed[] }> {
  const { source, tags } = job;
  return forEachTarget([...seen.keys()], effects, async (target): Promise<DestinationReport> => {
    const { destination, isOptional } = target;
    const now = seen.get(target) ?? new Map<string, Digest | null>();
    await refuseContradictions(job, set, target, now);
    const { place } = destination;
    const named = (name: string, tag: string) => formatReference(place.client.registry, place.repository(name), tag);
    const absent = set.containers.filter(({ name, digest }) => now.get(name) !== digest);
    const copies = absent.map(
      ({ name, digest }) =>
        `copy ${source.reader.name}/${source.repository(name)}@${digest} to ${named(name, set.fullHash)}`,
    );
    const retags = await wrongTags(place, set.containers, tags, job.concurrency * 4);
    const published = await destination.readSet(set.fullHash);
    const lacking = lacksSet(place, set, published, job.manifests) || absent.length > 0;
    return {
      ...{ place: place.title, isOptional, debt: null, signatures: 0, bytesMoved: 0, bytesSaved: 0 },
      hasPublished: lacking,
      copied: absent.map(({ name }) => name),
      present: set.containers.filter((one) => !absent.includes(one)).map(({ name }) => name),
      tagged: retags.length,
      writes: [
        ...copies,
        ...(lacking ? [`publish the set as ${place.title}/${setRepositoryName}:${set.fullHash}`] : []),
        ...retags.map(({ name, digest, tag }) => `tag ${named(name, tag)} → ${digest}`),
      ],
    };
  });
}
