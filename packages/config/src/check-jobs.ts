import { checkCriteria } from './check-criteria.ts';
import type { Complaint } from './complaints.ts';
import { duplicates } from './duplicates.ts';
import { checkNameTemplate, isElsewhere } from './check-runners.ts';
import { formatPath } from './path.ts';
import { formatFeatureset, readJobName } from './job-name.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** Checks the jobs of every phase and the criteria that name jobs. */
export function checkJobs(config: View): readonly Complaint[] {
  return entries(get(config, 'phases')).flatMap(([, phase]) => [
    ...duplicates([...items(get(phase, 'test', 'jobs')), ...items(get(phase, 'after', 'jobs'))].map(nameOfJob)),
    ...(['test', 'after'] as const).flatMap((section) => checkSection(config, get(phase, section))),
    ...checkCriteria(get(phase, 'promote', 'criteria')),
  ]);
}

function nameOfJob(job: View): View {
  return text(job) === null ? get(job, 'job') : job;
}

function checkSection(config: View, section: View): readonly Complaint[] {
  const common = isThere(get(section, 'command'));
  return items(get(section, 'jobs')).flatMap((job) => {
    const name = text(nameOfJob(job));
    const found: Complaint[] = [...(text(job) === null ? checkNameTemplate(job) : [])];
    const own = get(job, 'runner');
    const elsewhere = isElsewhere(config, isThere(own) ? own : get(section, 'runner'));
    if (name !== null && !common && !elsewhere && !isThere(get(job, 'command'))) {
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
