/** A number that JSON wrote with a point or an exponent: Python keeps it apart from a whole one. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A value as Python's json module reads it. Whole numbers that JavaScript cannot hold exactly are bigints. */
export type PythonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [name: string]: PythonValue };

/**
 * Returns the value that a JSON text stands for. As in Python, NaN and Infinity are numbers.
 * @throws SyntaxError when it is no JSON
 */
export function parsePythonJson(text: string): PythonValue {
  const known = text.replaceAll(/"(?:[^"\\]|\\.)*"|\b(?:NaN|Infinity)\b/gs, (token) =>
    token.startsWith('"') ? token : token === 'NaN' ? notANumber : '1e999',
  );
  const revive = (_key: string, value: PythonValue, { source }: { readonly source?: string }): PythonValue =>
    typeof value === 'number' && source !== undefined ? numberOf(source) : value;
  // The compiler's library does not know the third parameter yet.
  return JSON.parse(known, revive as (key: string, value: unknown) => unknown) as PythonValue;
}

// JSON for what JSON cannot say.
const notANumber = '1e99999';

function numberOf(source: string): number | bigint | PythonFloat {
  if (source === notANumber) return new PythonFloat(Number.NaN);
  return /[.eE]/.test(source) ? new PythonFloat(Number(source)) : shrink(BigInt(source));
}

function shrink(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Returns JSON as Flask writes it: keys sorted, no white space, everything beyond ASCII escaped. */
export function writePythonJson(value: PythonValue): string {
  if (typeof value === 'string') return writeText(value);
  if (value instanceof PythonFloat) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(writePythonJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${writeText(name)}:${writePythonJson(member)}`).join(',')}}`;
}

function writeText(text: string): string {
  return asciiOnly(JSON.stringify(text));
}

/** Returns JSON with everything beyond ASCII escaped, as Python writes it. */
export function asciiOnly(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// Always with a point or an exponent.
function floatText(float: number): string {
  if (Number.isNaN(float)) return 'NaN';
  if (!Number.isFinite(float)) return float < 0 ? '-Infinity' : 'Infinity';
  const size = Math.abs(float);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return float.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  const text = Object.is(float, -0) ? '-0' : String(float);
  return text.includes('.') ? text : `${text}.0`;
}

/** Returns what Python's `%s` makes of a value. */
export function pythonText(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonShown(value);
}

/** Returns a value as Python shows it in messages: what its `repr` makes of it. */
export function pythonShown(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return pythonQuoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof PythonFloat) return floatText(value.value).toLowerCase().replace('infinity', 'inf');
  if (Array.isArray(value)) return `[${value.map(pythonShown).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${pythonQuoted(name)}: ${pythonShown(member)}`)
    .join(', ')}}`;
}

/** Returns what Python calls the type of a value. */
export function pythonType(value: PythonValue): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'object') return 'int';
  if (value instanceof PythonFloat) return 'float';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** Returns the members of a JSON object; undefined for whatever else a JSON text may hold, such as a bare float. */
export function membersOf(value: unknown): ReadonlyMap<string, PythonValue> | undefined {
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject || Array.isArray(value) || value instanceof PythonFloat) return undefined;
  return new Map(Object.entries(value as Record<string, PythonValue>));
}

/** Returns a text as Python shows it in messages: in quotes, with escapes for what cannot be seen. */
export function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text.replaceAll(/[\\'"\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    return shortEscapes.get(character) ?? escaped(character);
  });
  return `${quote}${inside}${quote}`;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}

const shortEscapes = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Returns whether Python takes the value for true. */
export function isTruthy(value: PythonValue): boolean {
  if (value instanceof PythonFloat) return value.value !== 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Returns what Python's `int()` makes of a value; undefined where it raises an error. */
export function pythonInteger(value: PythonValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof PythonFloat) {
    return Number.isFinite(value.value) ? shrink(BigInt(Math.trunc(value.value))) : undefined;
  }
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value)) return undefined;
  const [, sign, digits = ''] = /^([+-]?)(.*)$/.exec(value.trim().replaceAll('_', '')) ?? [];
  return shrink(sign === '-' ? -BigInt(digits) : BigInt(digits));
}

const int64 = 1n << 63n;

/** Returns whether the database can hold the whole number. */
export function fitsDatabase(value: number | bigint): boolean {
  return BigInt(value) >= -int64 && BigInt(value) < int64;
}

/**
 * Returns a value as a column of texts holds it, or is compared with it; undefined where the database refuses it: a
 * list, an object, too big a number, half a surrogate pair.
 */
export function columnText(value: PythonValue): string | null | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' || typeof value === 'bigint') return fitsDatabase(value) ? String(value) : undefined;
  if (value === null) return null;
  if (!(value instanceof PythonFloat)) return undefined;
  if (Number.isNaN(value.value)) return null;
  const [mantissa = '', exponent] = floatText(Number(value.value.toPrecision(15))).split('e');
  return exponent === undefined ? mantissa : `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}
