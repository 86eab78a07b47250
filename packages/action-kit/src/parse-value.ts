import { resolve } from 'node:path';
import type { InputSpec } from './define.ts';
import { allowedValue, defaultSchemes } from './input-types.ts';
import { nearest } from './nearest.ts';
import { Secret } from './secret.ts';
import { quoteValue } from './show-text.ts';

/** What the value of an input is looked at against. */
export interface ParsePlace {
  /** Absolute; relative paths are below it. */
  readonly cwd: string;
  readonly isFile: (path: string) => boolean;
}

/** Either the typed value, or what is wrong, as a sentence that follows `input "name": `. */
export type ParsedValue = { readonly value: unknown } | { readonly problem: string };

/** Returns the typed value of a text that is there. */
export function parseValue(spec: InputSpec, text: string, place: ParsePlace): ParsedValue {
  if (spec.type === 'secret') return { value: new Secret(trimSecret(text)) };
  const word = text.trim();
  switch (spec.type) {
    case 'string':
      return { value: word };
    case 'boolean':
      return parseBoolean(spec, word);
    case 'integer': {
      const value = Number(word);
      const inRange = value >= (spec.min ?? -Infinity) && value <= (spec.max ?? Infinity);
      return /^-?\d+$/.test(word) && Number.isSafeInteger(value) && inRange ? { value } : isNot(spec, word);
    }
    case 'duration':
      return parseDuration(spec, word);
    case 'path':
      return { value: resolve(place.cwd, word) };
    case 'file': {
      const path = resolve(place.cwd, word);
      return place.isFile(path)
        ? { value: path }
        : { problem: `${quoteValue(word)} is not ${allowedValue(spec)} (looked for ${JSON.stringify(path)})` };
    }
    case 'url':
      return parseUrl(spec, word, spec.schemes ?? defaultSchemes);
    case 'enum':
      return spec.options.includes(word) ? { value: word } : isNotOneOf(word, spec.options);
    case 'list':
      return parseList(spec.options, word);
  }
}

/**
 * Returns a secret's text as it is used: a file or a shell leaves one line end behind a password, which is not part of
 * it; the last line end of a private key is.
 */
export function trimSecret(text: string): string {
  const withoutEnd = text.replace(/\r?\n$/, '');
  return withoutEnd.includes('\n') ? text : withoutEnd;
}

// The spellings of YAML 1.2's core schema, which is what GitHub's own getBooleanInput takes.
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);

function parseBoolean(spec: InputSpec, word: string): ParsedValue {
  const value = booleans.get(word);
  return value === undefined ? isNot(spec, word) : { value };
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Gives milliseconds. */
function parseDuration(spec: InputSpec, word: string): ParsedValue {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(word);
  const value = Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? NaN);
  return Number.isSafeInteger(value) ? { value } : isNot(spec, word);
}

function parseUrl(spec: InputSpec, word: string, schemes: readonly string[]): ParsedValue {
  if (!URL.canParse(word)) return isNot(spec, word);
  const value = new URL(word);
  if (!schemes.includes(value.protocol.slice(0, -1))) return isNot(spec, word);
  if (value.password !== '') {
    return { problem: `${quoteValue(word)} carries a password: a URL input may not, give it as a secret input` };
  }
  return { value };
}

function parseList(options: readonly string[] | undefined, text: string): ParsedValue {
  const value = text
    .split(/[,\r\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (value.length === 0) return { problem: `${quoteValue(text)} holds no item` };
  const wrong = options === undefined ? [] : value.filter((item) => !options.includes(item));
  if (options === undefined || wrong.length === 0) return { value };
  return { problem: wrong.map((item) => sentenceOfNotOneOf(item, options)).join(', and ') };
}

function isNot(spec: InputSpec, word: string): ParsedValue {
  return { problem: `${quoteValue(word)} is not ${allowedValue(spec)}` };
}

function isNotOneOf(word: string, options: readonly string[]): ParsedValue {
  return { problem: sentenceOfNotOneOf(word, options) };
}

function sentenceOfNotOneOf(word: string, options: readonly string[]): string {
  const near = options.length > 3 ? nearest(word, options) : null;
  return `${quoteValue(word)} is not one of ${options.join(', ')}${near === null ? '' : `; did you mean "${near}"?`}`;
}
