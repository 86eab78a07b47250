import { type CharSet, contains, wordUnits } from './char-set.ts';
import { type Assertion, RegexMistake, type RegexNode } from './regex-syntax.ts';

/** One step of the automaton; `next` are numbers of steps. */
export type Step =
  | { readonly kind: 'accept' }
  | { readonly kind: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly kind: 'split'; next: readonly number[] };

export interface Automaton {
  readonly steps: readonly Step[];
  readonly start: number;
}

const mostSteps = 3000;

/**
 * Returns the automaton of a tree, in which repetitions are written out.
 * @throws RegexMistake when it would be too large
 */
export function buildAutomaton(root: RegexNode): Automaton {
  const steps: Step[] = [{ kind: 'accept' }];
  const add = (step: Step): number => {
    if (steps.length >= mostSteps) throw new RegexMistake(0, `its repetitions make it larger than ${mostSteps} steps`);
    return steps.push(step) - 1;
  };
  // Built from its end: every part is told where to go on.
  const build = (node: RegexNode, next: number): number => {
    switch (node.kind) {
      case 'set':
        return add({ kind: 'set', set: node.set, next });
      case 'assert':
        return add({ kind: 'assert', what: node.what, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => build(part, after), next);
      case 'choice':
        return add({ kind: 'split', next: node.parts.map((part) => build(part, next)) });
      case 'repeat': {
        let head = next;
        if (node.max === Infinity) {
          const loop: Extract<Step, { kind: 'split' }> = { kind: 'split', next: [] };
          head = add(loop);
          loop.next = [build(node.part, head), next];
        } else {
          for (let copy = node.min; copy < node.max; copy += 1) {
            head = add({ kind: 'split', next: [build(node.part, head), next] });
          }
        }
        for (let copy = 0; copy < node.min; copy += 1) {
          const before = head;
          head = build(node.part, head);
          if (head === before) break; // it is empty, however often
        }
        return head;
      }
    }
  };
  const start = build(root, 0);
  return { steps, start };
}

/** What stands on one side of a place in a line. */
export type Side = 'nothing' | 'word' | 'other';

export function sideOf(unit: number): Side {
  return contains(wordUnits, unit) ? 'word' : 'other';
}

/** Whether an assertion holds between two sides; `nothing` is the end of the line. */
export function holds(what: Assertion, before: Side, after: Side): boolean {
  switch (what) {
    case 'start':
      return before === 'nothing';
    case 'end':
      return after === 'nothing';
    case 'edge':
      return (before === 'word') !== (after === 'word');
    case 'inside':
      return (before === 'word') === (after === 'word');
  }
}
