import type { Complaint } from './complaints.ts';
import { formatPath } from './path.ts';
import { text, type View } from './view.ts';

/** Complains of each job, or pattern of jobs, that was named before. */
export function duplicates(names: readonly View[]): readonly Complaint[] {
  const first = new Map<string, View>();
  return names.flatMap((name) => {
    const job = text(name);
    if (job === null) return [];
    const seen = first.get(job);
    if (seen !== undefined) {
      const kind = job.includes('*') ? 'pattern' : 'job';
      return [{ path: name.path, message: `${kind} "${job}" is there already, as ${formatPath(seen.path)}` }];
    }
    first.set(job, name);
    return [];
  });
}
