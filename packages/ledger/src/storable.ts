/**
 * Returns a value as both databases keep it. PostgreSQL refuses NUL, and UTF-8 has no halves of surrogate pairs: texts
 * come from logs and servers of others, and a promotion must not fail because of one. No column takes parts of a
 * number, which the times of clocks may have.
 */
export function storable<Value>(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD') as Value & string;
  if (typeof value === 'number') return Math.floor(value) as Value & number;
  return value;
}
