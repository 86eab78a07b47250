import { FeaturesetError } from '../../error.ts';
import { isList, isMap, isTruthy, printed, type Value } from '../value.ts';
import type { Budget } from './budget.ts';
import { type Arguments, filters, tests, unknownFilter } from './filters.ts';
import { memberOf, method, sliceOf } from './members.ts';
import { kind, operate } from './operators.ts';
import { type CallNode, type FilterNode, type ForNode, type Node, testMarks } from './template.ts';

/** Where the variables of a template come from. */
export interface Scope {
  /** Returns a variable, or undefined where there is none of this name. Asked only for what is needed. */
  readonly lookup: (name: string) => Value | undefined;
  /** What `lookup('env', …)` sees: never the environment of this process. */
  readonly environment: ReadonlyMap<string, string>;
  readonly budget: Budget;
}

/** Something that is not there, by its name: an error wherever a value is needed. */
const absent = Symbol('absent');

interface Absent {
  readonly [absent]: string;
}

function isAbsent(value: Value | Absent): value is Absent {
  return typeof value === 'object' && value !== null && absent in value;
}

/**
 * Returns what the parts of a template make: the value itself where there is one part, so that a list stays a list,
 * or else the text of all of them. The library reads templates; they are followed here and not by its interpreter,
 * which counts nothing, finds `'1' == 1`, and has no filter of Ansible.
 * @throws FeaturesetError `bad-expression`
 */
export function evaluateTemplate(nodes: readonly Node[], scope: Scope): Value {
  const found = pieces(nodes, scope).filter((piece) => piece !== '');
  if (found.length === 1) return found[0] ?? '';
  let text = '';
  for (const piece of found) text = scope.budget.bounded(text + printed(piece, scope.budget.limits.text));
  return text;
}

function pieces(nodes: readonly Node[], scope: Scope): readonly Value[] {
  return nodes.flatMap((node): readonly Value[] => {
    scope.budget.spend(1);
    if (node.type === 'Comment') return [];
    if (node.type === 'If') return pieces(isTruthy(evaluate(node.test, scope)) ? node.body : node.alternate, scope);
    return node.type === 'For' ? loop(node, scope) : [evaluate(node, scope)];
  });
}

function loop({ loopvar, iterable, body, defaultBlock }: ForNode, scope: Scope): readonly Value[] {
  if (loopvar.type !== 'Identifier') throw unknown('a loop of several variables');
  const test = iterable.type === 'SelectExpression' ? iterable.test : null;
  const whole = evaluate(iterable.type === 'SelectExpression' ? iterable.lhs : iterable, scope);
  if (!isList(whole) && !isMap(whole)) throw unknown(`a loop over ${kind(whole)}`);
  const inner = (isList(whole) ? whole : Object.keys(whole)).map((item) => withVariable(scope, loopvar.value, item));
  const chosen = inner.filter((each) => test === null || isTruthy(evaluate(test, each)));
  return chosen.length === 0 ? pieces(defaultBlock, scope) : chosen.flatMap((each) => pieces(body, each));
}

function withVariable(scope: Scope, name: string, value: Value): Scope {
  return { ...scope, lookup: (wanted) => (wanted === name ? value : scope.lookup(wanted)) };
}

/** Returns the value of a part that has to have one. */
function evaluate(node: Node, scope: Scope): Value {
  const value = find(node, scope);
  if (isAbsent(value)) throw new FeaturesetError('bad-expression', `"${value[absent]}" is not defined`);
  return scope.budget.paid(value);
}

function find(node: Node, scope: Scope): Value | Absent {
  scope.budget.spend(1);
  switch (node.type) {
    case 'StringLiteral':
    case 'IntegerLiteral':
    case 'FloatLiteral':
      return node.value;
    case 'Identifier':
      return variable(node.value, scope);
    case 'ArrayLiteral':
    case 'TupleLiteral':
      return scope.budget.bounded(node.value.map((item) => evaluate(item, scope)));
    case 'ObjectLiteral': {
      const entries = [...node.value].map(([key, value]) => [textOf(evaluate(key, scope)), evaluate(value, scope)]);
      return scope.budget.bounded(Object.fromEntries(entries) as Value);
    }
    case 'Ternary':
      return find(isTruthy(evaluate(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
    case 'SelectExpression':
      return isTruthy(evaluate(node.test, scope)) ? find(node.lhs, scope) : '';
    case 'UnaryExpression':
      return unary(node.operator.value, evaluate(node.argument, scope));
    case 'BinaryExpression': {
      const left = evaluate(node.left, scope);
      if (node.operator.value === 'and') return isTruthy(left) ? find(node.right, scope) : left;
      if (node.operator.value === 'or') return isTruthy(left) ? left : find(node.right, scope);
      return operate(node.operator.value, left, evaluate(node.right, scope), scope.budget);
    }
    case 'FilterExpression':
      return filtered(node, scope);
    case 'CallExpression':
      return called(node, scope);
    case 'MemberExpression': {
      const whole = find(node.object, scope);
      if (node.property.type === 'SliceExpression') return slice(whole, node.property, scope);
      const fixed = node.property.type === 'Identifier' && !node.computed ? node.property.value : null;
      const key = fixed ?? evaluate(node.property, scope);
      if (isAbsent(whole)) return { [absent]: `${whole[absent]}.${printed(key, 100)}` };
      return memberOf(whole, key) ?? { [absent]: `${nameOf(node.object)}.${printed(key, 100)}` };
    }
    default:
      throw unknown(node.type);
  }
}

const constants: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

function variable(name: string, scope: Scope): Value | Absent {
  const constant = constants.get(name);
  if (constant !== undefined) return constant;
  const found = scope.lookup(name);
  return found === undefined ? { [absent]: name } : found;
}

function unary(operator: string, value: Value): Value {
  if (operator === 'not') return !isTruthy(value);
  if (typeof value !== 'number') throw unknown(`${operator} before ${kind(value)}`);
  return operator === '-' ? -value : value;
}

function slice(whole: Value | Absent, bounds: Extract<Node, { type: 'SliceExpression' }>, scope: Scope) {
  if (isAbsent(whole)) return whole;
  const [start, stop, step] = [bounds.start, bounds.stop, bounds.step].map((part) =>
    part === undefined ? undefined : evaluate(part, scope),
  );
  return sliceOf(scope.budget.paid(whole), start, stop, step);
}

function filtered({ operand, filter }: FilterNode, scope: Scope): Value | Absent {
  const callee = filter.type === 'CallExpression' ? filter.callee : filter;
  const name = callee.type === 'Identifier' ? callee.value : '';
  const args = filter.type === 'CallExpression' ? argumentsOf(filter.args, scope) : noArguments;
  const isNot = name.startsWith(testMarks.isNot);
  if (isNot || name.startsWith(testMarks.is)) {
    const test = name.slice((isNot ? testMarks.isNot : testMarks.is).length);
    return tested(test, operand, args, scope) !== isNot;
  }
  if (name === 'default' || name === 'd') {
    const value = find(operand, scope);
    const flag = args.positional[1] ?? args.named.get('boolean') ?? false;
    return isAbsent(value) || (isTruthy(flag) && !isTruthy(value)) ? (args.positional[0] ?? '') : value;
  }
  const known = filters.get(name);
  if (known === undefined) throw unknownFilter(name);
  return known(evaluate(operand, scope), args, scope.budget);
}

function tested(name: string, operand: Node, args: Arguments, scope: Scope): boolean {
  if (name === 'defined') return !isAbsent(find(operand, scope));
  if (name === 'undefined') return isAbsent(find(operand, scope));
  const known = tests.get(name);
  if (known !== undefined) return known(evaluate(operand, scope), args, scope.budget);
  throw unknown(`the test "${name}"; known are defined, undefined, ${[...tests.keys()].join(', ')}`);
}

const noArguments: Arguments = { positional: [], named: new Map() };

function argumentsOf(nodes: readonly Node[], scope: Scope): Arguments {
  const named = new Map<string, Value>();
  const positional: Value[] = [];
  for (const node of nodes) {
    if (node.type === 'KeywordArgumentExpression') named.set(node.key.value, evaluate(node.value, scope));
    else positional.push(evaluate(node, scope));
  }
  return { positional, named };
}

function called({ callee, args }: CallNode, scope: Scope): Value | Absent {
  const given = argumentsOf(args, scope);
  if (callee.type === 'MemberExpression' && !callee.computed && callee.property.type === 'Identifier') {
    const found = method(evaluate(callee.object, scope), callee.property.value, given, scope.budget);
    if (found !== undefined) return found;
  } else if (callee.type === 'Identifier' && callee.value === 'lookup' && given.positional[0] === 'env') {
    // Of a variable that is not set, Ansible makes nothing, and no error.
    return scope.environment.get(printed(given.positional[1] ?? '', 200)) ?? '';
  }
  const first = given.positional[0];
  const what = nameOf(callee) === 'lookup' && typeof first === 'string' ? `lookup('${first}')` : `${nameOf(callee)}()`;
  throw unknown(what);
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier') return node.value;
  if (node.type !== 'MemberExpression') return 'it';
  const key = node.property.type === 'Identifier' || node.property.type === 'StringLiteral' ? node.property.value : '…';
  return `${nameOf(node.object)}.${key}`;
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw unknown(`${kind(value)} as the key of a map`);
}

function unknown(what: string): FeaturesetError {
  return new FeaturesetError('bad-expression', `${what} is not understood in a template`);
}
