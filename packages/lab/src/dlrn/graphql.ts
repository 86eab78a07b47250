import {
  buildSchema,
  type DocumentNode,
  executeSync,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  parse,
  Source,
  validate,
  visit,
} from 'graphql';
import type { Answer } from '../http-server.ts';
import { graphqlQueries } from './graphql-queries.ts';
import { graphqlSchema } from './graphql-schema.ts';
import { readVariables } from './graphql-variables.ts';
import { mistakeAsJson, mistakeInCoreWords, reworded, syntaxMistake } from './graphql-words.ts';
import { mediaTypeOf, type SentRequest } from './parameters.ts';
import {
  asciiOnly,
  isTruthy,
  membersOf,
  parsePythonJson,
  pythonShown,
  pythonText,
  type PythonValue,
} from './python-values.ts';
import type { DlrnRelease, DlrnState } from './state.ts';

/** A request of /api/graphql. */
export interface GraphqlRequest extends SentRequest {
  readonly method: string;
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
  const operation = getOperationAST(document, operationName);
  const kind = operation?.operation ?? 'query';
  if (request.method === 'GET' && kind !== 'query') {
    throw new HttpQueryError(405, `Can only perform a ${kind} operation from a POST request.`, 'POST');
  }
  if (kind !== 'query') {
    return { status: 200, result: { errors: [{ message: `Schema is not configured for ${kind}s` }], data: null } };
  }
  const schema = schemaOf(state.release);
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) return refused(mistakes.map((mistake) => mistakeInCoreWords(mistake, document)));
  try {
    const variableValues = operation ? readVariables(operation, variables) : {};
    const rootValue = graphqlQueries(state);
    const { data, errors } = executeSync({ schema, document, rootValue, variableValues, operationName });
    if (data === undefined) return refused(errors ?? []);
    const told = errors?.map((error) => mistakeAsJson(withoutPlace(error)));
    return { status: 200, result: told === undefined ? { data } : { errors: told, data } };
  } catch (error) {
    if (error instanceof GraphQLError) return refused([error]);
    throw error;
  }
}

// Building one, and the library's check of it, cost more than answering.
const schemas = new Map<DlrnRelease, GraphQLSchema>();

function schemaOf(release: DlrnRelease): GraphQLSchema {
  const known = schemas.get(release);
  if (known !== undefined) return known;
  const schema = buildSchema(graphqlSchema(release));
  schemas.set(release, schema);
  return schema;
}

// Of what does not fit an Int, such as a time far away, the place is not told.
function withoutPlace(error: GraphQLError): GraphQLError {
  return error.message.startsWith('Int cannot represent ') ? new GraphQLError(error.message) : error;
}

function refused(errors: readonly GraphQLError[]): { readonly status: number; readonly result: unknown } {
  return { status: 400, result: { errors: errors.map(mistakeAsJson) } };
}

function parseQuery(query: PythonValue): DocumentNode | GraphQLError {
  if (!isTruthy(query)) throw new HttpQueryError(400, 'Must provide query string.');
  if (typeof query !== 'string') return new GraphQLError('The query must be a string');
  const source = new Source(query);
  try {
    return checkGrammar(parse(source), source);
  } catch (error) {
    if (error instanceof GraphQLError) return error.message.startsWith('Syntax Error: ') ? reworded(error) : error;
    throw error;
  }
}

// The real library is of the time before null could be written, or nothing be selected.
function checkGrammar(document: DocumentNode, source: Source): DocumentNode {
  return visit(document, {
    NullValue({ loc }) {
      throw syntaxMistake(source, loc?.start ?? 0, 'Unexpected Name "null"');
    },
    SelectionSet({ selections, loc }) {
      if (selections.length === 0) throw syntaxMistake(source, (loc?.end ?? 1) - 1, 'Expected Name, found }');
    },
  });
}

interface QueryParameters {
  readonly query: PythonValue;
  readonly variables: PythonValue;
  readonly operationName: string | null;
}

// The body first, then the address.
function parametersOf(request: GraphqlRequest): QueryParameters {
  const inBody = bodyOf(request);
  const find = (name: string): PythonValue => {
    const value = inBody.get(name) ?? null;
    return isTruthy(value) ? value : request.query.get(name);
  };
  const [query, variables, operationName] = [find('query'), find('variables'), find('operationName')];
  return {
    query,
    variables:
      typeof variables === 'string' && variables !== ''
        ? parseBody(variables, 'Variables are invalid JSON.')
        : variables,
    operationName: isTruthy(operationName) ? pythonText(operationName) : null,
  };
}

function bodyOf({ contentType, body }: GraphqlRequest): ReadonlyMap<string, PythonValue> {
  switch (mediaTypeOf(contentType)) {
    case 'application/graphql':
      return new Map([['query', body]]);
    case 'application/x-www-form-urlencoded':
      return new Map(new URLSearchParams(body));
    case 'application/json':
      return objectMembers(parseBody(body, 'POST body sent invalid JSON.'));
    default:
      return new Map();
  }
}

function objectMembers(value: PythonValue): ReadonlyMap<string, PythonValue> {
  if (Array.isArray(value)) throw new HttpQueryError(400, 'Batch GraphQL requests are not enabled.');
  const members = membersOf(value);
  if (members !== undefined) return members;
  throw new HttpQueryError(400, `GraphQL params should be a dict. Received ${pythonShown(value)}.`);
}

function parseBody(text: string, refusal: string): PythonValue {
  try {
    return parsePythonJson(text);
  } catch {
    throw new HttpQueryError(400, refusal);
  }
}

function answer(status: number, result: unknown, pretty: boolean): Answer {
  const body = asciiOnly(JSON.stringify(result, null, pretty ? 2 : 0));
  return { status, headers: { 'content-type': 'application/json' }, body };
}
