import type { z } from 'zod';
import type { Path } from './path.ts';
import { factsAt, type SchemaFacts } from './schema-facts.ts';

/** Something wrong at a place of the data; `key` when it is a key of the mapping there and not its value. */
export interface Complaint {
  readonly path: Path;
  readonly key?: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/**
 * Returns what zod found as sentences that say what is allowed.
 * @param schema the JSON Schema of the same data, which knows the keys and the descriptions
 */
export function complaintsOf(
  issues: readonly Issue[],
  schema: Readonly<Record<string, unknown>>,
): readonly Complaint[] {
  return issues.flatMap((issue) => complain(issue, [], schema));
}

function complain(issue: Issue, above: Path, schema: Readonly<Record<string, unknown>>): readonly Complaint[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const facts = factsAt(schema, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path,
        key,
        message: `unknown key "${key}"; allowed here: ${facts.keys.join(', ')}`,
      }));
    case 'invalid_union': {
      if ('options' in issue && Array.isArray(issue.options))
        return [{ path, message: unknownKind(issue, issue.options) }];
      const branch = fittingBranch(issue);
      if (branch !== null) return branch.flatMap((inner) => complain(inner, path, schema));
      return [{ path, message: wrongType(formsOf(issue), issue.input, facts) }];
    }
    case 'invalid_key': {
      const key = String(path.at(-1));
      return issue.issues.map((inner) => ({
        path: path.slice(0, -1),
        key,
        message: `"${key}": ${inner.message}`,
      }));
    }
    case 'invalid_type': {
      if (!issue.message.startsWith('Invalid input')) return [{ path, message: issue.message }];
      return [{ path, message: wrongType(nameOfType(issue.expected), issue.input, facts) }];
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String).join(', ');
      return [
        {
          path,
          message:
            issue.input === undefined
              ? `is missing; allowed: ${allowed}`
              : `${quote(issue.input)} is not one of: ${allowed}`,
        },
      ];
    }
    default:
      return [{ path, message: issue.message }];
  }
}

// Which of several mappings it is, one of its keys says.
function unknownKind({ discriminator, input }: z.core.$ZodIssueInvalidUnion, options: readonly unknown[]): string {
  const allowed = options.map(String).join(', ');
  const found = Object.entries(input ?? {}).find(([key]) => key === discriminator)?.[1];
  return found === undefined ? `is missing; allowed: ${allowed}` : `${quote(found)} is not one of: ${allowed}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function nameOfType(type: string): string {
  return typeNames[type] ?? type;
}

function wrongType(expected: string, input: unknown, facts: SchemaFacts): string {
  const meaning = facts.description === null ? '' : ` (${facts.description})`;
  if (input === undefined) return `is missing: ${expected}${meaning}`;
  if (input === null) return `is empty: ${expected} is expected${meaning}`;
  const quotes = expected === 'a text' && typeof input !== 'object' ? ', write it in quotes' : '';
  return `${quote(input)} is not ${expected}${quotes}${meaning}`;
}

function quote(input: unknown): string {
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'a mapping';
  return JSON.stringify(input);
}

function formsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const forms = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) =>
      inner.code === 'invalid_type' && inner.path.length === 0 ? [nameOfType(inner.expected)] : [],
    ),
  );
  return [...new Set(forms)].join(' or ');
}

// The branch that the writer meant is the one whose type is right: its issues lie deeper, or are no type issues.
function fittingBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | null {
  const fitting = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}
