import { type Automaton, buildAutomaton, holds, type Side, sideOf } from './automaton.ts';
import { type CharSet, contains, wordUnits } from './char-set.ts';
import { parseRegex, type RegexNode } from './regex-syntax.ts';

/** Whether a line holds a match. Takes time in proportion to the line, whatever is in it. */
export type Matcher = (line: string) => boolean;

// So many states are remembered; then it forgets them and goes on.
const mostStates = 512;
const unknown = -1;
const matched = -2;

/**
 * Returns what decides a regular expression in one pass: its automaton, made deterministic where lines lead it. (V8 has a
 * linear engine too, but only behind a flag that Node warns not to set in a running process, and without ignoring case.)
 * @throws RegexMistake
 */
export function createMatcher(regex: string | RegexNode): Matcher {
  const automaton = buildAutomaton(typeof regex === 'string' ? parseRegex(regex) : regex);
  const alphabet = alphabetOf(automaton);
  const width = alphabet.units.length + 1;
  const atEnd = alphabet.units.length;
  const table = new Int32Array(mostStates * width).fill(unknown);
  const states: State[] = [];
  const numbers = new Map<string, number>();
  const marks = new Int32Array(automaton.steps.length);
  let mark = 0;

  const numberOf = (kernel: readonly number[], before: Side): number => {
    const key = `${before} ${kernel.join(' ')}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length === mostStates) {
      table.fill(unknown);
      states.length = 0;
      numbers.clear();
      numberOf([], first);
    }
    const number = (states.push({ kernel, before }) - 1) * width;
    numbers.set(key, number);
    return number;
  };

  // From a state over a kind of character: every step that can be reached without one, then those that take it.
  const go = (from: number, kind: number): number => {
    const { kernel, before } = states[from / width] ?? { kernel: [], before: first };
    const unit = kind === atEnd ? null : (alphabet.units[kind] ?? 0);
    const after = unit === null ? 'nothing' : sideOf(unit);
    const next = new Set<number>();
    const open = [automaton.start, ...kernel];
    mark += 1;
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (marks[number] === mark) continue;
      marks[number] = mark;
      const step = automaton.steps[number];
      if (step?.kind === 'accept') return (table[from + kind] = matched);
      if (step?.kind === 'split') open.push(...step.next);
      else if (step?.kind === 'assert' && holds(step.what, before, after)) open.push(step.next);
      else if (step?.kind === 'set' && unit !== null && contains(step.set, unit)) next.add(step.next);
    }
    if (unit === null) return (table[from + kind] = from);
    const count = states.length;
    const to = numberOf(
      [...next].sort((a, b) => a - b),
      alphabet.hasEdges ? after : 'other',
    );
    // Where all was forgotten just now, the number of `from` is another state's.
    if (states.length >= count) table[from + kind] = to;
    return to;
  };

  const first: Side = 'nothing';
  const start = numberOf([], first);
  const { low, kindOf } = alphabet;
  return (line) => {
    let state = start;
    for (let index = 0; index < line.length; index += 1) {
      const unit = line.charCodeAt(index);
      const kind = unit < 256 ? (low[unit] as number) : kindOf(unit);
      let next = table[state + kind] as number;
      if (next === unknown) next = go(state, kind);
      if (next === matched) return true;
      state = next;
    }
    const verdict = table[state + atEnd] as number;
    return (verdict === unknown ? go(state, atEnd) : verdict) === matched;
  };
}

interface State {
  /** Steps that the characters so far lead to. */
  readonly kernel: readonly number[];
  readonly before: Side;
}

interface Alphabet {
  /** One code unit of every kind: those of a kind are the same to the automaton. */
  readonly units: readonly number[];
  /** The kinds of the first 256. */
  readonly low: Uint16Array;
  kindOf(unit: number): number;
  /** Whether it asks for the edges of words. */
  readonly hasEdges: boolean;
}

function alphabetOf({ steps }: Automaton): Alphabet {
  const hasEdges = steps.some((step) => step.kind === 'assert' && (step.what === 'edge' || step.what === 'inside'));
  const sets: CharSet[] = steps.flatMap((step) => (step.kind === 'set' ? [step.set] : []));
  if (hasEdges) sets.push(wordUnits);
  const starts = new Set([0]);
  for (const set of sets) {
    for (const [from, to] of set) starts.add(from).add(to + 1);
  }
  // Ranges in which no set begins or ends; those with the same sets are one kind.
  const ranges = [...starts].filter((unit) => unit <= 0xffff).sort((a, b) => a - b);
  const distinct = [...new Set(sets)];
  const kinds = new Map<string, number>();
  const units: number[] = [];
  const kindOfRange = ranges.map((unit) => {
    const key = distinct.map((set) => (contains(set, unit) ? '1' : '0')).join('');
    const known = kinds.get(key);
    if (known !== undefined) return known;
    kinds.set(key, units.length);
    return units.push(unit) - 1;
  });
  const kindOf = (unit: number): number => {
    let [low, high] = [0, ranges.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((ranges[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    return kindOfRange[low] ?? 0;
  };
  return { units, low: Uint16Array.from({ length: 256 }, (_, unit) => kindOf(unit)), kindOf, hasEdges };
}
