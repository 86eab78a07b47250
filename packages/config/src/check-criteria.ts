import type { Complaint } from './complaints.ts';
import { duplicates } from './duplicates.ts';
import { formatPath } from './path.ts';
import { jobPattern } from './values.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** Checks what the parts of the criteria of a promotion say of each other. */
export function checkCriteria(criteria: View): readonly Complaint[] {
  const criterions = items(get(criteria, 'all-of'));
  const required = criterions.flatMap(namesOf);
  const informing = items(get(criteria, 'informing')).map(nameOf);
  return [
    ...duplicates([...required, ...informing]),
    ...criterions.flatMap(groupsOf).flatMap(checkCount),
    ...checkAlternatives(get(criteria, 'alternatives'), required, informing),
    ...checkVotes(get(criteria, 'votes')),
  ];
}

function checkCount(group: View): readonly Complaint[] {
  const needed = get(group, 'at-least');
  const list = items(get(group, 'of'));
  if (typeof needed.value !== 'number' || list.length === 0 || needed.value <= list.length) return [];
  const message = `${needed.value} of ${list.length} can never succeed; allowed: 1 to ${list.length}`;
  return [{ path: needed.path, message }];
}

function checkVotes(votes: View): readonly Complaint[] {
  const passes = get(votes, 'passes');
  const last = get(votes, 'of-last').value;
  if (typeof passes.value !== 'number' || typeof last !== 'number' || last < 1 || passes.value <= last) return [];
  return [{ path: passes.path, message: `${passes.value} of the last ${last} can never be; allowed: 1 to ${last}` }];
}

function checkAlternatives(
  alternatives: View,
  required: readonly View[],
  informing: readonly View[],
): readonly Complaint[] {
  const needed = new Set(required.map(text));
  const named = new Map([...informing, ...required].map((view) => [text(view), view] as const));
  const standIns = new Map<string, View>();
  return entries(alternatives).flatMap(([job, list]) => {
    const found: Complaint[] = [];
    // Where nothing is named at all, that is what is wrong; and a name that is none is the schema's to tell.
    if (required.length > 0 && jobPattern.test(job) && !needed.has(job)) {
      const message = `all-of does not name job "${job}", so nothing can stand in for it; name it there, or take it out here`;
      found.push({ path: alternatives.path, key: job, message });
    }
    for (const other of items(list)) {
      const name = text(other);
      if (name === null) continue;
      const problem = problemOf(name, job, named.get(name), standIns.get(name));
      if (problem === null) standIns.set(name, other);
      else found.push({ path: other.path, message: problem });
    }
    return found;
  });
}

function problemOf(name: string, job: string, named: View | undefined, standIn: View | undefined): string | null {
  if (name === job) return `job "${name}" cannot stand in for itself; name another job`;
  if (named !== undefined) {
    return `job "${name}" is named by the criteria as well, as ${formatPath(named.path)}, so it cannot stand in for another`;
  }
  if (standIn !== undefined) return `job "${name}" stands in already, as ${formatPath(standIn.path)}`;
  return null;
}

const lists = ['all-of', 'any-of', 'of'];

function nameOf(part: View): View {
  return isThere(get(part, 'matching')) ? get(part, 'matching') : part;
}

function namesOf(criterion: View): readonly View[] {
  if (text(nameOf(criterion)) !== null) return [nameOf(criterion)];
  return lists.flatMap((list) => items(get(criterion, list)).flatMap(namesOf));
}

function groupsOf(criterion: View): readonly View[] {
  if (text(criterion) !== null) return [];
  return [criterion, ...lists.flatMap((list) => items(get(criterion, list)).flatMap(groupsOf))];
}
