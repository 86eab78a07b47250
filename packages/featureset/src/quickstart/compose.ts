import { FeaturesetError } from '../error.ts';
import { createBudget, type ExpressionLimits } from './expression/budget.ts';
import type { Scope } from './expression/evaluate.ts';
import { render } from './expression/render.ts';
import type { Value } from './value.ts';

/** The layers of variables of one job: each wins over those before it. */
export const layerKinds = [
  'release',
  'nodes',
  'common',
  'featureset',
  'environment',
  'cloud',
  'role',
  'override',
  'facts',
  'extra',
] as const;

export type LayerKind = (typeof layerKinds)[number];

/** Variables from one place. */
export interface Layer {
  readonly kind: LayerKind;
  /** A path, or what people call it. */
  readonly name: string;
  readonly values: ReadonlyMap<string, Value>;
  /** The line of each variable in its file. */
  readonly lines?: ReadonlyMap<string, number>;
}

/** What one layer says of a variable. */
export interface Saying {
  readonly kind: LayerKind;
  /** `config/nodes/1ctlr.yml:12`, or the name of what is no file. */
  readonly from: string;
  /** As it is written, before any template is followed. */
  readonly value: Value;
}

/** The variables of one job. Templates are followed when somebody asks, once. */
export interface Composition {
  readonly names: readonly string[];
  /** Returns all that is said of a variable; the last one counts. */
  explain(name: string): readonly Saying[];
  /**
   * Returns a variable, or undefined where there is none of this name.
   * @throws FeaturesetError `bad-expression` naming where the variable is from.
   */
  value(name: string): Value | undefined;
  /** Returns all variables that can be made now, and why the others cannot. */
  all(): { readonly values: ReadonlyMap<string, Value>; readonly problems: ReadonlyMap<string, string> };
}

export interface CompositionOptions {
  /** What `lookup('env', …)` sees; default: nothing. */
  readonly environment?: ReadonlyMap<string, string>;
  readonly limits?: ExpressionLimits;
}

/** Returns the composition of layers, whatever order they are given in. */
export function compose(layers: readonly Layer[], options: CompositionOptions = {}): Composition {
  const inOrder = layers.toSorted((a, b) => layerKinds.indexOf(a.kind) - layerKinds.indexOf(b.kind));
  const budget = createBudget(options.limits);
  const known = new Map<string, Value>();
  const open = new Set<string>();
  const told = new WeakSet<FeaturesetError>();
  const sayings = (name: string) => inOrder.flatMap((layer) => sayingOf(layer, name));

  const tell = (error: FeaturesetError) => {
    told.add(error);
    return error;
  };
  const value = (name: string): Value | undefined => {
    const before = known.get(name);
    const said = before === undefined ? sayings(name).at(-1) : undefined;
    if (said === undefined) return before;
    if (open.has(name)) throw tell(circle([...open], name, said.from));
    open.add(name);
    try {
      const found = render(said.value, scope);
      known.set(name, found);
      return found;
    } catch (error) {
      // The first place that an error passes is the one to look at.
      throw !(error instanceof FeaturesetError) || told.has(error) ? error : tell(located(error, name, said.from));
    } finally {
      open.delete(name);
    }
  };
  const scope: Scope = { lookup: value, environment: options.environment ?? new Map(), budget };
  const names = [...new Set(inOrder.flatMap((layer) => [...layer.values.keys()]))].toSorted();
  return { names, explain: sayings, value, all: () => all(names, value) };
}

function sayingOf({ kind, name, values, lines }: Layer, variable: string): readonly Saying[] {
  const value = values.get(variable);
  if (value === undefined) return [];
  const line = lines?.get(variable);
  return [{ kind, value, from: line === undefined ? name : `${name}:${line}` }];
}

function all(names: readonly string[], value: (name: string) => Value | undefined) {
  const values = new Map<string, Value>();
  const problems = new Map<string, string>();
  for (const name of names) {
    try {
      values.set(name, value(name) ?? null);
    } catch (error) {
      if (!(error instanceof FeaturesetError)) throw error;
      problems.set(name, error.message);
    }
  }
  return { values, problems };
}

function circle(open: readonly string[], name: string, from: string): FeaturesetError {
  const path = [...open.slice(open.indexOf(name)), name].join(' → ');
  return new FeaturesetError('bad-expression', `${from}: ${path} goes in a circle`);
}

function located(error: FeaturesetError, name: string, from: string): FeaturesetError {
  const next = error.next === undefined ? {} : { next: error.next };
  return new FeaturesetError('bad-expression', `${from}: ${name}: ${error.message}`, { ...next, cause: error.cause });
}
