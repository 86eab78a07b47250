import { type Document, isMap as isYamlMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { FeaturesetError } from '../error.ts';
import { knownKeys } from './known-keys.ts';
import type { Value } from './value.ts';

/** A featureset, release, nodes or environment file. */
export interface VariablesFile {
  readonly name: string;
  readonly values: ReadonlyMap<string, Value>;
  /** From 1. */
  readonly lines: ReadonlyMap<string, number>;
  /** Keys that no file of tripleo-quickstart has, each with its place and what it may have been meant to be. */
  readonly warnings: readonly string[];
}

export interface ParseOptions {
  /** What the file is called in messages. */
  readonly name: string;
  /** Returns the candidate that a typing mistake leads from, or null. */
  readonly nearest: (text: string, candidates: readonly string[]) => string | null;
}

/** Aliases may be used so often; beyond, a small file makes a huge value. */
const maxAliasCount = 100;

/**
 * Returns what a file says. YAML 1.1, as Ansible reads it: `yes` is true, `<<` merges; tags of applications are refused.
 * @throws FeaturesetError `bad-file` with every mistake, each as `file:line:column`.
 */
export function parseVariablesFile(text: string, { name, nearest }: ParseOptions): VariablesFile {
  const lines = new LineCounter();
  const document = readDocument(text, name, lines);
  const problems = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return `${name}:${line}:${col}: ${error.message.split('\n', 1)[0]?.replace(/ at line \d+.*$/u, '') ?? ''}`;
  });
  if (problems.length > 0) throw new FeaturesetError('bad-file', problems.join('\n'));
  if (document.contents === null) return { name, values: new Map(), lines: new Map(), warnings: [] };
  if (!isYamlMap(document.contents)) {
    throw new FeaturesetError('bad-file', `${name}:1:1: not a map of variables, each "name: value"`);
  }
  const places = new Map(
    document.contents.items.flatMap(({ key }) => {
      const place = isScalar(key) && key.range != null ? lines.linePos(key.range[0]) : undefined;
      return place === undefined ? [] : [[String((key as { value: unknown }).value), place] as const];
    }),
  );
  const values = new Map(Object.entries(toValues(document, name)));
  const known = knownKeys();
  const warnings = [...places].flatMap(([key, { line, col }]) => {
    if (known.includes(key)) return [];
    const near = nearest(key, known);
    const meant = near === null ? '' : `; did you mean ${near}?`;
    return [`${name}:${line}:${col}: "${key}" is not a variable that files of tripleo-quickstart have${meant}`];
  });
  return { name, values, lines: new Map([...places].map(([key, { line }]) => [key, line])), warnings };
}

function readDocument(text: string, name: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, { version: '1.1', lineCounter, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw unreadable(name, error);
  }
}

function toValues(document: Document, name: string): Readonly<Record<string, Value>> {
  try {
    return plain(document.toJS({ maxAliasCount })) as Readonly<Record<string, Value>>;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): FeaturesetError {
  const why =
    error instanceof RangeError ? 'it nests too deep' : error instanceof Error ? error.message : String(error);
  return new FeaturesetError('bad-file', `${name}: cannot be read: ${why}`, { cause: error });
}

/** Dates and the like become texts: a variable is what JSON can hold. */
function plain(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$/u, '');
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    throw new Error('it holds something that is neither a text, a number, a list nor a map');
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
