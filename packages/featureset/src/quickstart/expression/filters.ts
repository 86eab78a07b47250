import { FeaturesetError } from '../../error.ts';
import { asBoolean, isList, isMap, isTruthy, own, printed, type Value, type ValueMap } from '../value.ts';
import type { Budget } from './budget.ts';
import { networkPart, nthHost } from './network.ts';
import { isEqual, kind } from './operators.ts';
import { replacePattern, safePattern } from './pattern.ts';

/** What stands in the parentheses of a filter, a test or a method. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export type Filter = (value: Value, args: Arguments, budget: Budget) => Value;

/** The filters of Jinja and Ansible that files of tripleo-quickstart use, and their nearest kin. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['bool', asBoolean],
  ['int', (value, args) => toInteger(value, number(args.positional[0] ?? 0, 'the default'))],
  ['float', (value) => (Number.isFinite(Number(value)) ? Number(value) : 0)],
  ['string', (value, _, budget) => printed(value, budget.limits.text)],
  ['lower', (value) => text(value).toLowerCase()],
  ['upper', (value) => text(value).toUpperCase()],
  ['trim', (value) => text(value).trim()],
  ['basename', (value) => text(value).replace(/^.*\//su, '')],
  ['dirname', (value) => /^(.*)\//su.exec(text(value))?.[1] ?? ''],
  ['length', (value) => lengthOf(value)],
  ['count', (value) => lengthOf(value)],
  ['list', (value, _, budget) => budget.bounded(items(value))],
  ['first', (value) => items(value)[0] ?? null],
  ['last', (value) => items(value).at(-1) ?? null],
  ['reverse', (value) => items(value).toReversed()],
  ['unique', (value, _, budget) => unique(items(value), budget)],
  ['sort', (value, _, budget) => sorted(items(value), budget)],
  ['join', (value, args, budget) => joined(items(value), text(args.positional[0] ?? ''), budget)],
  ['split', (value, args, budget) => budget.bounded(split(text(value), args.positional[0]))],
  ['replace', (value, args, budget) => replaced(text(value), texts(args, 2), budget)],
  ['regex_replace', (value, args, budget) => replacedPattern(text(value), args, budget)],
  ['ternary', (value, args) => ternary(value, args)],
  ['combine', (value, args, budget) => budget.bounded(combine(value, args))],
  ['items', (value) => Object.entries(map(value)).map(([key, item]) => [key, item])],
  ['map', (value, args, budget) => budget.bounded(mapped(items(value), args, budget))],
  ['nthhost', (value, args) => nthHost(text(value), number(args.positional[0] ?? 0, 'nthhost'))],
  ['ipaddr', (value, args) => networkPart(text(value), text(args.positional[0] ?? 'address'))],
]);

/** The tests, but for `defined` and `undefined`, which alone may be asked of what is not there. */
export const tests: ReadonlyMap<string, (value: Value, args: Arguments, budget: Budget) => boolean> = new Map([
  ['none', (value: Value) => value === null],
  ['true', (value: Value) => value === true],
  ['false', (value: Value) => value === false],
  ['string', (value: Value) => typeof value === 'string'],
  ['number', (value: Value) => typeof value === 'number'],
  ['boolean', (value: Value) => typeof value === 'boolean'],
  ['mapping', isMap],
  ['sequence', (value: Value) => typeof value === 'string' || isList(value)],
  ['iterable', (value: Value) => typeof value === 'object' || typeof value === 'string'],
  ['match', (value: Value, args: Arguments) => startsWithPattern(text(value), texts(args, 1)[0] ?? '')],
  ['search', (value: Value, args: Arguments) => safePattern(texts(args, 1)[0] ?? '', text(value)).test(text(value))],
  ['version', (value: Value, args: Arguments) => compareVersions(text(value), texts(args, 2))],
]);

function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new FeaturesetError('bad-expression', `${kind(value)} where a text is expected`);
}

function texts({ positional }: Arguments, count: number): readonly string[] {
  if (positional.length < count) {
    throw new FeaturesetError('bad-expression', `${positional.length} arguments: expected ${count}`);
  }
  return positional.map(text);
}

function number(value: Value, what: string): number {
  if (typeof value === 'number') return value;
  throw new FeaturesetError('bad-expression', `${kind(value)} where ${what} takes a number`);
}

function items(value: Value): readonly Value[] {
  if (isList(value)) return value;
  if (typeof value === 'string') return [...value];
  if (isMap(value)) return Object.keys(value);
  throw new FeaturesetError('bad-expression', `${kind(value)} where a list is expected`);
}

function map(value: Value): ValueMap {
  if (isMap(value)) return value;
  throw new FeaturesetError('bad-expression', `${kind(value)} where a map is expected`);
}

function toInteger(value: Value, otherwise: number): number {
  if (typeof value === 'boolean') return Number(value);
  const found = typeof value === 'number' ? Math.trunc(value) : parseInt(typeof value === 'string' ? value : '', 10);
  return Number.isFinite(found) ? found : otherwise;
}

function lengthOf(value: Value): number {
  return isMap(value) ? Object.keys(value).length : items(value).length;
}

function unique(list: readonly Value[], budget: Budget): readonly Value[] {
  const found: Value[] = [];
  for (const item of list) if (!found.some((other) => isEqual(item, other, budget))) found.push(item);
  return found;
}

function sorted(list: readonly Value[], budget: Budget): readonly Value[] {
  budget.spend(list.length * 16);
  if (list.every((item) => typeof item === 'number')) return list.toSorted((a, b) => a - b);
  return list.map(text).toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}

function joined(list: readonly Value[], separator: string, budget: Budget): string {
  let whole = '';
  for (const [index, item] of list.entries()) {
    whole = budget.bounded(whole + (index === 0 ? '' : separator) + printed(item, budget.limits.text));
  }
  return whole;
}

function split(whole: string, separator: Value | undefined): readonly string[] {
  if (separator === undefined || separator === null) return whole.trim().split(/\s+/u);
  if (separator === '') throw new FeaturesetError('bad-expression', 'a text cannot be split at nothing');
  return whole.split(text(separator));
}

/** What it makes is counted first: a replacement multiplies. */
function replaced(whole: string, [from = '', to = '']: readonly string[], budget: Budget): string {
  if (from === '') throw new FeaturesetError('bad-expression', 'nothing cannot be replaced');
  const parts = whole.split(from);
  const length = whole.length + (parts.length - 1) * (to.length - from.length);
  budget.spend(length >> 4);
  if (length > budget.limits.text) {
    throw new FeaturesetError('bad-expression', `a text of more than ${budget.limits.text} characters`);
  }
  return parts.join(to);
}

function replacedPattern(whole: string, args: Arguments, budget: Budget): string {
  const [pattern = '', replacement = ''] = texts(args, 1);
  if (replacement.length > 512)
    throw new FeaturesetError('bad-expression', 'a replacement of more than 512 characters');
  budget.spend(whole.length);
  return budget.bounded(replacePattern(whole, pattern, replacement));
}

function ternary(value: Value, { positional }: Arguments): Value {
  const [yes = null, no = null, none] = positional;
  if (value === null && none !== undefined) return none;
  return isTruthy(value) ? yes : no;
}

function combine(value: Value, { positional, named }: Arguments): ValueMap {
  const recursive = named.get('recursive') === true;
  return positional.reduce((merged: ValueMap, other) => merge(merged, map(other), recursive), map(value));
}

function merge(below: ValueMap, above: ValueMap, recursive: boolean): ValueMap {
  const entries = Object.entries(above).map(([key, value]): [string, Value] => {
    const under = recursive ? own(below, key) : undefined;
    return [key, isMap(under) && isMap(value) ? merge(under, value, recursive) : value];
  });
  return Object.fromEntries([...Object.entries(below), ...entries]);
}

function mapped(list: readonly Value[], { positional, named }: Arguments, budget: Budget): readonly Value[] {
  const attribute = named.get('attribute');
  if (attribute !== undefined) {
    return list.map((item) => own(map(item), text(attribute)) ?? named.get('default') ?? null);
  }
  const [name = null, ...rest] = positional;
  const filter = filters.get(text(name ?? ''));
  if (filter === undefined) throw unknownFilter(text(name ?? ''));
  return list.map((item) => filter(budget.paid(item), { positional: rest, named: new Map() }, budget));
}

/** Returns the error for a filter that nobody wrote. */
export function unknownFilter(name: string): FeaturesetError {
  const known = [...filters.keys(), 'default'].toSorted().join(', ');
  return new FeaturesetError('bad-expression', `the filter "${name}" is not one of ${known}`);
}

function startsWithPattern(whole: string, pattern: string): boolean {
  return safePattern(pattern, whole).exec(whole)?.index === 0;
}

/** Numbers with dots between them; Ansible's operators in signs or words. */
function compareVersions(version: string, [other = '', operator = '==']: readonly string[]): boolean {
  const [left, right] = [version, other].map((one) => one.split('.').map((part) => parseInt(part, 10) || 0));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  const differences = Array.from({ length }, (_, index) => (left?.[index] ?? 0) - (right?.[index] ?? 0));
  const order = differences.find((difference) => difference !== 0) ?? 0;
  if (['==', '=', 'eq'].includes(operator)) return order === 0;
  if (['!=', 'ne'].includes(operator)) return order !== 0;
  if (['<', 'lt'].includes(operator)) return order < 0;
  if (['<=', 'le'].includes(operator)) return order <= 0;
  if (['>', 'gt'].includes(operator)) return order > 0;
  if (['>=', 'ge'].includes(operator)) return order >= 0;
  throw new FeaturesetError('bad-expression', `"${operator}" is no operator of versions`);
}
