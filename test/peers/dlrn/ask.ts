import { fetchPlain, type PlainAnswer } from '../../../packages/lab/src/fetch.ts';
import { fillJson, fillPath, fillText, type Placeholders } from './placeholders.ts';
import type { Question } from './question.ts';

/** Where one of the two servers is. */
export interface Side {
  readonly apiUrl: string;
  readonly reposUrl: string;
}

/** Asks one server the question, with placeholders filled in. */
export function ask(side: Side, question: Question, values: Placeholders): Promise<PlainAnswer> {
  const [method, path] = splitAsk(question);
  if (method === 'TREE') return fetchPlain(`${side.reposUrl}/${fillPath(path, values)}`);
  const body = bodyOf(question, values);
  const options = { method, headers: headersOf(question, values), ...(body === undefined ? {} : { body }) };
  return fetchPlain(`${side.apiUrl}${fillPath(path, values)}`, options);
}

/** Returns the two words of `ask`. */
export function splitAsk({ ask }: Question): readonly [method: string, path: string] {
  const space = ask.indexOf(' ');
  return space < 0 ? [ask, ''] : [ask.slice(0, space), ask.slice(space + 1)];
}

function bodyOf({ json, text, ask }: Question, values: Placeholders): string | Buffer | undefined {
  if (json !== undefined) return JSON.stringify(fillJson(json, values));
  if (typeof text === 'string') return fillText(text, values) ?? '';
  // Without this, Node sends a POST in chunks.
  return text ?? (ask.startsWith('POST ') ? '' : undefined);
}

function headersOf({ json, ask, headers = {} }: Question, values: Placeholders): Record<string, string> {
  const isPost = ask.startsWith('POST ');
  const usual = {
    ...(isPost || json !== undefined ? { 'content-type': 'application/json' } : {}),
    ...(isPost ? { authorization: 'Basic {basic}' } : {}),
  };
  const filled = Object.entries({ ...usual, ...headers }).flatMap(([name, value]) =>
    value === null ? [] : [[name, fillText(value, values) ?? '']],
  );
  return Object.fromEntries(filled) as Record<string, string>;
}
