import {
  buildSchema,
  type DocumentNode,
  executeSync,
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  visit,
} from 'graphql';
import type { Answer } from '../http-server.ts';
import { graphqlQueries } from './graphql-queries.ts';
import { graphqlSchema } from './graphql-schema.ts';
import type { DlrnState } from './state.ts';

/** A request of /api/graphql. */
export interface GraphqlRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
}

class HttpQueryError extends Error {
  readonly status: number;
  readonly allow: string | undefined;
  constructor(status: number, message: string, allow?: string) {
    super(message);
    this.status = status;
    this.allow = allow;
  }
}

/**
 * Answers /api/graphql: reads of commits, votes and the state of packages, never of promotions, for anybody. Loading
 * this file loads the library, so it is imported when the first query comes.
 */
export function answerGraphql(state: DlrnState, request: GraphqlRequest): Answer {
  const pretty = (request.query.get('pretty') ?? '') !== '';
  try {
    const { status, result } = run(state, request);
    return answer(status, result, pretty);
  } catch (error) {
    if (!(error instanceof HttpQueryError)) throw error;
    const refused = answer(error.status, { errors: [{ message: error.message }] }, false);
    return error.allow === undefined ? refused : { ...refused, headers: { ...refused.headers, allow: error.allow } };
  }
}

function run(state: DlrnState, request: GraphqlRequest): { readonly status: number; readonly result: unknown } {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new HttpQueryError(405, 'GraphQL only supports GET and POST requests.', 'GET, POST');
  }
  const { query, variables, operationName } = parametersOf(request);
  const document = parseQuery(query);
  if (document instanceof GraphQLError) return refused([document]);
  const kind = getOperationAST(document, operationName)?.operation ?? 'query';
  if (request.method === 'GET' && kind !== 'query') {
    throw new HttpQueryError(405, `Can only perform a ${kind} operation from a POST request.`, 'POST');
  }
  if (kind !== 'query') {
    return { status: 200, result: { errors: [{ message: `Schema is not configured for ${kind}s` }], data: null } };
  }
  const schema = buildSchema(graphqlSchema(state.release));
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) return refused(mistakes);
  const rootValue = graphqlQueries(state);
  const { data, errors } = executeSync({ schema, document, rootValue, variableValues: variables, operationName });
  if (data === undefined) return refused(errors ?? []);
  return { status: 200, result: errors === undefined ? { data } : { errors, data } };
}

function refused(errors: readonly GraphQLError[]): { readonly status: number; readonly result: unknown } {
  return { status: 400, result: { errors } };
}

function parseQuery(query: unknown): DocumentNode | GraphQLError {
  if (!query) throw new HttpQueryError(400, 'Must provide query string.');
  if (typeof query !== 'string') return new GraphQLError('The query must be a string');
  try {
    const document = parse(query);
    visit(document, {
      // The real library is of the time before null could be written.
      NullValue: (nodes) => {
        throw new GraphQLError('Syntax Error GraphQL: Unexpected Name "null"', { nodes });
      },
    });
    return document;
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

interface QueryParameters {
  readonly query: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | null;
}

// The body first, then the address.
function parametersOf(request: GraphqlRequest): QueryParameters {
  const inBody = bodyOf(request);
  const find = (name: string): unknown => inBody.get(name) || request.query.get(name);
  const operationName = find('operationName');
  return {
    query: find('query'),
    variables: variablesOf(find('variables')),
    operationName: operationName ? String(operationName) : null,
  };
}

function bodyOf({ contentType, body }: GraphqlRequest): ReadonlyMap<string, unknown> {
  switch (contentType.replace(/;.*$/s, '').trim().toLowerCase()) {
    case 'application/graphql':
      return new Map([['query', body]]);
    case 'application/x-www-form-urlencoded':
      return new Map(new URLSearchParams(body));
    case 'application/json':
      return membersOf(parseBody(body, 'POST body sent invalid JSON.'));
    default:
      return new Map();
  }
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  if (Array.isArray(value)) throw new HttpQueryError(400, 'Batch GraphQL requests are not enabled.');
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  const words: Readonly<Record<string, string>> = { null: 'None', true: 'True', false: 'False' };
  const shown = typeof value === 'string' ? `'${value}'` : (words[String(value)] ?? String(value));
  throw new HttpQueryError(400, `GraphQL params should be a dict. Received ${shown}.`);
}

function variablesOf(sent: unknown): Readonly<Record<string, unknown>> {
  const value: unknown = typeof sent === 'string' ? parseBody(sent, 'Variables are invalid JSON.') : sent;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parseBody(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpQueryError(400, refusal);
  }
}

function answer(status: number, result: unknown, pretty: boolean): Answer {
  const text = JSON.stringify(result, null, pretty ? 2 : 0);
  // Python's JSON is ASCII.
  const body = text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return { status, headers: { 'content-type': 'application/json' }, body };
}
