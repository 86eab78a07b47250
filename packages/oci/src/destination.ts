import {
  type ArtifactSet,
  type Destination,
  type Digest,
  type FlipOptions,
  type FullHash,
  type Move,
  parseDigest,
  type StageOptions,
  type Visibility,
  visibleIn,
} from '@tagflow/model';
import { type CopyReport, type CopyTask, copyContainers, type Seen, staleAfterMs } from './copy.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { OciError } from './error.ts';
import { doAll } from './limited.ts';
import type { Manifest } from './manifest.ts';
import { createKnownManifests, type KnownManifests } from './known-manifests.ts';
import { createManifestStore, type ManifestStore } from './manifest-store.ts';
import { type ContainerPlace, openPlace, type PlaceDescription, type SourcePlace } from './place.ts';
import { formatNamespace, formatReference } from './reference.ts';
import {
  findSetProblem,
  lacksSet,
  type Publishing,
  publishSet,
  readPublishedSet,
  setRepository,
} from './set-artifact.ts';
import { writeTag } from './tag.ts';
import { assertPullsOf } from './resolve.ts';
import { createSignatureCopier } from './signatures/signature-copier.ts';
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
  /** Where staging takes the containers from, as a description or opened already; null or absent: they are here. */
  readonly source?: PlaceDescription | SourcePlace | null | undefined;
  /** What of a set may be published here. Default `public`. */
  readonly visibility?: Visibility | undefined;
  readonly credentials: CredentialsProvider;
  readonly effects: OciEffects;
  /** Containers at a time. Default 16. */
  readonly concurrency?: number | undefined;
  /** Signatures and attestations are copied along. */
  readonly signatures?: boolean | undefined;
  /** Bytes that are in hand; destinations of one promotion share them. */
  readonly manifests?: ManifestStore | undefined;
}

/** What may be done along with a copy. */
export interface CopyExtras {
  /** Called with the repositories that will be written, before the first write. */
  readonly beforeFirst?: (repositories: readonly string[]) => Promise<void>;
}

export interface StagedContainers extends CopyReport, Pick<Publishing, 'settle'> {
  /** Whether the set was published, or completed. */
  readonly hasPublished: boolean;
}

/** A registry namespace as a destination. */
export interface RegistryDestination extends Destination {
  readonly place: ContainerPlace;
  readonly source: SourcePlace;
  /** The bytes of manifests that the place holds. */
  readonly known: KnownManifests;
  /** What the tags of a hash name here, by container; staging need not look again. `told` hears each as it comes. */
  look(
    names: readonly string[],
    hash: FullHash,
    told?: (digest: Digest | null) => void,
  ): Promise<ReadonlyMap<string, Digest | null>>;
  /** The tags of a hash name these digests: somebody has just read it. */
  saw(hash: FullHash, digests: ReadonlyMap<string, Digest>): void;
  /** As `stage`, with the names of what was copied, and the set's publication, which somebody has to settle. */
  stageContainers(set: ArtifactSet, options: StageOptions & CopyExtras): Promise<StagedContainers>;
}

/**
 * Returns the namespace of a registry as a place that containers are promoted in; nothing is sent. Pointers are
 * `<bare name>:<label>`, their values digests.
 * @throws OciError `bad-reference`
 */
export function createRegistryDestination(options: RegistryDestinationOptions): RegistryDestination {
  const { credentials, effects, name } = options;
  const concurrency = options.concurrency ?? 16;
  const manifests = options.manifests ?? createManifestStore();
  const place = openPlace({ ...options, credentials, effects });
  const { client } = place;
  const source =
    options.source === null || options.source === undefined
      ? place
      : 'reader' in options.source
        ? options.source
        : openPlace({ ...options.source, credentials, effects });
  const known = createKnownManifests(place, source, manifests);
  const seen = new Map<string, Seen>();

  // What is published is asked for along with the tags, and good for one staging, too.
  let early: { readonly hash: FullHash; readonly set: Promise<ArtifactSet | null>; readonly at: number } | null = null;
  const saw = (hash: FullHash, digests: ReadonlyMap<string, Digest | null>): void => {
    const at = effects.clock.now();
    for (const [name, digest] of digests) seen.set(`${name}:${hash}`, { digest, at });
  };

  const look: RegistryDestination['look'] = async (names, hash, told) => {
    if (early?.hash !== hash) {
      early = { hash, set: readPublishedSet(place, hash), at: effects.clock.now() };
      early.set.catch(() => undefined);
    }
    const found = new Map<string, Digest | null>();
    await doAll(names, concurrency * 4, async (name) => {
      effects.signal.throwIfAborted();
      const digest = (await client.headManifest(place.repository(name), hash))?.digest ?? null;
      found.set(name, digest);
      told?.(digest);
    });
    saw(hash, found);
    return found;
  };

  const stageContainers: RegistryDestination['stageContainers'] = async (set, stage) => {
    if (set.containers.length === 0) {
      throw new OciError('empty-list', `${name}: the set of ${set.fullHash} holds no containers to stage`, {
        outcome: 'invalid',
      });
    }
    const published = visibleIn(set, options.visibility ?? 'public');
    let isLacking = true;
    const report = await copyContainers({
      source: source.reader,
      target: client,
      manifests,
      // What was seen is good for one staging: the next one looks again.
      seen: new Map(
        set.containers.flatMap(({ name }) => {
          const key = `${name}:${set.fullHash}`;
          const one = seen.get(key);
          seen.delete(key);
          return one === undefined ? [] : [[name, one] as const];
        }),
      ),
      tasks: set.containers.map((container) => ({
        ...{ name: container.name, digest: container.digest, tag: set.fullHash },
        ...{ from: source.repository(container.name), to: place.repository(container.name) },
      })),
      concurrency,
      what: `copy containers to ${place.title}`,
      // A hash that was built twice must not end up half and half.
      beforeFirst: async (absent) => {
        const isFresh = early?.hash === published.fullHash && effects.clock.now() - early.at <= staleAfterMs;
        const before = isFresh ? early?.set : readPublishedSet(place, published.fullHash);
        early = null;
        isLacking = lacksSet(place, published, (await before) ?? null, manifests);
        await assertPullsOf(source, unknownManifests(absent, manifests));
        const written = absent.map((task) => task.to);
        if (isLacking || written.length > 0) await stage.beforeFirst?.([...written, setRepository(place)]);
      },
      ...(options.signatures === true
        ? { beside: createSignatureCopier(source, place, { ...effects, ...stage }) }
        : {}),
      clock: effects.clock,
      log: effects.log,
      signal: stage.signal,
      progress: stage.progress,
    });
    const settled = { sent: null, settle: () => Promise.resolve(0) };
    const own = { clock: effects.clock, signal: stage.signal };
    const publishing =
      isLacking || report.copied.length > 0 ? await publishSet(place, published, own, manifests) : settled;
    const { sent, settle } = publishing;
    return { ...report, bytesMoved: report.bytesMoved + (sent ?? 0), hasPublished: sent !== null, settle };
  };

  const fetchTargets = async (moves: readonly Move[]): Promise<ReadonlyMap<Move, Manifest>> => {
    const targets = new Map<Move, Manifest>();
    await doAll(moves, concurrency, async (move) => {
      targets.set(move, await known.get(containerOf(move.pointer).name, parseDigest(move.to)));
    });
    return targets;
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
      set.containers.map((container) => {
        known.note(container.digest, set.fullHash);
        return { name: `${container.name}:${label}`, value: container.digest };
      }),
    async observe(pointers) {
      const seen = new Map<string, string | null>();
      await doAll(pointers, concurrency * 4, async (pointer) => {
        effects.signal.throwIfAborted();
        const { repository, tag } = repositoryOfPointer(place, pointer);
        seen.set(pointer, (await client.headManifest(repository, tag))?.digest ?? null);
      });
      return seen;
    },
    ...{ known, look, saw, stageContainers },
    async stage(set, stage) {
      const { bytesMoved, bytesSaved, settle } = await stageContainers(set, stage);
      return { bytesMoved: bytesMoved + (await settle()), bytesSaved };
    },
    async verify(set, stage) {
      const problems = await verifyContainers(place, set, concurrency * 4, stage.signal);
      const problem = await findSetProblem(place, visibleIn(set, options.visibility ?? 'public'));
      return problem === null ? problems : [...problems, problem];
    },
    async flip(moves: readonly Move[], flip: FlipOptions) {
      // Read before the first write, so that the tags move in quick succession.
      const targets = await fetchTargets(moves);
      await doAll(moves, concurrency, async (move) => {
        flip.signal.throwIfAborted();
        const { repository, tag } = repositoryOfPointer(place, move.pointer);
        await writeTag({
          ...{ client, repository, tag, manifest: targets.get(move) as Manifest },
          effects: { ...effects, signal: flip.signal },
          mayWrite: async () => {
            const now = (await client.headManifest(repository, tag))?.digest ?? null;
            if (now === move.to) return false;
            if (now !== move.from) throw tagChanged(formatReference(client.registry, repository, tag), move, now);
            await flip.before(move);
            return true;
          },
        });
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

/** What has to be read from the source before it is copied: containers, and the images of those that are known. */
function unknownManifests(
  absent: readonly CopyTask[],
  manifests: ManifestStore,
): readonly { readonly from: string; readonly digest: Digest }[] {
  return absent
    .flatMap(({ from, digest }) =>
      [digest, ...(manifests.get(digest)?.children ?? []).map((child) => child.digest)].map((one) => ({
        from,
        digest: one,
      })),
    )
    .filter(({ digest }) => manifests.get(digest) === undefined);
}

function containerOf(pointer: string): { readonly name: string; readonly tag: string } {
  const colon = pointer.lastIndexOf(':');
  if (colon < 1) {
    throw new OciError('bad-reference', `pointer "${pointer}" is not <container>:<label>`, { outcome: 'invalid' });
  }
  return { name: pointer.slice(0, colon), tag: pointer.slice(colon + 1) };
}

function repositoryOfPointer(place: ContainerPlace, pointer: string): { repository: string; tag: string } {
  const { name, tag } = containerOf(pointer);
  return { repository: place.repository(name), tag };
}

function tagChanged(where: string, move: Move, now: string | null): OciError {
  return new OciError('tag-changed', `${where} is ${now ?? 'absent'}; the plan saw ${move.from ?? 'none'}`, {
    next: 'Somebody else moved the tag. Make a new plan.',
  });
}
