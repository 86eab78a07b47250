import type { Clock, Digest, Log, Progress, StageReport } from '@tagflow/model';
import { createBlobCopier } from './blob-copy.ts';
import { incomplete } from './incomplete.ts';
import { tryAll } from './limited.ts';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import type { RegistryClient } from './registry.ts';

/** One container to be copied by digest, and the tag that it gets at the end. */
export interface CopyTask {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly digest: Digest;
  readonly tag: string;
}

export interface CopyOptions {
  readonly source: RegistryClient;
  readonly target: RegistryClient;
  readonly tasks: readonly CopyTask[];
  /** Containers at a time, and uploads at a time. */
  readonly concurrency: number;
  /** What the progress is called, such as `copy containers to quay.io/tripleomaster`. */
  readonly what: string;
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
  /** Names whose tag named another digest before. */
  readonly replaced: readonly string[];
  readonly uploaded: readonly { readonly repository: string; readonly digest: Digest }[];
}

/**
 * Copies containers: blobs first, an index's children by digest, the container itself under its tag last. What is there
 * is not sent again, so that a second run is a HEAD for each container.
 * @throws OciError `incomplete` that names every container that failed; the others are done then
 */
export async function copyContainers(options: CopyOptions): Promise<CopyReport> {
  const { source, target, tasks, signal, progress, what } = options;
  const sizes = new Map<string, number>();
  let bytes = 0;
  const report = { copied: [] as string[], present: [] as string[], replaced: [] as string[] };
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
    throw new OciError('not-found', `${source.registry.name}/${task.from}@${digest} is not there`);
  };

  const copyOne = async (task: CopyTask): Promise<void> => {
    signal.throwIfAborted();
    const head = await target.headManifest(task.to, task.tag);
    if (head?.digest === task.digest) {
      report.present.push(task.name);
    } else {
      const manifest = await fetchManifest(task, task.digest);
      const sameRepository = source.registry.origin === target.registry.origin && task.from === task.to;
      if (!sameRepository) await copyContents(task, manifest);
      signal.throwIfAborted();
      await target.putManifest(task.to, task.tag, manifest);
      report.copied.push(task.name);
      if (head !== null) report.replaced.push(task.name);
    }
    const done = report.copied.length + report.present.length;
    progress({ what, done, total: tasks.length, unit: 'containers' });
  };

  const failures = await tryAll(tasks, options.concurrency, copyOne);
  signal.throwIfAborted();
  if (failures.length > 0) throw incomplete(what, failures, tasks.length);
  return { ...report, uploaded: blobs.uploaded, bytesMoved: blobs.moved, bytesSaved: blobs.saved };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
