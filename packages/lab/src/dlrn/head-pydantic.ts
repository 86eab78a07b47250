import { DlrnRefusal } from './answers.ts';
import {
  PythonFloat,
  pythonInteger,
  pythonQuoted,
  pythonShown,
  pythonText,
  type PythonValue,
} from './python-values.ts';

/**
 * How pydantic, which checks the input of DLRN's development head, reads a value. `strict`: a text, nothing else;
 * `text`: also a number; `count`: a whole number from 0; `url`: http or https.
 */
export type FieldKind = 'strict' | 'text' | 'integer' | 'count' | 'truth' | 'url';

/** What one endpoint takes. */
export interface HeadInput {
  readonly fields: Readonly<Record<string, { readonly kind: FieldKind; readonly required?: true }>>;
  /** Refuses a value at once, whatever comes after it. */
  readonly check?: Readonly<Record<string, (value: PythonValue) => void>>;
  /** Refuses what does not go together, before anything is said of values that are wrong. */
  readonly together?: (values: Values) => void;
}

/** The values that could be read; none for what is absent or wrong. */
export type Values = ReadonlyMap<string, PythonValue>;

/** One value that is wrong: its place, pydantic's words and pydantic's name for it. */
export interface Mistake {
  readonly at: string;
  readonly words: string;
  readonly kind: string;
}

/** Returns the values of a request. */
export function readInput(input: HeadInput, sent: ReadonlyMap<string, PythonValue>): Values {
  const { values, mistakes } = inspectInput(input, sent);
  if (mistakes.length === 0) return values;
  const shown = pythonShown(Object.fromEntries(mistakes.map(({ at, words }) => [at, words])));
  throw new DlrnRefusal(400, `Errors detected: ${mistakes.length} ${shown}`);
}

/** Returns the values that could be read, and what is wrong with the others. */
export function inspectInput(
  input: HeadInput,
  sent: ReadonlyMap<string, PythonValue>,
): { readonly values: Values; readonly mistakes: readonly Mistake[] } {
  const values = new Map<string, PythonValue>();
  const mistakes: Mistake[] = [];
  for (const [name, { kind, required }] of Object.entries(input.fields)) {
    const value = sent.get(name) ?? null;
    if (value === null) {
      if (required) mistakes.push({ at: name, ...(sent.has(name) ? nothing : absent) });
      else if (sent.has(name)) values.set(name, null);
      continue;
    }
    const read = readers[kind](value);
    if (read instanceof Wrong) {
      mistakes.push({ at: name, words: read.words, kind: read.kind });
      continue;
    }
    input.check?.[name]?.(read);
    values.set(name, read);
  }
  input.together?.(values);
  return { values, mistakes };
}

const absent = { words: 'field required', kind: 'value_error.missing' };

/** What is said of null where a value is needed. */
export const nothing = { words: 'none is not an allowed value', kind: 'type_error.none.not_allowed' };

class Wrong {
  readonly words: string;
  readonly kind: string;
  constructor(words: string, kind: string) {
    this.words = words;
    this.kind = kind;
  }
}

const readers: Readonly<Record<FieldKind, (value: PythonValue) => PythonValue | Wrong>> = {
  strict: (value) => (typeof value === 'string' ? value : notText()),
  text: readText,
  integer: readInteger,
  count: (value) => {
    const number = readInteger(value);
    if (number instanceof Wrong || number >= 0) return number;
    return new Wrong('ensure this value is greater than or equal to 0', 'value_error.number.not_ge');
  },
  truth: (value) => {
    const plain = value instanceof PythonFloat ? value.value : value;
    const word = typeof plain === 'string' ? plain.toLowerCase() : plain;
    if ([1, true, '1', 'on', 't', 'true', 'y', 'yes'].some((each) => each === word)) return true;
    if ([0, false, '0', 'off', 'f', 'false', 'n', 'no'].some((each) => each === word)) return false;
    return new Wrong('value could not be parsed to a boolean', 'type_error.bool');
  },
  url: readUrl,
};

function notText(): Wrong {
  return new Wrong('str type expected', 'type_error.str');
}

function readText(value: PythonValue): string | Wrong {
  const isText = typeof value !== 'object' || value instanceof PythonFloat;
  return isText ? pythonText(value) : notText();
}

function readInteger(value: PythonValue): number | bigint | Wrong {
  return pythonInteger(value) ?? new Wrong('value is not a valid integer', 'type_error.integer');
}

const urlParts =
  /^(?:([a-z][a-z0-9+\-.]+):\/\/)?(?:[^\s:/]*(?::[^\s/]*)?@)?(\[[0-9a-f:.]+\]|[^\s/:?#]+)?(?::(\d{1,5}))?(\/[^\s?#]*)?(\?[^\s#]*)?(#\S*)?/i;

function readUrl(value: PythonValue): string | Wrong {
  const text = readText(value);
  if (text instanceof Wrong) return text;
  const url = text.trim();
  if (url === '') return new Wrong('ensure this value has at least 1 characters', 'value_error.any_str.min_length');
  const [whole = '', scheme, host, port] = urlParts.exec(url) ?? [];
  if (scheme === undefined) return new Wrong('invalid or missing URL scheme', 'value_error.url.scheme');
  if (!['http', 'https'].includes(scheme.toLowerCase())) {
    return new Wrong('URL scheme not permitted', 'value_error.url.scheme');
  }
  if (Number(port ?? 0) > 65_535) {
    return new Wrong('URL port invalid, port cannot exceed 65535', 'value_error.url.port');
  }
  if (host === undefined || host.startsWith('-')) return new Wrong('URL host invalid', 'value_error.url.host');
  const rest = url.slice(whole.length);
  if (rest === '') return url;
  return new Wrong(
    `URL invalid, extra characters found after valid URL: ${pythonQuoted(rest)}`,
    'value_error.url.extra',
  );
}
