import type { Readable } from 'node:stream';

/** What a registry says to one request, before it is put on the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A Readable comes with its content-length in `headers`. */
  readonly body: Buffer | Readable | null;
}

/** One entry of the `errors` list that the distribution API answers with. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** Returns an answer without a body. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-length': '0', ...headers }, body: null };
}

/** Returns an answer with a JSON body. */
export function answerJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': `${body.length}`, ...headers },
    body,
  };
}

/** Returns an error answer in the form of the distribution API: `{"errors":[{code, message, detail}]}`. */
export function refuse(status: number, ...complaints: readonly Complaint[]): Answer {
  return answerJson(status, { errors: complaints });
}

/** Returns what the router of distribution says to a path that it does not know, a malformed name in it included. */
export function pageNotFound(): Answer {
  const body = Buffer.from('404 page not found\n');
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': `${body.length}` };
  return { status: 404, headers, body };
}
