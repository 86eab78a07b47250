import test, { type ExecutionContext } from 'ava';
import { ConfigError } from '../src/index.ts';
import { parseConfig } from '../src/load.ts';
import { minimal } from './minimal.ts';

/** How each problem begins, or a pattern of the whole. */
export type Problems = readonly (string | RegExp)[];

/** What is put into the shortest good file (replacing `what`), and what is wrong then. */
type Row = readonly [name: string, what: string, by: string, ...problems: Problems];

/** Tests every row. */
export function testRows(rows: readonly Row[]): void {
  for (const [name, what, by, ...problems] of rows) {
    test(`bad: ${name}`, (t) => {
      t.true(minimal.includes(what));
      expectProblems(t, minimal.replace(what, by), problems);
    });
  }
}

/** Asserts that these problems are told of a file, in this order, and no others. */
export function expectProblems(t: ExecutionContext, text: string, problems: Problems): void {
  const found = problemsOf(text);
  t.is(found.length, problems.length, found.join('\n'));
  problems.forEach((problem, index) => {
    const line = found[index] ?? '';
    if (typeof problem === 'string') t.true(line.startsWith(problem), line);
    else t.regex(line, problem);
    t.false(line.includes('hunter2'), 'a problem never repeats a password');
  });
}

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'tagflow.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
  return [];
}
