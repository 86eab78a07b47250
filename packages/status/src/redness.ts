/** What a label has named, as far as it counts here. */
export interface LabelHistory {
  /** Yields what a label named, newest first; times are whole seconds since 1970. */
  promotionPages(
    label: string,
    place?: { readonly component?: string },
  ): AsyncIterable<{ readonly fullHash: string; readonly timestamp: number }>;
}

/** How long a label has not moved. */
export interface Redness {
  readonly isRed: boolean;
  /** When it was promoted last, or, where it never was, when it had its first candidate; milliseconds since 1970. */
  readonly since: number;
  /** What it was promoted to last; null: it never was. */
  readonly lastHash: string | null;
  readonly redAfterMs: number;
}

export interface RednessQuestion {
  readonly label: string;
  /** Null where nobody remembers what it named (`consistent`, `current`). */
  readonly candidateLabel: string | null;
  readonly component: string | null;
  readonly redAfterMs: number;
}

/**
 * Returns whether a label is red: for so long nothing was promoted to it, though there was something to promote. A
 * promotion back to what it named before counts as one: somebody decided it. Null where there never was a candidate.
 */
export async function readRedness(
  history: LabelHistory,
  { label, candidateLabel, component, redAfterMs }: RednessQuestion,
  now: number,
): Promise<Redness | null> {
  const place = component === null ? {} : { component };
  const answer = (seconds: number, lastHash: string | null): Redness => {
    const since = seconds * 1000;
    return { isRed: now - since > redAfterMs, since, lastHash, redAfterMs };
  };
  for await (const { fullHash, timestamp } of history.promotionPages(label, place)) return answer(timestamp, fullHash);
  let first: number | null = null;
  if (candidateLabel !== null) {
    for await (const { timestamp } of history.promotionPages(candidateLabel, place)) first = timestamp;
  }
  return first === null ? null : answer(first, null);
}
