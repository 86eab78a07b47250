/** What the name of a job says by itself. */
export interface JobNameFacts {
  /** Three digits. */
  readonly featureset: string | null;
  readonly nodes: string | null;
}

/**
 * Returns the featureset and the nodes in a job's name. TripleO's periodic jobs are named
 * `periodic-tripleo-ci-<distro>-<version>-<environment>[-<nodes>]-featureset<NNN>-<release>`.
 */
export function readJobName(job: string): JobNameFacts {
  const match = /(?:-(\d+[a-z]+(?:_[0-9a-z]+)*))?-featureset(\d{3})(?:-|$)/.exec(job);
  return { featureset: match?.[2] ?? null, nodes: match?.[1] ?? null };
}

/** Returns a featureset as three digits; YAML gives a number where nobody wrote quotes. */
export function formatFeatureset(featureset: string | number): string {
  return String(featureset).padStart(3, '0');
}
