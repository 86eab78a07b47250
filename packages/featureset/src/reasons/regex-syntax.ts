import {
  anyButBreaks,
  bothCases,
  charSet,
  type CharSet,
  complement,
  digits,
  type Range,
  spaces,
  wordUnits,
} from './char-set.ts';

/** A regular expression as a tree. Greedy or lazy makes no difference to whether it matches. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number };

/** `edge` is `\b`, `inside` is `\B`. */
export type Assertion = 'start' | 'end' | 'edge' | 'inside';

/** What is wrong with a regular expression, and where in it, from 0. */
export class RegexMistake extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const deepest = 50;
const mostRepeats = 1000;

/**
 * Returns the tree of a regular expression: the part of JavaScript's that a finite automaton can decide, so without
 * backreferences and lookaround. A line is matched, so `^` and `$` are its ends. `(?i:…)` ignores the case of ASCII letters.
 * @throws RegexMistake
 */
export function parseRegex(source: string): RegexNode {
  let at = 0;
  let depth = 0;

  const peek = (text: string) => source.startsWith(text, at);
  const take = (text: string) => peek(text) && ((at += text.length), true);
  const fail = (message: string, where = at): never => {
    throw new RegexMistake(where, message);
  };
  const match = (sticky: RegExp) => {
    sticky.lastIndex = at;
    const found = sticky.exec(source);
    if (found !== null) at += found[0].length;
    return found;
  };

  function choice(fold: boolean): RegexNode {
    const parts = [sequence(fold)];
    while (take('|')) parts.push(sequence(fold));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
  }

  function sequence(fold: boolean): RegexNode {
    const parts: RegexNode[] = [];
    while (at < source.length && !peek('|') && !peek(')')) {
      const from = at;
      const part = atom(fold);
      parts.push(repeated(part, from));
    }
    return { kind: 'sequence', parts };
  }

  function repeated(part: RegexNode, from: number): RegexNode {
    const counts = quantifier();
    if (counts === null) return part;
    if (part.kind === 'assert') return fail('nothing there can be repeated', from);
    const [min, max] = counts;
    if (min > max) fail(`{${min},${max}} has its numbers in the wrong order`, from);
    if (min > mostRepeats || (max > mostRepeats && max !== Infinity))
      fail(`it repeats more than ${mostRepeats} times`, from);
    take('?');
    if (/[*+?]/.test(source[at] ?? '')) fail('a repetition cannot be repeated: put a group around it');
    return { kind: 'repeat', part, min, max };
  }

  function quantifier(): readonly [number, number] | null {
    if (take('*')) return [0, Infinity];
    if (take('+')) return [1, Infinity];
    if (take('?')) return [0, 1];
    const found = match(/\{(\d+)(,?)(\d*)\}/y);
    if (found === null) return null;
    const [, min, comma, max] = found;
    return [Number(min), comma === '' ? Number(min) : max === '' ? Infinity : Number(max)];
  }

  function atom(fold: boolean): RegexNode {
    const from = at;
    const unit = source[at] ?? '';
    at += 1;
    switch (unit) {
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '.':
        return { kind: 'set', set: anyButBreaks };
      case '(':
        return group(fold, from);
      case '[':
        return { kind: 'set', set: bracket(fold, from) };
      case '*':
      case '+':
      case '?':
        return fail(`there is nothing before "${unit}" that it could repeat`, from);
      case '{':
        return fail('a "{" that begins no repetition is written \\{', from);
      case '\\':
        if (take('b')) return { kind: 'assert', what: 'edge' };
        if (take('B')) return { kind: 'assert', what: 'inside' };
        return { kind: 'set', set: folded(escape(from), fold) };
      default:
        return { kind: 'set', set: folded(one(unit.charCodeAt(0)), fold) };
    }
  }

  function group(fold: boolean, from: number): RegexNode {
    if (/^\?<?[=!]/.test(source.slice(at, at + 3)))
      fail('lookaround ((?=, (?!, (?<=, (?<!) is refused: it cannot be matched in linear time', from);
    let inner = fold;
    if (take('?i:')) inner = true;
    else if (!take('?:') && match(/\?<[A-Za-z_$][\w$]*>/y) === null && peek('?'))
      fail('only (…), (?:…), (?i:…) and (?<name>…) are known', from);
    depth += 1;
    if (depth > deepest) fail(`groups are more than ${deepest} deep`, from);
    const node = choice(inner);
    depth -= 1;
    if (!take(')')) fail('this group has no end', from);
    return node;
  }

  function bracket(fold: boolean, from: number): CharSet {
    const negated = take('^');
    const ranges: Range[] = [];
    while (!take(']')) {
      if (at >= source.length) fail('this [ has no ]', from);
      const start = at;
      const low = member();
      if (peek('-') && source[at + 1] !== ']' && at + 1 < source.length) {
        at += 1;
        const high = member();
        const [first, second] = [single(low), single(high)];
        if (first === null || second === null) fail('a range goes from one character to another', start);
        else if (first > second) fail('the range is in the wrong order', start);
        else ranges.push([first, second]);
      } else ranges.push(...low);
    }
    const set = folded(charSet(ranges), fold);
    return negated ? complement(set) : set;
  }

  function member(): CharSet {
    const from = at;
    const unit = source.charCodeAt(at);
    at += 1;
    if (unit !== 0x5c) return one(unit);
    return take('b') ? one(0x08) : escape(from);
  }

  function escape(from: number): CharSet {
    const unit = source[at] ?? fail('it ends with a lone \\', from);
    at += 1;
    const set = classes[unit];
    if (set !== undefined) return set;
    const control = controls[unit];
    if (control !== undefined) return one(control);
    if (/[1-9k]/.test(unit)) fail('a backreference is refused: it cannot be matched in linear time', from);
    if (/[pP]/.test(unit)) fail(`\\${unit} is refused: name the characters, such as [A-Za-z]`, from);
    if (unit === 'x' || unit === 'u') {
      const code = match(unit === 'x' ? /[0-9a-fA-F]{2}/y : /[0-9a-fA-F]{4}/y);
      return one(parseInt(code?.[0] ?? fail(`\\${unit} wants its hexadecimal digits`, from), 16));
    }
    if (/[\w]/.test(unit)) fail(`\\${unit} is not known`, from);
    return one(unit.charCodeAt(0));
  }

  const node = choice(false);
  if (at < source.length) fail('this ")" closes nothing');
  return node;
}

const classes: Readonly<Record<string, CharSet>> = {
  ...{ d: digits, D: complement(digits) },
  ...{ s: spaces, S: complement(spaces) },
  ...{ w: wordUnits, W: complement(wordUnits) },
};

const controls: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d };

function one(unit: number): CharSet {
  return [[unit, unit]];
}

function single(set: CharSet): number | null {
  const [range, ...more] = set;
  return range !== undefined && more.length === 0 && range[0] === range[1] ? range[0] : null;
}

function folded(set: CharSet, fold: boolean): CharSet {
  return fold ? bothCases(set) : set;
}
