import type { RegexNode } from './regex-syntax.ts';

/** The shortest text that is worth looking for. */
const shortestLiteral = 3;

// Of what one part can be, and of a whole expression: more would make the search large.
const mostOfPart = 24;
const mostOfAll = 200;

/**
 * Returns texts of which every match has at least one, in lower case; null when there are none of at least three
 * ASCII characters. They are what makes a pattern cheap: a line without any of them is not looked at again.
 */
export function requiredLiterals(node: RegexNode): readonly string[] | null {
  const { exact, needed } = literalsOf(node);
  return better(usable(exact), needed);
}

interface Literals {
  /** All that the node matches, where that is little; null otherwise. */
  readonly exact: readonly string[] | null;
  /** Of these, any match has one. */
  readonly needed: readonly string[] | null;
}

function literalsOf(node: RegexNode): Literals {
  switch (node.kind) {
    case 'assert':
      return { exact: [''], needed: null };
    case 'set': {
      const exact = lettersOf(node.set);
      return { exact, needed: null };
    }
    case 'choice': {
      const parts = node.parts.map(literalsOf);
      const exact = few(parts.flatMap((part) => part.exact ?? []));
      const branches = parts.map((part) => better(usable(part.exact), part.needed));
      return {
        exact: parts.every((part) => part.exact !== null) ? exact : null,
        needed: branches.every((branch) => branch !== null) ? few(branches.flat(), mostOfAll) : null,
      };
    }
    case 'repeat': {
      const { exact, needed } = literalsOf(node.part);
      if (node.min === 0) return { exact: node.max === 1 && exact !== null ? few([...exact, '']) : null, needed: null };
      const counted = node.min === node.max && node.min <= 4 ? exact : null;
      if (counted !== null) return inSequence(Array.from({ length: node.min }, () => ({ exact: counted, needed })));
      return { exact: null, needed: better(usable(exact), needed) };
    }
    case 'sequence':
      return inSequence(node.parts.map(literalsOf));
  }
}

// What is exact grows from part to part; where it ends, what had grown is a candidate.
function inSequence(parts: readonly Literals[]): Literals {
  let run: readonly string[] = [''];
  let best: readonly string[] | null = null;
  let whole = true;
  for (const { exact, needed } of parts) {
    best = better(best, needed);
    const longer = exact === null ? null : few(run.flatMap((start) => exact.map((end) => start + end)));
    if (longer === null) {
      best = better(best, usable(run));
      whole = false;
    }
    run = longer ?? exact ?? [''];
  }
  return { exact: whole ? run : null, needed: better(best, usable(run)) };
}

function few(texts: readonly string[], most = mostOfPart): readonly string[] | null {
  const distinct = [...new Set(texts)];
  return distinct.length <= most ? distinct : null;
}

function usable(texts: readonly string[] | null): readonly string[] | null {
  return texts !== null && texts.length > 0 && shortest(texts) >= shortestLiteral ? texts : null;
}

function better(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return shortest(b) > shortest(a) || (shortest(b) === shortest(a) && b.length < a.length) ? b : a;
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map((text) => text.length));
}

// A letter in both cases is one letter here: the search folds them.
function lettersOf(set: Extract<RegexNode, { kind: 'set' }>['set']): readonly string[] | null {
  const units: string[] = [];
  for (const [from, to] of set) {
    if (to > 0x7e || from < 0x09 || to - from > 3) return null;
    for (let unit = from; unit <= to; unit += 1) units.push(String.fromCharCode(unit).toLowerCase());
  }
  const distinct = [...new Set(units)];
  return distinct.length > 0 && distinct.length <= 3 && !distinct.some((unit) => '\n\r'.includes(unit))
    ? distinct
    : null;
}
