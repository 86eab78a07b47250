import type { Clock } from '@tagflow/model';
import type { Pace, Pacer, Refusal } from './pacer.ts';
import { heededRetryAfter } from './retry.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface PacedOptions<Kind> {
  readonly pacer: Pacer | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** The request sends a stream, whose source may have to wait for the very server that it goes to. */
  readonly isStream?: boolean;
  /** Returns the answer of a server that is asked no more. */
  readonly refused: (refusal: Refusal) => Kind;
}

/**
 * Returns what `send` does, sent at the pace of its server. What is sent counts until its answer begins, a stream only
 * until it is begun; what the answer says of the pace holds for everybody.
 */
export async function paced<Kind extends Answer>(
  origin: string,
  { pacer, clock, isStream, refused }: PacedOptions<Kind>,
  send: () => Promise<Kind>,
): Promise<Kind> {
  const turn = await pacer?.enter(origin);
  if (turn === undefined) return send();
  if (turn.refusal !== null) return refused(turn.refusal);
  let answer: Kind | null = null;
  try {
    const sending = send();
    if (isStream === true) turn.leave();
    answer = await sending;
    return answer;
  } finally {
    // Before the next one is let in: it is sent at the new pace.
    turn.learn(paceOf(answer, clock));
    if (isStream !== true) turn.leave();
  }
}

/** Returns what an answer, null where there was none, says of the pace. */
export function paceOf(answer: Answer | null, clock: Pick<Clock, 'now'>): Pace {
  const retryAfter = answer?.headers['retry-after'];
  return { status: answer?.status ?? null, retryAfterMs: heededRetryAfter(retryAfter, clock.now()), retryAfter };
}
