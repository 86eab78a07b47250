import type { TemplateName } from '../phase-shape.ts';
import { jobPattern } from '../values.ts';
import type { Draft } from './draft.ts';
import { refused } from './layers.ts';
import { entriesOf, itemsOf, leavesOf, type Old, textOf } from './old-tree.ts';
import type { Target } from './targets.ts';
import type { PromotedContainers } from './to-containers.ts';

/** What moves with every label but those of components. */
export interface Moved {
  readonly containers: PromotedContainers | null;
  /** The name of an image store. */
  readonly images: string | null;
}

/** A phase, and the label that it was made of. */
export interface WrittenPhase {
  readonly name: string;
  readonly target: Target;
}

/** Writes a phase for each label that has jobs, and returns them. */
export function writePhases(draft: Draft, targets: readonly Target[], moved: Moved): readonly WrittenPhase[] {
  const written: WrittenPhase[] = [];
  for (const target of targets) {
    const name = nameOf(target, targets, new Set(written.map((each) => each.name)));
    const path = ['phases', name];
    const { jobs } = target;
    if (jobs.length === 0) {
      const why = 'has no jobs: the old promoter promoted nothing to it, and an empty list is refused here';
      const from = target.component === null ? target.fromNode : null;
      const nodes = [from, target.criteria, target.alternatives].flatMap((node) =>
        node === null ? [] : leavesOf(node),
      );
      for (const node of nodes) {
        const todo = 'Write the phase when there are jobs for it.';
        draft.find('not-carried', node, { why: `${target.component ?? target.to} ${why}`, todo });
      }
      continue;
    }
    const template = templateOf(target, targets);
    if (template !== name) draft.set([...path, 'template'], template);
    if (target.component !== null) draft.set([...path, 'component'], target.component);
    const promote = [...path, 'promote'];
    draft.set([...promote, 'from'], target.from);
    draft.set([...promote, 'to'], target.to);
    if (target.fromNode === null)
      draft.guess([...promote, 'from'], target.from, {
        why: 'the file has jobs and no candidate; this is the usual one',
      });
    else draft.carry([target.fromNode], [...promote, 'from']);
    writeCriteria(draft, target, [...promote, 'criteria']);
    if (target.component === null && moved.containers !== null) draft.set([...promote, 'containers'], moved.containers);
    if (target.component === null && moved.images !== null)
      draft.set([...promote, 'images'], { destinations: [moved.images] });
    written.push({ name, target });
  }
  return written;
}

const known: Readonly<Record<string, TemplateName>> = {
  'current-tripleo': 'upstream',
  'current-tripleo-rdo': 'rdo-phase-1',
  'current-tripleo-rdo-internal': 'rdo-phase-2',
};

/** The nearest one: the first label of a chain is upstream's, a later one that of phase 1. */
function templateOf({ to, from, component }: Target, targets: readonly Target[]): TemplateName {
  if (component !== null) return 'component';
  return (
    known[to] ?? (targets.some((other) => other.to === from && other.component === null) ? 'rdo-phase-1' : 'upstream')
  );
}

function nameOf({ to, component }: Target, targets: readonly Target[], taken: ReadonlySet<string>): string {
  const usual = known[to];
  if (component === null && usual !== undefined && !taken.has(usual)) return usual;
  const slug = to
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  const isUsual = targets.every((other) => other.component === null || other.to === to);
  const wanted = component === null ? slug : isUsual ? `component-${component}` : `${slug}-${component}`;
  return taken.has(wanted) ? `${wanted}-${taken.size + 1}` : wanted;
}

function writeCriteria(draft: Draft, { jobs, alternatives }: Target, path: readonly string[]): void {
  const required = new Map<string, Old>();
  for (const node of jobs) {
    const job = jobName(node);
    if (!required.has(job)) required.set(job, node);
    else draft.find('not-carried', node, { why: 'the job is in the list already; once is enough' });
  }
  draft.set([...path, 'all-of'], [...required.keys()]);
  draft.carry([...required.values()], [...path, 'all-of']);
  for (const [job, node] of required) {
    // configparser made small letters of all keys, and votes were compared with those.
    if (node.path.length !== 2 || typeof node.path[1] !== 'string' || job === job.toLowerCase()) continue;
    const why = 'the old promoter read small letters, so this job could never succeed there';
    draft.find('changed', node, {
      why,
      todo: 'Compare with the name under which the job votes: here it has to be exactly that.',
    });
  }
  writeAlternatives(draft, alternatives, required, [...path, 'alternatives']);
}

function writeAlternatives(
  draft: Draft,
  node: Old | null,
  required: ReadonlyMap<string, Old>,
  path: readonly string[],
): void {
  const taken = new Set(required.keys());
  for (const [job, list] of entriesOf(node)) {
    const standIns: Old[] = [];
    for (const item of itemsOf(list)) {
      const name = jobName(item);
      const todo = 'Write a group of any-of in all-of, if it has to count for more than one.';
      if (!required.has(job))
        draft.find('not-carried', item, { why: `the criteria do not name ${job}, so it stood in for nothing` });
      else if (required.has(name))
        draft.find('not-carried', item, {
          why: 'the criteria name it as well, so it cannot stand in for another job here',
          todo,
        });
      else if (taken.has(name))
        draft.find('not-carried', item, { why: 'stands in already, and a job stands in for one other job here', todo });
      else {
        taken.add(name);
        standIns.push(item);
      }
    }
    if (standIns.length === 0) continue;
    draft.set(
      [...path, job],
      standIns.map((item) => textOf(item)),
    );
    draft.carry(standIns, [...path, job]);
  }
}

/** An INI file has a job as a key without value, YAML as an item. */
function jobName(node: Old): string {
  const key = node.path.at(-1);
  const job =
    typeof key === 'string' ? (textOf(node) === null ? key : `${key}: ${textOf(node)}`) : (textOf(node) ?? '');
  if (jobPattern.test(job)) return job;
  const message = `"${job}" is not the name of a job; allowed: letters, digits, ".", "_" and "-"`;
  throw refused(node, message);
}
