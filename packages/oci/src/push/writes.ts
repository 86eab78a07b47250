import type { ArtifactSet, Digest } from '@tagflow/model';
import { formatReference } from '../reference.ts';
import { lacksSet, setRepositoryName } from '../set-artifact.ts';
import { wrongTags } from '../tag-containers.ts';
import type { DestinationReport, PushJob, PushTarget } from './push-job.ts';

/** Returns what would be written in each destination that could be read, write by write. Reads only. */
export function foreseeWrites(
  job: PushJob,
  set: ArtifactSet,
  seen: ReadonlyMap<PushTarget, ReadonlyMap<string, Digest | null>>,
): Promise<readonly DestinationReport[]> {
  const { source, tags } = job;
  return Promise.all(
    [...seen].map(async ([{ destination, isOptional }, now]): Promise<DestinationReport> => {
      const { place } = destination;
      const named = (name: string, tag: string) => formatReference(place.client.registry, place.repository(name), tag);
      const absent = set.containers.filter(({ name, digest }) => now.get(name) !== digest);
      const copies = absent.map(
        ({ name, digest }) =>
          `copy ${source.reader.name}/${source.repository(name)}@${digest} to ${named(name, set.fullHash)}`,
      );
      const retags = await wrongTags(place, set.containers, tags, job.concurrency * 4);
      const lacking = absent.length > 0 || lacksSet(place, set, await destination.readSet(set.fullHash));
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
    }),
  );
}
