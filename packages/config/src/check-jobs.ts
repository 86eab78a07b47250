import type { Complaint } from './complaints.ts';
import { formatPath } from './path.ts';
import { formatFeatureset, readJobName } from './job-name.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** Checks the jobs of every phase and the criteria that name jobs. */
export function checkJobs(config: View): readonly Complaint[] {
  return entries(get(config, 'phases')).flatMap(([, phase]) => [
    ...duplicates([...items(get(phase, 'test', 'jobs')), ...items(get(phase, 'after', 'jobs'))].map(nameOfJob)),
    ...(['test', 'after'] as const).flatMap((section) => checkSection(get(phase, section))),
    ...checkCriteria(get(phase, 'promote', 'criteria')),
  ]);
}

function nameOfJob(job: View): View {
  return text(job) === null ? get(job, 'job') : job;
}

function checkSection(section: View): readonly Complaint[] {
  const common = isThere(get(section, 'command'));
  return items(get(section, 'jobs')).flatMap((job) => {
    const name = text(nameOfJob(job));
    const found: Complaint[] = [];
    if (name !== null && !common && !isThere(get(job, 'command'))) {
      const where = formatPath([...section.path, 'command']);
      found.push({
        path: job.path,
        message: `job "${name}" has no command; give it one, or all of them one as ${where}`,
      });
    }
    const facts = readJobName(name ?? '');
    const featureset = get(job, 'featureset');
    const { value } = featureset;
    if (facts.featureset !== null && (typeof value === 'string' || typeof value === 'number')) {
      if (formatFeatureset(value) !== facts.featureset) {
        found.push({
          path: featureset.path,
          message: `"${formatFeatureset(value)}" is not the featureset in the job's name, ${facts.featureset}`,
        });
      }
    }
    const nodes = get(job, 'nodes');
    if (facts.nodes !== null && text(nodes) !== null && text(nodes) !== facts.nodes) {
      found.push({ path: nodes.path, message: `"${text(nodes)}" are not the nodes in the job's name, ${facts.nodes}` });
    }
    return found;
  });
}

function checkCriteria(criteria: View): readonly Complaint[] {
  const criterions = items(get(criteria, 'all-of'));
  return [
    ...duplicates([...criterions.flatMap(jobsOf), ...items(get(criteria, 'informing'))]),
    ...criterions.flatMap(groupsOf).flatMap((group) => {
      const needed = get(group, 'at-least');
      const list = items(get(group, 'of'));
      if (typeof needed.value !== 'number' || list.length === 0 || needed.value <= list.length) return [];
      return [
        {
          path: needed.path,
          message: `${needed.value} of ${list.length} can never succeed; allowed: 1 to ${list.length}`,
        },
      ];
    }),
  ];
}

const lists = ['all-of', 'any-of', 'of'];

function jobsOf(criterion: View): readonly View[] {
  if (text(criterion) !== null) return [criterion];
  return lists.flatMap((list) => items(get(criterion, list)).flatMap(jobsOf));
}

function groupsOf(criterion: View): readonly View[] {
  if (text(criterion) !== null) return [];
  return [criterion, ...lists.flatMap((list) => items(get(criterion, list)).flatMap(groupsOf))];
}

function duplicates(names: readonly View[]): readonly Complaint[] {
  const first = new Map<string, View>();
  return names.flatMap((name) => {
    const job = text(name);
    if (job === null) return [];
    const seen = first.get(job);
    if (seen !== undefined)
      return [{ path: name.path, message: `job "${job}" is there already, as ${formatPath(seen.path)}` }];
    first.set(job, name);
    return [];
  });
}
