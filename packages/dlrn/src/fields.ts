import { DlrnError } from './error.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Returns the rows of an answer that has to be a list of objects. */
export function rowsOf(answer: unknown, where: string): readonly Fields[] {
  if (!Array.isArray(answer)) throw new DlrnError('unexpected-answer', `${where} answered no list`);
  return answer.map((row) => fieldsOf(row, where));
}

export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DlrnError('unexpected-answer', `${where} answered ${JSON.stringify(value)} where an object was expected`);
  }
  return value as Fields;
}

export function textField(fields: Fields, name: string, where: string): string {
  const value = fields[name];
  if (typeof value !== 'string') {
    throw new DlrnError('unexpected-answer', `${where} answered ${name} = ${JSON.stringify(value)}, expected a text`);
  }
  return value;
}

export function optionalText(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' ? value : null;
}

export function booleanField(fields: Fields, name: string, where: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') {
    throw new DlrnError(
      'unexpected-answer',
      `${where} answered ${name} = ${JSON.stringify(value)}, expected true or false`,
    );
  }
  return value;
}

/** Returns a number of things: whole, and not negative. */
export function countField(fields: Fields, name: string, where: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new DlrnError('unexpected-answer', `${where} answered ${name} = ${JSON.stringify(value)}, expected a count`);
  }
  return value;
}

/** Returns whole seconds: DLRN answers integers, floats (`…115.0`) and, where a reporter sent one, texts. */
export function secondsField(fields: Fields, name: string, where: string): number {
  const value = fields[name];
  const seconds =
    typeof value === 'number' || (typeof value === 'string' && value !== '') ? Math.trunc(Number(value)) : NaN;
  if (!Number.isSafeInteger(seconds)) {
    throw new DlrnError('unexpected-answer', `${where} answered ${name} = ${JSON.stringify(value)}, expected seconds`);
  }
  return seconds;
}

/** @throws DlrnError `unexpected-answer` when a field of an answer is not what was asked about. */
export function checkEcho(fields: Fields, expected: Fields, where: string): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const got = fields[name] === undefined || fields[name] === 'None' ? null : fields[name];
    if (got !== wanted) {
      throw new DlrnError(
        'unexpected-answer',
        `${where} was asked about ${name} ${JSON.stringify(wanted)} and answered about ${JSON.stringify(got)}`,
      );
    }
  }
}

/** Returns the fields that are not null: DLRN takes an absent one for none, and the word `None` for a hash. */
export function presentOf<Value>(fields: Readonly<Record<string, Value | null>>): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== null) kept[name] = value;
  return kept;
}
