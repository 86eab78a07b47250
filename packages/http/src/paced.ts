import type { Clock } from '@tagflow/model';
import type { Pacer } from './pacer.ts';
import { parseRetryAfter } from './retry.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns what `send` does, sent at the pace of its server. A stream counts until its answer begins; what the answer says
 * of the pace holds for everybody.
 */
export async function paced<Kind extends Answer>(
  origin: string,
  { pacer, clock }: { readonly pacer: Pacer | undefined; readonly clock: Pick<Clock, 'now'> },
  send: () => Promise<Kind>,
): Promise<Kind> {
  const leave = await pacer?.enter(origin);
  let answer: Kind | null = null;
  try {
    answer = await send();
    return answer;
  } finally {
    const retryAfterMs = parseRetryAfter(answer?.headers['retry-after'], clock.now());
    leave?.({ status: answer?.status ?? null, retryAfterMs });
  }
}
