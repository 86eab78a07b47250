import { FeaturesetError } from '../../error.ts';
import { isList, isMap, type Value } from '../value.ts';

export interface ExpressionLimits {
  /** Characters of one template. */
  readonly template: number;
  /** Characters of one text that a template makes. */
  readonly text: number;
  /** Items of one value, with all that is in it. */
  readonly items: number;
  /** What all expressions of a composition may cost together: a step each, and more for long values. */
  readonly steps: number;
}

/** Far above what the files of tripleo-quickstart need (10 000 characters, some 2 000 steps), far below a second. */
export const expressionLimits: ExpressionLimits = {
  template: 32_768,
  text: 131_072,
  items: 10_000,
  steps: 1_000_000,
};

/** Bounds what expressions of files that somebody else wrote may cost. */
export interface Budget {
  readonly limits: ExpressionLimits;
  /** @throws FeaturesetError `bad-expression` when nothing is left. */
  spend(steps: number): void;
  /** Returns the value, paid for: who uses it reads all of it. */
  paid<V extends Value>(value: V): V;
  /** Returns the value unless it is too large to be kept. Shared parts count each time that they are met. */
  bounded<V extends Value>(value: V): V;
}

/** Returns a budget of its own for one composition. */
export function createBudget(limits: ExpressionLimits = expressionLimits): Budget {
  let left = limits.steps;
  const spend = (steps: number) => {
    left -= steps;
    if (left < 0) throw tooMuch(`expressions take more than ${limits.steps} steps`);
  };
  const count = (value: Value, room: { left: number }) => {
    room.left -= 1;
    if (room.left < 0) throw tooMuch(`a value has more than ${limits.items} items`);
    if (isList(value)) for (const item of value) count(item, room);
    else if (isMap(value)) for (const item of Object.values(value)) count(item, room);
    else if (typeof value === 'string' && value.length > limits.text) {
      throw tooMuch(`a text has more than ${limits.text} characters`);
    }
  };
  return {
    limits,
    spend,
    paid: (value) => {
      if (typeof value === 'string') spend(1 + (value.length >> 4));
      else spend(1 + (isList(value) ? value.length : 0));
      return value;
    },
    bounded: (value) => {
      const room = { left: limits.items };
      count(value, room);
      spend(limits.items - room.left);
      return value;
    },
  };
}

function tooMuch(message: string): FeaturesetError {
  return new FeaturesetError('bad-expression', message, {
    next: 'A template that needs this much is a mistake, or hostile: look at the file.',
  });
}
