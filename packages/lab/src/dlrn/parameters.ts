import { DlrnRefusal, htmlError } from './answers.ts';
import { columnText, membersOf, parsePythonJson, pythonInteger, type PythonValue } from './python-values.ts';

/** What a request says, apart from its method and path. */
export interface SentRequest {
  readonly query: URLSearchParams;
  /** The header as it is; empty without one. */
  readonly contentType: string;
  readonly body: string;
}

/** Returns the media type of a header `Content-Type`, without its parameters and in small letters. */
export function mediaTypeOf(contentType: string): string {
  return contentType.replace(/;.*$/s, '').trim().toLowerCase();
}

/** Reads one parameter of a request, from one place if told; undefined when it is not there. */
export type Parameters = (name: string, place?: 'query' | 'body') => PythonValue | undefined;

/**
 * Returns the parameters of a GET: the query first, then the JSON body (deprecated, still working). A body is read when
 * the first parameter is missing from the query; one that is announced and is not JSON, also an empty one, is then
 * Flask's page of 400. So ask for all that an endpoint has, in DLRN's order, before anything is checked.
 */
export function readParameters({ query, contentType, body }: SentRequest): Parameters {
  return (name, place) => {
    const text = place === 'body' ? null : query.get(name);
    if (text !== null || place === 'query' || contentType !== 'application/json') return text ?? undefined;
    return bodyMembers(parseJson(body)).get(name);
  };
}

/** Returns the parameters of a POST. */
export function bodyParameters(body: unknown): Parameters {
  const members = bodyMembers(body);
  return (name) => members.get(name);
}

/** Returns the members of a body, which DLRN reads with `json[name]`: anything but an object breaks it. */
export function bodyMembers(body: unknown): ReadonlyMap<string, PythonValue> {
  const members = membersOf(body);
  if (members === undefined) throw htmlError(500);
  return members;
}

/** Returns the parsed body. */
export function parseJson(body: string): PythonValue {
  try {
    return parsePythonJson(body.replace(/^\ufeff/, ''));
  } catch {
    throw htmlError(400);
  }
}

/** Returns the parameters of these names, null where there is none. */
export function readAll<const Names extends readonly string[]>(
  parameters: Parameters,
  names: Names,
): { readonly [Index in keyof Names]: PythonValue } {
  return names.map((name) => parameters(name) ?? null) as { readonly [Index in keyof Names]: PythonValue };
}

/** Returns the parameters of these names, which must be there, be it as null. */
export function requireAll<const Names extends readonly string[]>(
  parameters: Parameters,
  names: Names,
): { readonly [Index in keyof Names]: PythonValue } {
  if (names.some((name) => parameters(name) === undefined)) throw missingParameters();
  return readAll(parameters, names);
}

/** Returns the refusal of a request that lacks something. */
export function missingParameters(): DlrnRefusal {
  return new DlrnRefusal(400, 'Missing parameters');
}

/** Returns a value as the database's columns of texts hold it. */
export function databaseText(value: PythonValue): string | null {
  const text = columnText(value);
  if (text === undefined) throw htmlError(500);
  return text;
}

/** Returns a whole number as Python's int() reads it. */
export function integer(value: PythonValue): number | bigint {
  const number = pythonInteger(value);
  if (number === undefined) throw htmlError(500);
  return number;
}

/** Returns a truth word as Python's strtobool reads it. JSON's own true and false break it. */
export function truth(value: PythonValue): boolean {
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (['y', 'yes', 't', 'true', 'on', '1'].includes(word)) return true;
  if (['n', 'no', 'f', 'false', 'off', '0'].includes(word)) return false;
  throw htmlError(500);
}

/** As {@link truth}, or null where there is none. */
export function optionalTruth(value: PythonValue): boolean | null {
  return value === null ? null : truth(value);
}
