import { FeaturesetError } from '../../error.ts';
import { isList, isMap, own, printed, type Value } from '../value.ts';
import type { Budget } from './budget.ts';

/**
 * Returns what an operator of Python makes of two values.
 * @throws FeaturesetError `bad-expression` when it makes nothing of them.
 */
export function operate(operator: string, left: Value, right: Value, budget: Budget): Value {
  switch (operator) {
    case '==':
      return isEqual(left, right, budget);
    case '!=':
      return !isEqual(left, right, budget);
    case 'in':
      return isIn(left, right, budget);
    case 'not in':
      return !isIn(left, right, budget);
    case '~':
      return join(printed(left, budget.limits.text), printed(right, budget.limits.text), budget);
    case '+':
      if (typeof left === 'string' && typeof right === 'string') return join(left, right, budget);
      if (isList(left) && isList(right)) return budget.bounded([...left, ...right]);
  }
  const comparison = compare(operator, left, right);
  if (comparison !== null) return comparison;
  if (typeof left === 'number' && typeof right === 'number') return calculate(operator, left, right);
  throw new FeaturesetError('bad-expression', `${kind(left)} ${operator} ${kind(right)} is nothing that is known`);
}

/** Returns what a value is, in a word. */
export function kind(value: Value): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  return isMap(value) ? 'a map' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}

/** Whether two values are equal, all that is in them included. A text is never equal to a number. */
export function isEqual(left: Value, right: Value, budget: Budget): boolean {
  budget.spend(1);
  if (isList(left)) {
    return (
      isList(right) &&
      left.length === right.length &&
      left.every((item, index) => isEqual(item, right[index] as Value, budget))
    );
  }
  if (isMap(left)) {
    if (!isMap(right) || Object.keys(left).length !== Object.keys(right).length) return false;
    return Object.entries(left).every(([key, value]) => {
      const other = own(right, key);
      return other !== undefined && isEqual(value, other, budget);
    });
  }
  return left === right;
}

function isIn(member: Value, whole: Value, budget: Budget): boolean {
  if (isList(whole)) return whole.some((item) => isEqual(item, member, budget));
  if (typeof whole === 'string' && typeof member === 'string') return whole.includes(member);
  if (isMap(whole)) return typeof member === 'string' && own(whole, member) !== undefined;
  throw new FeaturesetError('bad-expression', `${kind(member)} cannot be in ${kind(whole)}`);
}

function join(left: string, right: string, budget: Budget): string {
  return budget.bounded(left + right);
}

function compare(operator: string, left: Value, right: Value): boolean | null {
  const order = orderOf(left, right);
  if (order === null) return null;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  return operator === '>=' ? order >= 0 : null;
}

function orderOf(left: Value, right: Value): number | null {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left !== 'string' || typeof right !== 'string') return null;
  return left < right ? -1 : Number(left > right);
}

function calculate(operator: string, left: number, right: number): number {
  const result = numberOf(operator, left, right);
  if (Number.isFinite(result)) return result;
  throw new FeaturesetError('bad-expression', `${left} ${operator} ${right} is no number`);
}

function numberOf(operator: string, left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  if (operator === '/') return left / right;
  if (operator === '//') return Math.floor(left / right);
  // Of Python: the rest has the sign of the divisor.
  if (operator === '%') return left - right * Math.floor(left / right);
  return operator === '**' ? left ** right : NaN;
}
