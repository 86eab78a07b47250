import { type ASTNode, type DocumentNode, GraphQLError, print, type Source, visit } from 'graphql';

// DLRN's library is graphql-core 2.3, which words its mistakes as the library of JavaScript did years ago.

/** Returns a mistake in a query's grammar in the words of DLRN's library: with the place and the lines around it. */
export function syntaxMistake(source: Source, position: number, description: string): GraphQLError {
  const { line, column } = placeIn(source, position);
  const lines = linesOf(source.body);
  const width = String(line + 1).length;
  const shown = [line - 1, line, line + 1].flatMap((number) => {
    const text = lines[number - 1];
    const mark = number === line ? [`${' '.repeat(1 + width + column)}^`] : [];
    return text === undefined ? [] : [`${String(number).padStart(width)}: ${text}`, ...mark];
  });
  const message = `Syntax Error GraphQL (${line}:${column}) ${description}\n\n${shown.join('\n')}\n`;
  return new GraphQLError(message, { source, positions: [position] });
}

/** Returns a mistake as DLRN's library writes it. */
export function mistakeAsJson({ message, source, positions, path }: GraphQLError): Readonly<Record<string, unknown>> {
  const isPlaced = source !== undefined && positions !== undefined;
  const locations = isPlaced ? { locations: positions.map((position) => placeIn(source, position)) } : {};
  return { message, ...locations, ...(path === undefined ? {} : { path }) };
}

// The first letter of a line is taken for the end of the line before.
function placeIn(source: Source, position: number): { readonly line: number; readonly column: number } {
  const lines = linesOf(source.body.slice(0, position));
  return { line: Math.max(lines.length, 1), column: (lines.at(-1)?.length ?? 0) + 1 };
}

// As Python's `splitlines`: a line end ends a line and begins none.
function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|[\n\v\f\r\x85\u2028\u2029]/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Returns a mistake of the parser in the words of DLRN's library. */
export function reworded(error: GraphQLError): GraphQLError {
  const description = error.message
    .replace(/^Syntax Error: /, '')
    .replace(/^Unexpected character: /, 'Unexpected character ')
    .replace(/^Unexpected single quote character.*/, `Unexpected character "'".`)
    .replace(/^Unterminated string\.$/, 'Unterminated string')
    .replace(/^((?:Expected|Unexpected) (?!character).*)\.$/s, '$1')
    .replaceAll('<EOF>', 'EOF')
    .replaceAll(/(^Expected |^Unexpected |, found )"([^"\w]+)"/g, '$1$2');
  const [position = 0] = error.positions ?? [];
  return error.source === undefined ? error : syntaxMistake(error.source, position, description);
}

/** Returns what is wrong with a query in the words of DLRN's library. */
export function mistakeInCoreWords(error: GraphQLError, document: DocumentNode): GraphQLError {
  const { nodes = [] } = error;
  const [value] = nodes;
  const [, scalar] = /^(Int|String|Boolean|ID) cannot represent /.exec(error.message) ?? [];
  const isValue = scalar !== undefined && value !== undefined;
  const message = isValue ? wrongValue(document, scalar, value) : rewrite(error.message);
  // The very first place is taken for none.
  return new GraphQLError(message, nodes.every(({ loc }) => loc?.start === 0) ? {} : { nodes });
}

const wordings: readonly (readonly [RegExp, string])[] = [
  [/^(Unknown argument ".+" on field) "(.+)\.(.+)"\./, '$1 "$3" of type "$2".'],
  [
    /^Argument "@(.+)\((.+):\)" of type (".+") is .*/,
    'Directive "$1" argument "$2" of type $3 is required but not provided.',
  ],
  [
    /^Argument ".+\.(.+)\((.+):\)" of type (".+") is .*/,
    'Field "$1" argument "$2" of type $3 is required but not provided.',
  ],
  [/ must have a selection of subfields\..*/, ' must have a sub selection.'],
  [/^(Field ".+") must not have a selection since type (".+") .*/, '$1 of type $2 must not have a sub selection.'],
  [/^(Unknown type ".+"\.) Did you mean /, '$1 Perhaps you meant '],
  [/^There can be only one (argument|fragment|operation|input field) /, 'There can only be one $1 '],
  [
    /^Fragment "(.+)" cannot be spread here as objects of type "(.+)" can never be of type "(.+)"\.$/,
    'Fragment $1 cannot be spread here as objects of type $2 can never be of type $3',
  ],
  [
    /^Fragment cannot be spread here as objects of type "(.+)" can never be of type "(.+)"\.$/,
    'Fragment cannot be spread here as objects of type $1 can never be of type $2',
  ],
  [/ because "(\w+)" and "(\w+)" are different fields\./, ' because $1 and $2 are different fields.'],
  [/^Unknown directive "@/, 'Unknown directive "'],
  [/^Directive "@(.+)" may not be used on (.+)\.$/, 'Directive "$1" may not be used on "$2".'],
  [/^(There can be only one variable named ")\$/, '$1'],
  [/ Did you mean to use an inline fragment on .*/, ''],
  [/^Variable "\$(.+)" of type (.+) used in position/, 'Variable "$1" of type $2 used in position'],
];

function rewrite(message: string): string {
  return wordings.reduce((text, [pattern, words]) => text.replace(pattern, words), message);
}

// It says which argument, or which variable's default, cannot be read.
function wrongValue(document: DocumentNode, scalar: string, value: ASTNode): string {
  const found = print(value);
  let subject = 'Value has invalid value';
  visit(document, {
    Argument(node) {
      if (node.value.loc?.start === value.loc?.start) subject = `Argument "${node.name.value}" has invalid value`;
    },
    VariableDefinition(node) {
      if (node.defaultValue?.loc?.start !== value.loc?.start) return;
      subject = `Variable "$${node.variable.name.value}" of type "${print(node.type)}" has invalid default value:`;
    },
  });
  return `${subject} ${found}.\nExpected type "${scalar}", found ${found}.`;
}
