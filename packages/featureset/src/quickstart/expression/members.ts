import { FeaturesetError } from '../../error.ts';
import { isList, isMap, own, type Value, type ValueMap } from '../value.ts';
import type { Budget } from './budget.ts';
import { type Arguments, filters } from './filters.ts';
import { kind } from './operators.ts';

/** Returns what a value has under a key, or undefined: the keys of a map, the items of a list or a text. */
export function memberOf(whole: Value, key: Value): Value | undefined {
  if (isMap(whole)) return typeof key === 'string' ? own(whole, key) : undefined;
  if (typeof key !== 'number' || !(isList(whole) || typeof whole === 'string')) return undefined;
  return whole.at(key);
}

/** Returns the part of a list or a text between two places. */
export function sliceOf(whole: Value, start?: Value, stop?: Value, step?: Value): Value {
  if (!isList(whole) && typeof whole !== 'string')
    throw new FeaturesetError('bad-expression', `a part of ${kind(whole)}`);
  if (step !== undefined && step !== 1)
    throw new FeaturesetError('bad-expression', 'a part with steps is not understood');
  return whole.slice(place(start), place(stop));
}

function place(value: Value | undefined): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  throw new FeaturesetError('bad-expression', `${kind(value)} where a place is expected`);
}

const textMethods: ReadonlyMap<string, string> = new Map([
  ['lower', 'lower'],
  ['upper', 'upper'],
  ['strip', 'trim'],
  ['split', 'split'],
  ['replace', 'replace'],
]);

/** Returns what a method of Python makes of a value, or undefined where there is none of this name. */
export function method(value: Value, name: string, args: Arguments, budget: Budget): Value | undefined {
  if (typeof value === 'string') return methodOfText(value, name, args, budget);
  return isMap(value) ? methodOfMap(value, name, args) : undefined;
}

function methodOfText(value: string, name: string, args: Arguments, budget: Budget): Value | undefined {
  const [part] = args.positional;
  if (name === 'startswith' && typeof part === 'string') return value.startsWith(part);
  if (name === 'endswith' && typeof part === 'string') return value.endsWith(part);
  return filters.get(textMethods.get(name) ?? '')?.(value, args, budget);
}

function methodOfMap(value: ValueMap, name: string, { positional }: Arguments): Value | undefined {
  const [key, otherwise = null] = positional;
  if (name === 'get' && typeof key === 'string') return own(value, key) ?? otherwise;
  if (name === 'keys') return Object.keys(value);
  if (name === 'values') return Object.values(value);
  return name === 'items' ? Object.entries(value).map(([each, item]) => [each, item]) : undefined;
}
