import { Garbage } from './garbage.ts';
import type { TestStatus } from './tally.ts';

interface Run {
  readonly test: string;
  /** Null while it runs. */
  status: TestStatus | null;
  message: string;
}

const mostTests = 200_000;
const longestNames = 64 * 1024 * 1024;
// Of more failures nobody reads what they said.
const mostMessages = 1000;

/** The tests of a stream that tells when each begins and ends. What is said last of a test counts. */
export interface TestRuns {
  /** @param key tells the test from every other one of the stream. @throws Garbage for more tests than can be kept */
  begin(key: string, test: string): void;
  end(key: string, test: string, status: TestStatus, message: string): void;
  /** Gives all of them; one that never ended has failed. */
  tell(add: (test: string, status: TestStatus, message: string) => void): void;
  readonly size: number;
}

export function createTestRuns(): TestRuns {
  const runs = new Map<string, Run>();
  let characters = 0;
  let messages = 0;

  function runOf(key: string, test: string): Run {
    const known = runs.get(key);
    if (known !== undefined) return known;
    characters += key.length + test.length;
    if (runs.size >= mostTests || characters > longestNames) {
      throw new Garbage(`it names more tests than can be kept: ${mostTests}, or ${longestNames} characters of names`);
    }
    const run: Run = { test, status: null, message: '' };
    runs.set(key, run);
    return run;
  }

  return {
    begin(key, test) {
      runOf(key, test).status = null;
    },
    end(key, test, status, message) {
      const run = runOf(key, test);
      run.status = status;
      run.message = '';
      if (status === 'failed' && messages < mostMessages) {
        messages += 1;
        run.message = message;
      }
    },
    tell(add) {
      for (const { test, status, message } of runs.values()) {
        if (status === null) add(test, 'failed', 'it began and never ended');
        else add(test, status, message);
      }
    },
    get size() {
      return runs.size;
    },
  };
}
