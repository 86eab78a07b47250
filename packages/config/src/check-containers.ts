import type { Complaint } from './complaints.ts';
import { entries, get, items, text, type View } from './view.ts';

/** Checks that optional destinations are destinations, and that somebody is left for them to follow. */
export function checkContainers(config: View): readonly Complaint[] {
  return entries(get(config, 'phases')).flatMap(([, phase]) => checkOptional(get(phase, 'promote', 'containers')));
}

function checkOptional(containers: View): readonly Complaint[] {
  const destinations = items(get(containers, 'destinations')).flatMap((view) => text(view) ?? []);
  const optional = get(containers, 'optional');
  if (destinations.length === 0) return [];
  const known = destinations.join(', ');
  const found: Complaint[] = items(optional).flatMap((view) => {
    const name = text(view);
    if (name === null || destinations.includes(name)) return [];
    return [{ path: view.path, message: `"${name}" is not one of the destinations; allowed: ${known}` }];
  });
  const names = new Set(items(optional).map(text));
  if (destinations.every((name) => names.has(name))) {
    const message = `all destinations are optional; at least one of ${known} has to be required, for the others to follow`;
    found.push({ path: optional.path, message });
  }
  return found;
}
