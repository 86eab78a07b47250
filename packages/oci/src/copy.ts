import type { Clock, Digest, Log, Progress, StageReport } from '@tagflow/model';
import { createBlobCopier } from './blob-copy.ts';
import { createCopyProgress } from './copy-progress.ts';
import { OciError } from './error.ts';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import { indexTypes, type Manifest } from './manifest.ts';
import { manifestFrom, type ManifestStore } from './manifest-store.ts';
import { type Contradiction, tagsDiffer } from './published-differently.ts';
import type { RegistryClient } from './registry.ts';
import type { ManifestSource } from './source.ts';
import { writeTag } from './tag.ts';

/** One container to be copied by digest, and the tag that it gets at the end. */
export interface CopyTask {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly digest: Digest;
  readonly tag: string;
}

/** What a tag named at some time. */
export interface Seen {
  readonly digest: Digest | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface CopyOptions {
  readonly source: ManifestSource;
  readonly target: RegistryClient;
  readonly tasks: readonly CopyTask[];
  /** What the tags of tasks name in the target, by container, where that was looked up, and when. */
  readonly seen?: ReadonlyMap<string, Seen>;
  readonly manifests: ManifestStore;
  /** Containers at a time, and uploads at a time. */
  readonly concurrency: number;
  /** What the progress is called, such as `copy containers to quay.io/tripleomaster`. */
  readonly what: string;
  /** Called when no tag stands against it, before the first write; rejects when there must be none. */
  readonly beforeFirst?: (absent: readonly CopyTask[]) => Promise<void>;
  /**
   * Brings what belongs to a manifest besides its contents, and returns how many manifests it brought. Called when the
   * contents are in the target, for children before their index, and before the tag is set.
   */
  readonly beside?: (beside: Beside) => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A manifest that something may belong to. */
export interface Beside {
  readonly task: CopyTask;
  readonly digest: Digest;
  /** What the target still lacks of it: the manifest itself; null: nothing. */
  readonly lacking: Manifest | null;
  /** Brings the contents of another manifest to the same repository. */
  readonly bring: (manifest: Manifest) => Promise<void>;
}

export interface CopyReport extends StageReport {
  /** Names whose tag was written and read back. */
  readonly copied: readonly string[];
  /** Names whose tag was right already. */
  readonly present: readonly string[];
  /** Manifests that were brought along, such as signatures. */
  readonly besides: number;
}

/** What was seen longer ago than this is looked at again before it is written over. Milliseconds. */
export const staleAfterMs = 10_000;

/**
 * Copies containers: blobs first, an index's children by digest, the container itself under its tag last, and reads the
 * tag back. What is there is not sent again, so that a second run is a HEAD for each container. A tag that names another
 * digest is never moved, but from a child to the index that holds it.
 *
 * For N containers of M manifests (children too) with D distinct blobs in P pairs of repository and blob, into an empty
 * registry: M + D requests to the source; N HEAD, 2 D for uploads, P − D mounts, M PUT and N HEAD to the target.
 * @throws OciError `published-differently` before anything is sent, `incomplete` naming every container that failed
 */
export async function copyContainers(options: CopyOptions): Promise<CopyReport> {
  const { source, target, tasks, signal, what, clock, manifests } = options;
  const report = { copied: [] as string[], present: [] as string[] };
  const told = createCopyProgress({ ...options, total: tasks.length });
  const blobs = createBlobCopier({ ...options, onBytes: told.bytes });
  const lookedAt = new Map<string, number>();
  let besides = 0;

  const bringBeside = async (task: CopyTask, digest: Digest, lacking: Manifest | null): Promise<void> => {
    besides += (await options.beside?.({ task, digest, lacking, bring: (beside) => bring(task, beside) })) ?? 0;
  };

  const bring = async (task: CopyTask, manifest: Manifest): Promise<void> => {
    told.expect(task.to, manifest.blobs);
    const failed = await tryAll(manifest.blobs, manifest.blobs.length + 1, (blob) =>
      blobs.ensure({ from: task.from, to: task.to, blob }),
    );
    if (failed[0] !== undefined) throw failed[0].error;
    for (const { digest } of manifest.children) {
      const child = await manifestFrom(manifests, source, task.from, digest);
      await bring(task, child);
      await target.putManifest(task.to, digest, child);
      await bringBeside(task, digest, null);
    }
  };

  /** What belongs to a container may come later than the container itself. Of an image a HEAD tells that it is none. */
  const bringLate = async (task: CopyTask): Promise<void> => {
    signal.throwIfAborted();
    const head = manifests.get(task.digest) ?? (await source.headManifest(task.from, task.digest));
    const isIndex = head !== null && indexTypes.includes(head.mediaType);
    const children = isIndex ? (await manifestFrom(manifests, source, task.from, task.digest)).children : [];
    for (const { digest } of children) await bringBeside(task, digest, null);
    await bringBeside(task, task.digest, null);
  };

  const contradictionOf = (task: CopyTask, published: Digest): Contradiction => ({
    name: task.name,
    where: `${target.registry.name}/${task.to}:${task.tag}`,
    published,
    given: task.digest,
  });

  /** Whether the tag may be set, given what it names now. */
  const mayBecome = async (task: CopyTask, now: Digest | null): Promise<boolean> => {
    if (now === null) return true;
    const manifest = await manifestFrom(manifests, source, task.from, task.digest);
    return manifest.children.some((child) => child.digest === now);
  };

  const look = async (task: CopyTask): Promise<Digest | null> => {
    const seen = lookedAt.has(task.name) ? undefined : options.seen?.get(task.name);
    const isFresh = seen !== undefined && Math.abs(clock.now() - seen.at) <= staleAfterMs;
    lookedAt.set(task.name, isFresh ? seen.at : clock.now());
    return isFresh ? seen.digest : ((await target.headManifest(task.to, task.tag))?.digest ?? null);
  };

  const findAbsent = async (): Promise<readonly CopyTask[]> => {
    const absent = new Set<CopyTask>();
    const contradictions = new Map<CopyTask, Contradiction>();
    const failures = await tryAll(tasks, options.concurrency * 4, async (task) => {
      signal.throwIfAborted();
      const now = await look(task);
      if (now === task.digest) report.present.push(task.name);
      else if (await mayBecome(task, now)) absent.add(task);
      else contradictions.set(task, contradictionOf(task, now as Digest));
    });
    signal.throwIfAborted();
    const found = tasks.flatMap((task) => contradictions.get(task) ?? []);
    if (found.length > 0) throw tagsDiffer(what, found);
    if (failures.length > 0) throw incomplete(what, failures, tasks.length);
    const left = tasks.filter((task) => absent.has(task));
    if (left.length > 0) told.done(report.present.length);
    return left;
  };

  const copyOne = async (task: CopyTask): Promise<void> => {
    signal.throwIfAborted();
    const manifest = await manifestFrom(manifests, source, task.from, task.digest);
    const sameRepository = source.origin === target.origin && task.from === task.to;
    if (!sameRepository) {
      await bring(task, manifest);
      await bringBeside(task, manifest.digest, manifest);
    }
    await writeTag({
      ...{ client: target, repository: task.to, tag: task.tag, manifest, effects: options },
      mayWrite: async (attempt) => {
        signal.throwIfAborted();
        // The layers took their time, and somebody else may have published the hash meanwhile.
        const isFresh = Math.abs(clock.now() - (lookedAt.get(task.name) ?? 0)) <= staleAfterMs;
        if (attempt === 1 && isFresh) return true;
        const now = await look(task);
        if (now === task.digest) return false;
        if (!(await mayBecome(task, now))) throw tagsDiffer(what, [contradictionOf(task, now as Digest)]);
        return true;
      },
    });
    report.copied.push(task.name);
    told.done(1);
  };

  const absentTasks = await findAbsent();
  await options.beforeFirst?.(absentTasks);
  const mayBeLate = options.beside !== undefined && source.origin !== null;
  const late = mayBeLate ? tasks.filter((task) => !absentTasks.includes(task)) : [];
  const failures = [
    ...(await tryAll(absentTasks, options.concurrency, copyOne)),
    ...(await tryAll(late, options.concurrency, bringLate)),
  ];
  signal.throwIfAborted();
  const differing = failures.find(({ error }) => error instanceof OciError && error.code === 'published-differently');
  if (differing !== undefined) throw differing.error;
  if (failures.length > 0) throw incomplete(what, failures, tasks.length);
  return { ...report, besides, bytesMoved: blobs.moved, bytesSaved: blobs.saved };
}
