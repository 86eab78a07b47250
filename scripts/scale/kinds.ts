import type { Counts } from './measure.ts';

/** A line of the report: some kinds of requests together. */
export interface Group {
  readonly title: string;
  readonly kinds: RegExp;
  /**
   * How many there are depends on what happens to be asked for at the same moment too: such a line is near the truth,
   * and two runs differ by a few of a hundred.
   */
  readonly about?: true;
  /** It does not grow with containers, registries and jobs to speak of. */
  readonly flat?: true;
}

/** What is counted, in the order of the report. */
export const groups: readonly Group[] = [
  { title: 'DLRN API, reads', kinds: /^DLRN api: GET/ },
  { title: 'DLRN API, writes', kinds: /^DLRN api: POST/ },
  { title: 'DLRN repository files', kinds: /^DLRN tree: /, about: true, flat: true },
  { title: 'building registry, HEAD', kinds: /^source: HEAD/ },
  { title: 'building registry, manifests read', kinds: /^source: GET manifest/, about: true },
  { title: 'building registry, layers and configs read', kinds: /^source: GET blob/, about: true },
  { title: 'building registry, writes', kinds: /^source: (?:PUT|POST|DELETE)/ },
  { title: 'other registries, HEAD', kinds: /^other: HEAD/ },
  { title: 'other registries, manifests read', kinds: /^other: GET manifest/ },
  { title: 'other registries, tokens', kinds: /^other: GET (?:token|ping)/, about: true },
  { title: 'other registries, configs read', kinds: /^other: GET blob/ },
  { title: 'other registries, writes', kinds: /^other: (?:PUT|POST|DELETE)/ },
  { title: 'image store, SFTP requests besides data', kinds: /^store SFTP/, about: true, flat: true },
  { title: 'image store, HTTP requests', kinds: /^store HTTP/ },
];

/** Returns how many requests of a group there were. */
export function sumOf(counts: Counts, { kinds }: Pick<Group, 'kinds'>): number {
  return Object.entries(counts).reduce((sum, [kind, count]) => (kinds.test(kind) ? sum + count : sum), 0);
}
