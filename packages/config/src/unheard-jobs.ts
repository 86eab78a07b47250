import { type Criterion, type Informing, matchesJob } from '@tagflow/model';
import type { Phase } from './types.ts';

/**
 * Returns the jobs of a phase that vote and that nothing in its criteria names: what they say decides nothing, most often
 * because one of the two names was changed and the other was not.
 */
export function unheardJobs({ test, promote }: Phase): readonly string[] {
  const criteria = promote?.criteria ?? 'none';
  if (criteria === 'none' || test === null) return [];
  const hears = (part: Criterion | Informing, job: string): boolean => {
    if (typeof part === 'string') return part === job;
    if ('matching' in part) return matchesJob(part.matching, job);
    return ('allOf' in part ? part.allOf : 'anyOf' in part ? part.anyOf : part.of).some((one) => hears(one, job));
  };
  const { allOf, informing } = criteria;
  const isHeard = (job: string): boolean => [...allOf, ...informing].some((part) => hears(part, job));
  return test.jobs.filter(({ job, voting }) => voting && !isHeard(job)).map(({ job }) => job);
}
