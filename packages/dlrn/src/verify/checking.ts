import { type Check, messageOf, TagflowError } from '@tagflow/model';
import type { Counter } from './read-file.ts';

/** Takes what was found, as it is found. */
export interface Checking {
  readonly onCheck: (check: Check) => void;
  readonly signal: AbortSignal;
}

/**
 * Looks at one thing and tells what was found; what is wrong is told as well, and null is returned then.
 * @param work returns what was seen to hold, and what comes of it
 */
export async function checked<Value>(
  { onCheck, signal }: Checking,
  kind: Check['kind'],
  subject: string,
  work: (counter: Counter) => Promise<{ readonly detail: string; readonly value: Value }>,
): Promise<Value | null> {
  const counter: Counter = { bytes: 0 };
  try {
    const { detail, value } = await work(counter);
    onCheck({ kind, subject, detail, ok: true, bytes: counter.bytes });
    return value;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TagflowError)) throw error;
    onCheck({ kind, subject, detail: messageOf(error), ok: false, bytes: counter.bytes });
    return null;
  }
}
