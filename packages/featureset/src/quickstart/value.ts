/** What a variable of a featureset, release or nodes file may be. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value;
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value of a key of the map itself: what objects inherit is no variable. */
export function own(map: ValueMap, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Whether a value counts as true, as Python sees it: nothing, zero and what is empty do not. */
export function isTruthy(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  return isMap(value) ? Object.keys(value).length > 0 : Boolean(value);
}

const trueWords: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1', 'y', 't']);

/** Returns what Ansible's `bool` makes of a value: the words `true`, `yes`, `on` and `1`, in any case, are true. */
export function asBoolean(value: Value): boolean {
  return trueWords.has(String(isList(value) || isMap(value) ? '' : value).toLowerCase());
}

/** Returns a value as a template writes it: `True`, `['a', 'b']`; null is nothing. */
export function printed(value: Value, limit: number): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : python(value, { left: limit });
}

function python(value: Value, room: { left: number }): string {
  const text = scalar(value);
  if (text !== null) {
    room.left -= text.length;
    if (room.left < 0) throw new RangeError('the text is too long');
    return text;
  }
  room.left -= 2;
  if (isList(value)) return `[${value.map((item) => python(item, room)).join(', ')}]`;
  const pairs = Object.entries(value as ValueMap);
  return `{${pairs.map(([key, item]) => `${python(key, room)}: ${python(item, room)}`).join(', ')}}`;
}

function scalar(value: Value): string | null {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return null;
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
