import { FeaturesetError } from '../../error.ts';
import { isList, isMap, type Value } from '../value.ts';
import { evaluateTemplate, type Scope } from './evaluate.ts';
import { isTemplate, parseTemplate } from './template.ts';

/**
 * Returns a value with every template in it replaced by what it makes. Nothing of a template is ever run as code, what
 * it makes is not read as a template again, and all of it is bounded by the budget of the scope.
 * @throws FeaturesetError `bad-expression`
 */
export function render(value: Value, scope: Scope): Value {
  try {
    return scope.budget.bounded(rendered(value, scope));
  } catch (error) {
    // The engine's own end of a stack, or of a text.
    if (!(error instanceof RangeError)) throw error;
    throw new FeaturesetError('bad-expression', 'the expression is too large', { cause: error });
  }
}

function rendered(value: Value, scope: Scope): Value {
  if (typeof value === 'string') {
    return isTemplate(value) ? evaluateTemplate(parseTemplate(value, scope.budget.limits.template), scope) : value;
  }
  if (isList(value)) return value.map((item) => rendered(item, scope));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rendered(item, scope)]));
}
