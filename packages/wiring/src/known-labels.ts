import { type Config, managedLabels } from '@tagflow/config';
import { type Label, parseLabel, previousOf } from '@tagflow/model';
import { PromotionError } from '@tagflow/promotion';
import { operandForms } from './operand.ts';

/**
 * Returns which component a label is of; null is the whole repository, which counts where a label is of both.
 * @param given whose label is meant, where somebody says so
 * @throws PromotionError `bad-request` for a label that the configuration does not have, or has for several components
 */
export function componentOf(config: Config, label: Label, given: string | undefined): string | null {
  if (!labelsOf(config).includes(label)) {
    throw new PromotionError('bad-request', `"${label}" is neither a label of ${config.file} nor a full hash`, {
      outcome: 'invalid',
      next: `It has the labels ${labelsOf(config).join(', ')}. Give one of them, or ${operandForms}.`,
    });
  }
  if (given !== undefined) return given;
  const base = withoutPrevious(label);
  const phases = Object.values(config.phases).filter((phase) => namedBy(phase).includes(base));
  const components = [...new Set(phases.map(({ component }) => component))];
  const [first = null] = components;
  if (components.length <= 1 || components.includes(null)) return components.includes(null) ? null : first;
  throw new PromotionError('bad-request', `label ${label} is one of components: ${components.join(', ')}`, {
    outcome: 'invalid',
    next: 'Give --component.',
  });
}

function namedBy({ pin, promote, handOff }: Config['phases'][string]): readonly Label[] {
  const all = [pin?.from, pin?.to, promote?.from, promote?.to, handOff?.label];
  return all.filter((label) => label !== undefined);
}

/** Returns every label that a configuration names, with the previous ones of those that it moves, and DLRN's own two. */
export function labelsOf(config: Config): readonly Label[] {
  const named = Object.values(config.phases).flatMap(namedBy);
  const own = ['consistent', 'current'].map(parseLabel);
  return [...new Set([...named, ...managedLabels(config).map(previousOf), ...own])];
}

/** Returns the components that the phases of a configuration are about. */
export function componentsOf(config: Config): readonly string[] {
  return [...new Set(Object.values(config.phases).flatMap(({ component }) => component ?? []))];
}

/** Returns the label that a `previous-…` label belongs to, else the label. */
export function withoutPrevious(label: Label): Label {
  return label.startsWith('previous-') ? parseLabel(label.slice('previous-'.length)) : label;
}
