import { DlrnRefusal, htmlError } from './answers.ts';

/** Reads one parameter of a request; undefined when it is not there. */
export type Parameters = (name: string) => unknown;

/**
 * Returns the parameters of a GET: the query first, then the JSON body (deprecated, still working). A body that is
 * announced and is not JSON, also an empty one, is Flask's page of 400.
 */
export function readParameters(query: URLSearchParams, contentType: string | undefined, body: string): Parameters {
  const members = contentType === 'application/json' ? membersOf(parseJson(body)) : new Map<string, unknown>();
  return (name) => query.get(name) ?? members.get(name) ?? undefined;
}

/** Returns the members of a POST's body, which DLRN reads with `json[name]`: anything but an object breaks it. */
export function bodyParameters(body: unknown): Parameters {
  const members = membersOf(body);
  return (name) => members.get(name) ?? undefined;
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw htmlError(500);
  return new Map(Object.entries(value));
}

/** Returns the parsed body. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw htmlError(400);
  }
}

/** Returns a text that must be there. */
export function requireText(parameters: Parameters, name: string): string {
  const value = parameters(name);
  if (value === undefined) throw new DlrnRefusal(400, 'Missing parameters');
  return String(value);
}

/** Returns a text, or null where there is none. */
export function optionalText(parameters: Parameters, name: string): string | null {
  const value = parameters(name);
  return value === undefined ? null : String(value);
}

/** Returns a whole number as Python's int() reads it, or `otherwise` where there is none. */
export function integer(parameters: Parameters, name: string, otherwise: number): number {
  const value = parameters(name);
  if (value === undefined) return otherwise;
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  throw htmlError(500);
}

/** Returns a truth word as Python's strtobool reads it. JSON's own true and false break it. */
export function truth(value: unknown): boolean {
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (['y', 'yes', 't', 'true', 'on', '1'].includes(word)) return true;
  if (['n', 'no', 'f', 'false', 'off', '0'].includes(word)) return false;
  throw htmlError(500);
}

/** As {@link truth}, or null where there is none. */
export function optionalTruth(parameters: Parameters, name: string): boolean | null {
  const value = parameters(name);
  return value === undefined ? null : truth(value);
}
