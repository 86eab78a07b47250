import { type Answer, refuse } from './answer.ts';
import type { LabFault } from './fault.ts';

/** Returns what is answered before anything is done, `reset` for nothing at all; null lets the request pass. */
export function answerBefore(fault: LabFault | null): Answer | 'reset' | null {
  if (fault?.type === 'reset') return 'reset';
  if (fault?.type !== 'status') return null;
  const code = fault.status === 429 ? 'TOOMANYREQUESTS' : fault.status === 403 ? 'DENIED' : 'UNKNOWN';
  const refusal = refuse(fault.status, { code, message: 'a fault of the lab' });
  return fault.retryAfter === undefined
    ? refusal
    : { ...refusal, headers: { ...refusal.headers, 'retry-after': `${fault.retryAfter}` } };
}

/** Returns what is answered when everything is done. */
export function answerAfter(status: number): Answer {
  return refuse(status, { code: 'UNKNOWN', message: 'a fault of the lab, after the work was done' });
}
