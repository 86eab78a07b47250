import type { FullHash } from '@tagflow/model';
import type { MatrixJob } from './matrix.ts';

/** What jobs test. */
export interface TestedHash {
  readonly fullHash: FullHash;
  /** The immutable directory of the hash. */
  readonly repoUrl: string | null;
  readonly release: string | null;
  readonly distro: string | null;
  /** The path of the set.json of the hash. */
  readonly setFile: string | null;
}

/** Returns the variables that tell a job what it tests, and where it writes to. */
export function jobVariables(
  job: MatrixJob,
  { fullHash, repoUrl, release, distro, setFile }: TestedHash,
  { folder, resultsDir }: { readonly folder: string; readonly resultsDir: string },
): Readonly<Record<string, string>> {
  return known({
    TAGFLOW_FULL_HASH: fullHash,
    TAGFLOW_REPO_URL: repoUrl,
    TAGFLOW_RELEASE: release,
    TAGFLOW_DISTRO: job.distro ?? distro,
    TAGFLOW_ARCH: job.arch,
    TAGFLOW_SET: setFile,
    TAGFLOW_OUT_DIR: folder,
    TAGFLOW_RESULTS_DIR: resultsDir,
    TAGFLOW_JOB: job.job,
    TAGFLOW_FEATURESET: job.featureset,
    TAGFLOW_NODES: job.nodes,
  });
}

/** Returns what the parameters of runners of other systems may hold; what is not known is an empty text there. */
export function jobFacts(
  job: MatrixJob,
  { fullHash, repoUrl, release, distro }: TestedHash,
  key: string,
): Readonly<Record<string, string>> {
  return {
    'full-hash': fullHash,
    'repo-url': repoUrl ?? '',
    release: release ?? '',
    distro: job.distro ?? distro ?? '',
    arch: job.arch ?? '',
    job: job.job,
    featureset: job.featureset ?? '',
    nodes: job.nodes ?? '',
    key,
  };
}

function known(values: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
  );
}
