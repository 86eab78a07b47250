import type { Complaint } from './complaints.ts';
import { formatPath } from './path.ts';
import { sectionNames, type TemplateName, templateNames } from './phase-shape.ts';
import { phaseTemplates } from './templates.ts';
import { entries, get, isThere, text, type View } from './view.ts';

/** Checks each phase against its template, and its labels against each other and those of the other phases. */
export function checkPhases(config: View): readonly Complaint[] {
  const component = text(get(config, 'dlrn', 'mode')) === 'component';
  const phases = entries(get(config, 'phases'));
  return [
    ...phases.flatMap(([name, phase]) => [...checkTemplate(name, phase, component), ...checkLabels(phase)]),
    ...checkOwnership(phases.map(([, phase]) => phase)),
  ];
}

function checkTemplate(name: string, phase: View, componentMode: boolean): readonly Complaint[] {
  const written = text(get(phase, 'template'));
  const template = templateNames.find((one) => one === (written ?? name));
  if (template === undefined) {
    // A template that is written wrongly is the schema's to tell.
    if (written !== null || !isThere(phase)) return [];
    const message = `"${name}" is no template, so the phase has to name one; allowed: template: ${templateNames.join(', ')}`;
    return [{ path: phase.path, message }];
  }
  const { sections } = phaseTemplates[template];
  const found: Complaint[] = sectionNames
    .filter((section) => !sections.includes(section) && isThere(get(phase, section)))
    .map((section) => ({
      path: phase.path,
      key: section,
      message: `template ${template} has no ${section}; it has: ${sections.join(', ')}`,
    }));
  const start = startSections(template);
  if (!start.some((section) => isThere(get(phase, section)))) {
    found.push({
      path: phase.path,
      message: `nothing says which label the phase begins with; give it ${start.join(' or ')}`,
    });
  }
  return [...found, ...checkComponent(template, get(phase, 'component'), componentMode)];
}

function startSections(template: TemplateName): readonly string[] {
  return ['pin', 'promote', 'hand-off'].filter((section) =>
    phaseTemplates[template].sections.some((one) => one === section),
  );
}

function checkComponent(template: TemplateName, component: View, componentMode: boolean): readonly Complaint[] {
  const wanted = template === 'component';
  const found: Complaint[] = [];
  if (wanted && !isThere(component))
    found.push({ path: component.path, message: 'is missing: template component needs one, such as network' });
  if (!wanted && isThere(component))
    found.push({ path: component.path, message: `is for template component only, and this is ${template}` });
  if (wanted && !componentMode) {
    found.push({ path: component.path, message: 'template component needs dlrn.mode: component' });
  }
  return found;
}

function checkLabels(phase: View): readonly Complaint[] {
  const found: Complaint[] = [];
  for (const section of ['pin', 'promote']) {
    const to = get(phase, section, 'to');
    if (text(to) !== null && text(to) === text(get(phase, section, 'from'))) {
      found.push({
        path: to.path,
        message: `"${text(to)}" is both from and to: a label cannot be moved to its own hash`,
      });
    }
  }
  const pinned = text(get(phase, 'pin', 'to'));
  const candidate = get(phase, 'promote', 'from');
  if (pinned !== null && text(candidate) !== null && text(candidate) !== pinned) {
    found.push({
      path: candidate.path,
      message: `"${text(candidate)}" is not what the phase pins; allowed: ${pinned}`,
    });
  }
  return found;
}

// Two phases that move one label would undo each other's work. Components have labels of their own.
function checkOwnership(phases: readonly View[]): readonly Complaint[] {
  const owners = new Map<string, View>();
  return phases.flatMap((phase) =>
    ['pin', 'promote'].flatMap((section) => {
      const to = get(phase, section, 'to');
      const label = text(to);
      if (label === null) return [];
      const key = `${text(get(phase, 'component')) ?? ''}/${label}`;
      const owner = owners.get(key);
      if (owner !== undefined)
        return [{ path: to.path, message: `"${label}" is moved by ${formatPath(owner.path)} already` }];
      owners.set(key, to);
      return [];
    }),
  );
}
