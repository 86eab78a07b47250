import {
  type ArtifactSet,
  type Destination,
  type Digest,
  type FlipOptions,
  type Move,
  parseDigest,
  type StageOptions,
  type Visibility,
  visibleIn,
} from '@tagflow/model';
import { type CopyReport, copyContainers } from './copy.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { OciError } from './error.ts';
import { doAll } from './limited.ts';
import type { Manifest } from './manifest.ts';
import { type ContainerPlace, openPlace } from './place.ts';
import { formatNamespace } from './reference.ts';
import { findSetProblem, lacksSet, publishSet, readPublishedSet } from './set-artifact.ts';
import { putTag } from './tag.ts';
import { verifyContainers } from './verify.ts';
import type { OciEffects } from './wire.ts';

export interface RegistryDestinationOptions {
  /** Unique within one promotion, such as `registry rdo`. */
  readonly name: string;
  /** `https://registry.example/namespace`. */
  readonly url: string;
  /** Such as `openstack-{name}`. Default `{name}`. */
  readonly namePattern?: string | undefined;
  /** Allows `http://` beyond loopback. */
  readonly plainHttp?: boolean | undefined;
  /** Where staging takes the containers from; null or absent: they are here already. */
  readonly source?:
    | { readonly url: string; readonly namePattern?: string | undefined; readonly plainHttp?: boolean | undefined }
    | null
    | undefined;
  /** What of a set may be published here. Default `public`. */
  readonly visibility?: Visibility | undefined;
  readonly credentials: CredentialsProvider;
  readonly effects: OciEffects;
  /** Containers at a time. Default 8. */
  readonly concurrency?: number | undefined;
}

/** A registry namespace as a destination. */
export interface RegistryDestination extends Destination {
  readonly place: ContainerPlace;
  readonly source: ContainerPlace;
  /** As `stage`, with the names of what was copied. */
  stageContainers(set: ArtifactSet, options: StageOptions): Promise<CopyReport>;
}

/**
 * Returns the namespace of a registry as a place that containers are promoted in; nothing is sent. Pointers are
 * `<bare name>:<label>`, their values digests.
 * @throws OciError `bad-reference`
 */
export function createRegistryDestination(options: RegistryDestinationOptions): RegistryDestination {
  const { credentials, effects, name } = options;
  const concurrency = options.concurrency ?? 8;
  const place = openPlace({ ...options, credentials, effects });
  const { client } = place;
  const source =
    options.source === null || options.source === undefined
      ? place
      : openPlace({ ...options.source, credentials, effects });
  // What the last staging uploaded is what verify has to see with its own eyes; the rest the registry checked itself.
  const uploaded = new Map<Digest, string>();

  const stageContainers = async (set: ArtifactSet, stage: StageOptions): Promise<CopyReport> => {
    if (set.containers.length === 0) {
      throw new OciError('empty-list', `${name}: the set of ${set.fullHash} holds no containers to stage`, {
        outcome: 'invalid',
      });
    }
    const published = visibleIn(set, options.visibility ?? 'public');
    let isLacking = true;
    const report = await copyContainers({
      source: source.client,
      target: client,
      tasks: set.containers.map((container) => ({
        ...{ name: container.name, digest: container.digest, tag: set.fullHash },
        ...{ from: source.repository(container.name), to: place.repository(container.name) },
      })),
      concurrency,
      what: `copy containers to ${place.title}`,
      // A hash that was built twice must not end up half and half.
      beforeFirst: async () => {
        isLacking = await lacksSet(place, published);
      },
      clock: effects.clock,
      log: effects.log,
      signal: stage.signal,
      progress: stage.progress,
    });
    uploaded.clear();
    for (const blob of report.uploaded) uploaded.set(blob.digest, blob.repository);
    const sent = isLacking ? await publishSet(place, published, { clock: effects.clock, signal: stage.signal }) : 0;
    return { ...report, bytesMoved: report.bytesMoved + sent };
  };

  const fetchTargets = async (moves: readonly Move[]): Promise<ReadonlyMap<Move, Manifest>> => {
    const manifests = new Map<Move, Manifest>();
    await doAll(moves, concurrency, async (move) => {
      const { repository } = repositoryOfPointer(place, move.pointer);
      const manifest = await client.getManifest(repository, parseDigest(move.to));
      if (manifest === null) {
        throw new OciError(
          'not-found',
          `${name}: ${client.registry.name}/${repository}@${move.to} is not there to be tagged`,
          {
            next: 'Stage the set first: tag-and-push-containers.',
          },
        );
      }
      manifests.set(move, manifest);
    });
    return manifests;
  };

  return {
    name,
    kind: 'containers',
    // Distribution 2.8 cannot remove a tag, and elsewhere it can take the manifest's other tags along.
    canUnset: false,
    place,
    source,
    leaseKey: (label) => `oci:${formatNamespace(place.namespace)}:${label}`,
    desired: (label, set) =>
      set.containers.map((container) => ({ name: `${container.name}:${label}`, value: container.digest })),
    async observe(pointers) {
      const seen = new Map<string, string | null>();
      await doAll(pointers, concurrency, async (pointer) => {
        effects.signal.throwIfAborted();
        const { repository, tag } = repositoryOfPointer(place, pointer);
        seen.set(pointer, (await client.headManifest(repository, tag))?.digest ?? null);
      });
      return seen;
    },
    stageContainers,
    async stage(set, stage) {
      const { bytesMoved, bytesSaved } = await stageContainers(set, stage);
      return { bytesMoved, bytesSaved };
    },
    async verify(set, stage) {
      const problems = await verifyContainers(place, set, uploaded, concurrency, stage.signal);
      const problem = await findSetProblem(place, visibleIn(set, options.visibility ?? 'public'));
      return problem === null ? problems : [...problems, problem];
    },
    async flip(moves: readonly Move[], flip: FlipOptions) {
      // Read before the first write, so that the tags move in quick succession.
      const manifests = await fetchTargets(moves);
      await doAll(moves, concurrency, async (move) => {
        flip.signal.throwIfAborted();
        const { repository, tag } = repositoryOfPointer(place, move.pointer);
        const now = (await client.headManifest(repository, tag))?.digest ?? null;
        if (now !== move.to) {
          if (now !== move.from) throw tagChanged(`${client.registry.name}/${repository}:${tag}`, move, now);
          await flip.before(move);
          await putTag(client, repository, tag, manifests.get(move) as Manifest);
        }
        flip.after(move);
      });
    },
    async unset(moves) {
      if (moves.length === 0) return;
      throw new OciError(
        'impossible',
        `${name}: ${moves.length} tags (${moves[0]?.pointer}, …) cannot be removed: registries delete a manifest with all its tags`,
        { next: 'Leave them: the label names no set, so nobody follows them; the next promotion moves them.' },
      );
    },
    readSet: (hash) => readPublishedSet(place, hash),
  };
}

function repositoryOfPointer(place: ContainerPlace, pointer: string): { repository: string; tag: string } {
  const colon = pointer.lastIndexOf(':');
  if (colon < 1) {
    throw new OciError('bad-reference', `pointer "${pointer}" is not <container>:<label>`, { outcome: 'invalid' });
  }
  return { repository: place.repository(pointer.slice(0, colon)), tag: pointer.slice(colon + 1) };
}

function tagChanged(where: string, move: Move, now: string | null): OciError {
  return new OciError('tag-changed', `${where} is ${now ?? 'absent'}; the plan saw ${move.from ?? 'none'}`, {
    next: 'Somebody else moved the tag. Make a new plan.',
  });
}
