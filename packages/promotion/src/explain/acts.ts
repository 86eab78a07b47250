import type { Act, LabelExplanation, LackingJob, Stop } from './types.ts';
import { lackingName } from './words.ts';

/** Returns who has to do what, so that the label moves: each person once. Nobody, where the next run or time does it. */
export function actsOf(explained: Pick<LabelExplanation, 'answer' | 'label' | 'nearest' | 'freezes'>): readonly Act[] {
  const { answer, label, nearest, freezes } = explained;
  switch (answer) {
    case 'half-done':
      return [{ who: null, what: `end it: tagflow resume ${label}` }];
    case 'frozen':
      return freezes.map(lift);
    case 'held':
      return (nearest?.holds ?? []).map(lift);
    case 'waiting':
    case 'blocked':
      return nearest?.lacking == null
        ? [{ who: null, what: 'mend the criteria in the configuration' }]
        : byOwner(nearest.lacking);
    case 'running':
    case 'moves-now':
    case 'nothing-newer':
    case 'no-candidate':
      return [];
  }
}

function lift({ owner, kind, id, lift: how }: Stop): Act {
  return { who: owner, what: `end the ${kind}${how.includes(id) ? '' : ` ${id}`}: ${how}` };
}

function byOwner(lacking: readonly LackingJob[]): readonly Act[] {
  const groups = Map.groupBy(lacking, ({ owner }) => owner);
  return [...groups].map(([who, jobs]) => {
    const works = Map.groupBy(jobs, ({ toDo }) => toDo);
    return { who, what: [...works].map(([toDo, same]) => `${verbs[toDo]} ${namesOf(same)}`).join('; ') };
  });
}

/** One job by its name; of several their names stand beside it, and would fill the screen. */
function namesOf(jobs: readonly LackingJob[]): string {
  const [only] = jobs;
  return jobs.length === 1 && only !== undefined ? lackingName(only) : `${jobs.length} jobs`;
}

const verbs: Readonly<Record<LackingJob['toDo'], string>> = {
  wait: 'wait for',
  run: 'run',
  'run-again': 'mend or run again',
  'check-name': 'check the name of',
  'run-any': 'run',
};
