/**
 * A signal that follows another one, except while work is shielded: a flip that has begun is finished, because a label
 * left half-way is worse than a cancelled job that ends a second later.
 */
export interface Shield {
  readonly signal: AbortSignal;
  /** Runs `work` shielded; an abort that came meanwhile takes effect afterwards. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Aborts also what is shielded: nothing more may be written, and what is on its way must not arrive late. */
  breakOff(reason: unknown): void;
}

/** Returns a shield around `outer`. Give its signal to everything that the flip uses. */
export function createShield(outer: AbortSignal, onHeldBack: () => void = () => undefined): Shield {
  const inner = new AbortController();
  let shielded = 0;
  const follow = (): void => {
    if (shielded > 0) onHeldBack();
    else inner.abort(outer.reason);
  };
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: inner.signal,
    breakOff: (reason) => inner.abort(reason),
    async during(work) {
      shielded += 1;
      try {
        return await work();
      } finally {
        shielded -= 1;
        if (shielded === 0 && outer.aborted) inner.abort(outer.reason);
      }
    },
  };
}
