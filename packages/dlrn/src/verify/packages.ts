import { createHash } from 'node:crypto';
import { HttpError, redactUrl } from '@tagflow/http';
import { type Check, type FullHash, messageOf, TagflowError } from '@tagflow/model';
import { DlrnError, unreachable } from '../error.ts';
import type { Checking } from './checking.ts';
import { locate } from './location.ts';
import type { PackageFile } from './primary.ts';
import { asItIs, type Counter, drain, type FileEffects, readExpected, refusal } from './read-file.ts';

/** Packages of each repository that `sample` reads whole. */
const sampleSize = 5;

/**
 * Looks at the package files of one repository: whether each is there and has its size; some of them, or with `full` all,
 * are read and their checksums compared. Tells of each that is wrong, and of all others together.
 */
export async function checkPackages(
  baseUrl: string,
  packages: readonly PackageFile[],
  { fullHash, depth }: { readonly fullHash: FullHash; readonly depth: 'sample' | 'full' },
  checking: Checking,
  effects: FileEffects,
): Promise<void> {
  const sample = depth === 'full' ? new Set(packages) : chooseSample(packages, fullHash);
  const wrong: Check[] = [];
  const counter: Counter = { bytes: 0 };
  let read = 0;
  const look = async (file: PackageFile): Promise<void> => {
    let subject = `${baseUrl}: ${file.href.slice(0, 200)}`;
    try {
      const url = locate(baseUrl, file);
      subject = redactUrl(url);
      if (!sample.has(file) && (await hasSize(url, file, effects))) return;
      await readExpected(url, file, 'primary.xml', counter, effects, drain);
      read += 1;
    } catch (error) {
      effects.signal.throwIfAborted();
      if (!(error instanceof TagflowError)) throw error;
      wrong.push({ kind: 'packages', subject, detail: messageOf(error), ok: false, bytes: 0 });
    }
  };
  // How many are on their way at a time is the transfer's own matter.
  await Promise.all(packages.map(look));
  for (const check of wrong.sort((a, b) => (a.subject < b.subject ? -1 : 1))) checking.onCheck(check);
  const there = packages.length - wrong.length;
  const detail = `${there} of ${packages.length} packages are there with their sizes, ${read} read with their checksums`;
  if (there > 0) checking.onCheck({ kind: 'packages', subject: baseUrl, detail, ok: true, bytes: counter.bytes });
}

/** The same ones each time for a hash, and others for another hash. */
function chooseSample(packages: readonly PackageFile[], fullHash: FullHash): ReadonlySet<PackageFile> {
  const ranked = packages.map((file) => ({
    file,
    rank: createHash('sha256').update(`${fullHash} ${file.href}`).digest('hex'),
  }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return new Set(ranked.slice(0, sampleSize).map(({ file }) => file));
}

/**
 * Tells whether a package is there with its size; false where the server does not say how long it is.
 * @throws DlrnError for one that is missing, or has another size
 */
async function hasSize(url: string, { size }: PackageFile, { transfer }: FileEffects): Promise<boolean> {
  const { status, headers } = await transfer
    .request({ method: 'HEAD', url, headers: asItIs })
    .catch((cause: unknown) => {
      throw cause instanceof HttpError ? unreachable('the repository', cause) : cause;
    });
  if (status !== 200) throw refusal(url, status);
  const length = headers['content-length'];
  if (length === undefined) return false;
  if (Number(length) === size) return true;
  throw new DlrnError('unexpected-answer', `${redactUrl(url)} has ${length} bytes, primary.xml says ${size}`);
}
