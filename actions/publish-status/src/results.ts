import { matchesJob, messageOf, ParseError } from '@tagflow/model';
import type { Given } from './inputs.ts';

/** Why a promotion ended as it did, and who has to act. */
export interface Why {
  /** Empty where nobody said. */
  readonly reason: string;
  /** Each once, in the order of the open jobs. */
  readonly owners: readonly string[];
}

interface Open {
  readonly kind: string;
  readonly job: string;
  readonly text: string;
}

/**
 * Returns what a verdict says; a sentence that was given wins. Where all is well nobody asks why: a verdict that is yes
 * may have jobs that others stood in for.
 * @param verdict the output of promote-symlink; empty: it has none
 * @param owners of tagflow.yaml: of a job the first one whose pattern fits
 * @throws ParseError when the verdict is none
 */
export function whyOf(
  { verdict = '', message, outcome }: Pick<Given, 'verdict' | 'message' | 'outcome'>,
  owners: readonly { readonly pattern: string; readonly owner: string }[],
): Why {
  const isWell = outcome === 'done' || outcome === 'nothing-to-do';
  const open = verdict === '' || isWell ? [] : openReasons(verdict);
  const named = open.flatMap(({ job }) => owners.find(({ pattern }) => matchesJob(pattern, job))?.owner ?? []);
  const forbidding = open.filter(({ kind }) => kind === 'hold' || kind === 'freeze');
  const said = forbidding.length > 0 ? forbidding : open;
  return { reason: message ?? said.map(({ text }) => text).join('; '), owners: [...new Set(named)] };
}

function openReasons(verdict: string): readonly Open[] {
  const bad = (why: string): ParseError =>
    new ParseError(`input "verdict" is not the verdict of promote-symlink: ${why}`, 'Give its output as it is.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(verdict);
  } catch (error) {
    throw bad(messageOf(error));
  }
  const reasons = typeof parsed === 'object' && parsed !== null && 'reasons' in parsed ? parsed.reasons : null;
  if (!Array.isArray(reasons)) throw bad('it has no reasons');
  return reasons.flatMap((reason: unknown) => {
    const { met, kind, job, text } = (reason ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof met !== 'boolean' || typeof kind !== 'string' || typeof text !== 'string') throw bad('a reason is none');
    return met || kind === 'informing' ? [] : [{ kind, job: typeof job === 'string' ? job : '', text }];
  });
}
