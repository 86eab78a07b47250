import { GraphQLError, Kind, type OperationDefinitionNode, print, type TypeNode } from 'graphql';
import {
  isTruthy,
  membersOf,
  PythonFloat,
  pythonInteger,
  pythonQuoted,
  pythonText,
  pythonType,
  type PythonValue,
} from './python-values.ts';

/**
 * Returns the values of an operation's variables as DLRN's library reads them: a text for a whole number, and the
 * reverse; null is the same as none.
 * @throws GraphQLError in its words
 */
export function readVariables(operation: OperationDefinitionNode, sent: PythonValue): Record<string, unknown> {
  const definitions = operation.variableDefinitions ?? [];
  const members = isTruthy(sent) ? membersOf(sent) : new Map<string, PythonValue>();
  // What is sent is looked at when somebody wants something of it.
  if (members === undefined && definitions.length > 0) {
    throw new GraphQLError(`'${pythonType(sent)}' object has no attribute 'get'`);
  }
  const values: Record<string, unknown> = {};
  for (const node of definitions) {
    const name = node.variable.name.value;
    const value = members?.get(name) ?? null;
    if (value !== null) values[name] = readValue(node.type, value);
    else if (node.type.kind === Kind.NON_NULL_TYPE) {
      const words = `of required type "${print(node.type)}" was not provided.`;
      throw new GraphQLError(`Variable "$${name}" ${words}`, { nodes: [node] });
    }
  }
  return values;
}

function readValue(type: TypeNode, value: PythonValue): unknown {
  if (type.kind === Kind.NON_NULL_TYPE) return readValue(type.type, value);
  if (type.kind === Kind.LIST_TYPE) return value;
  switch (type.name.value) {
    case 'Int':
      return readInt(value);
    case 'Boolean':
      return isTruthy(value);
    case 'String':
      return typeof value === 'boolean' ? String(value) : pythonText(value);
    case 'ID':
      return pythonText(value);
    default:
      return value;
  }
}

const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

function readInt(value: PythonValue): number {
  const number = pythonInteger(value) ?? otherInteger(value);
  if (number >= least && number <= most) return Number(number);
  throw new GraphQLError(`Int cannot represent non 32-bit signed integer value: ${pythonText(value)}`);
}

function otherInteger(value: PythonValue): number {
  if (typeof value === 'string') {
    const isFloat = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value);
    if (isFloat) return Math.trunc(Number(value));
    throw new GraphQLError(`could not convert string to float: ${pythonQuoted(value)}`);
  }
  if (value instanceof PythonFloat) {
    const what = Number.isNaN(value.value) ? 'NaN' : 'infinity';
    throw new GraphQLError(`cannot convert float ${what} to integer`);
  }
  const wanted = 'a string, a bytes-like object or a real number';
  throw new GraphQLError(`int() argument must be ${wanted}, not '${pythonType(value)}'`);
}
