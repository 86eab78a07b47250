import { TagflowError } from '@tagflow/model';
import { KitError } from './errors.ts';

/** Everything that is wrong with the inputs, which is told at once. */
export interface Problems {
  readonly found: readonly string[];
  add(problem: string, next?: string): void;
  /**
   * Returns what a parser made of a text, or null when it is a problem more.
   * @param input which input the text is, where the parser cannot know
   */
  attempt<Value>(parse: () => Value, input?: string): Value | null;
  /** As {@link Problems.attempt}, of something that takes its time. */
  attemptLater<Value>(parse: () => Promise<Value>): Promise<Value | null>;
  /** The error that tells all of them. */
  error(): KitError;
}

/** @param action whose inputs they are, for what to do about several problems */
export function createProblems(action: string): Problems {
  const found: string[] = [];
  const nexts: string[] = [];
  const add = (problem: string, next?: string): void => {
    // Two that look at the same input may say the same of it.
    if (found.includes(problem)) return;
    found.push(problem);
    if (next !== undefined) nexts.push(next);
  };
  const note = (error: unknown, input?: string): null => {
    if (!(error instanceof TagflowError) || error.outcome !== 'invalid') throw error;
    add(input === undefined ? error.message : `input "${input}": ${error.message}`, error.next);
    return null;
  };
  return {
    found,
    add,
    attempt(parse, input) {
      try {
        return parse();
      } catch (error) {
        return note(error, input);
      }
    },
    async attemptLater(parse) {
      try {
        return await parse();
      } catch (error) {
        return note(error);
      }
    },
    error() {
      // One thing to do is said; of several, none would be the one.
      const [next = `See the inputs of ${action}: its README, or --help on the command line.`] =
        found.length === 1 ? nexts : [];
      return new KitError('invalid-inputs', found, { outcome: 'invalid', next });
    },
  };
}
