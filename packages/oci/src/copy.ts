import type { Clock, Digest, Log, Progress, StageReport } from '@tagflow/model';
import { createBlobCopier } from './blob-copy.ts';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import { type Contradiction, tagsDiffer } from './published-differently.ts';
import type { RegistryClient } from './registry.ts';
import type { ManifestHead, ManifestSource } from './source.ts';

/** One container to be copied by digest, and the tag that it gets at the end. */
export interface CopyTask {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly digest: Digest;
  readonly tag: string;
}

export interface CopyOptions {
  readonly source: ManifestSource;
  readonly target: RegistryClient;
  readonly tasks: readonly CopyTask[];
  /** Containers at a time, and uploads at a time. */
  readonly concurrency: number;
  /** What the progress is called, such as `copy containers to quay.io/tripleomaster`. */
  readonly what: string;
  /** Called when no tag stands against it, before the first write; rejects when there must be none. */
  readonly beforeFirst?: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface CopyReport extends StageReport {
  /** Names whose tag was written. */
  readonly copied: readonly string[];
  /** Names whose tag was right already. */
  readonly present: readonly string[];
  readonly uploaded: readonly { readonly repository: string; readonly digest: Digest }[];
}

/**
 * Copies containers: blobs first, an index's children by digest, the container itself under its tag last. What is there
 * is not sent again, so that a second run is a HEAD for each container. A tag that names another digest is never moved.
 * @throws OciError `published-differently` when there is such a tag, and `incomplete` when one cannot be read: nothing is
 * written then; `incomplete` that names every container that failed later, the others are done then
 */
export async function copyContainers(options: CopyOptions): Promise<CopyReport> {
  const { source, target, tasks, signal, progress, what } = options;
  const sizes = new Map<string, number>();
  let bytes = 0;
  const report = { copied: [] as string[], present: [] as string[] };
  const blobs = createBlobCopier({
    ...options,
    onBytes(count) {
      bytes += count;
      progress({ what: `${what}: layers`, done: bytes, total: sum(sizes.values()), unit: 'bytes' });
    },
  });

  const copyContents = async (task: CopyTask, manifest: Manifest): Promise<void> => {
    for (const blob of manifest.blobs) sizes.set(`${task.to}@${blob.digest}`, blob.size);
    const failed = await tryAll(manifest.blobs, manifest.blobs.length + 1, (blob) =>
      blobs.ensure({ from: task.from, to: task.to, blob }),
    );
    if (failed[0] !== undefined) throw failed[0].error;
    for (const { digest } of manifest.children) {
      const child = await fetchManifest(task, digest);
      await copyContents(task, child);
      await target.putManifest(task.to, digest, child);
    }
  };

  const fetchManifest = async (task: CopyTask, digest: Digest): Promise<Manifest> => {
    const manifest = await source.getManifest(task.from, digest);
    if (manifest !== null) return manifest;
    throw new OciError('not-found', `${source.name}/${task.from}@${digest} is not there`);
  };

  const tell = (): void => {
    const done = report.copied.length + report.present.length;
    progress({ what, done, total: tasks.length, unit: 'containers' });
  };

  const contradictionOf = (task: CopyTask, head: ManifestHead): Contradiction => ({
    name: task.name,
    where: `${target.registry.name}/${task.to}:${task.tag}`,
    published: head.digest,
    given: task.digest,
  });

  const findAbsent = async (): Promise<readonly CopyTask[]> => {
    const absent = new Set<CopyTask>();
    const contradictions = new Map<CopyTask, Contradiction>();
    const failures = await tryAll(tasks, options.concurrency, async (task) => {
      signal.throwIfAborted();
      const head = await target.headManifest(task.to, task.tag);
      if (head === null) absent.add(task);
      else if (head.digest !== task.digest) contradictions.set(task, contradictionOf(task, head));
      else {
        report.present.push(task.name);
        tell();
      }
    });
    signal.throwIfAborted();
    const found = tasks.flatMap((task) => contradictions.get(task) ?? []);
    if (found.length > 0) throw tagsDiffer(what, found);
    if (failures.length > 0) throw incomplete(what, failures, tasks.length);
    return tasks.filter((task) => absent.has(task));
  };

  const copyOne = async (task: CopyTask): Promise<void> => {
    signal.throwIfAborted();
    const manifest = await fetchManifest(task, task.digest);
    const sameRepository = source.origin === target.origin && task.from === task.to;
    if (!sameRepository) {
      await copyContents(task, manifest);
      // The layers took their time, and somebody else may have published the hash meanwhile.
      const head = await target.headManifest(task.to, task.tag);
      if (head !== null && head.digest !== task.digest) throw tagsDiffer(what, [contradictionOf(task, head)]);
    }
    signal.throwIfAborted();
    await target.putManifest(task.to, task.tag, manifest);
    report.copied.push(task.name);
    tell();
  };

  const absentTasks = await findAbsent();
  await options.beforeFirst?.();
  const failures = await tryAll(absentTasks, options.concurrency, copyOne);
  signal.throwIfAborted();
  const differing = failures.find(({ error }) => error instanceof OciError && error.code === 'published-differently');
  if (differing !== undefined) throw differing.error;
  if (failures.length > 0) throw incomplete(what, failures, tasks.length);
  return { ...report, uploaded: blobs.uploaded, bytesMoved: blobs.moved, bytesSaved: blobs.saved };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
