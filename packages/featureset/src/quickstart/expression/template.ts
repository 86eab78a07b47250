import { parse, tokenize } from '@huggingface/jinja';
import { FeaturesetError } from '../../error.ts';

/** The parts of a template that are understood; anything else is refused by its name. */
export type Node =
  | { readonly type: 'StringLiteral' | 'Identifier'; readonly value: string }
  | { readonly type: 'IntegerLiteral' | 'FloatLiteral'; readonly value: number }
  | { readonly type: 'ArrayLiteral' | 'TupleLiteral'; readonly value: readonly Node[] }
  | { readonly type: 'ObjectLiteral'; readonly value: ReadonlyMap<Node, Node> }
  | { readonly type: 'Comment' }
  | { readonly type: 'If'; readonly test: Node; readonly body: readonly Node[]; readonly alternate: readonly Node[] }
  | ForNode
  | { readonly type: 'Ternary'; readonly condition: Node; readonly trueExpr: Node; readonly falseExpr: Node }
  | { readonly type: 'SelectExpression'; readonly lhs: Node; readonly test: Node }
  | { readonly type: 'UnaryExpression'; readonly operator: { readonly value: string }; readonly argument: Node }
  | BinaryNode
  | FilterNode
  | CallNode
  | MemberNode
  | { readonly type: 'KeywordArgumentExpression'; readonly key: { readonly value: string }; readonly value: Node }
  | SliceNode
  | { readonly type: 'Macro' | 'Set' | 'CallStatement' | 'FilterStatement' | 'Break' | 'Continue' };

export interface ForNode {
  readonly type: 'For';
  readonly loopvar: Node;
  readonly iterable: Node;
  readonly body: readonly Node[];
  readonly defaultBlock: readonly Node[];
}
export interface BinaryNode {
  readonly type: 'BinaryExpression';
  readonly operator: { readonly value: string };
  readonly left: Node;
  readonly right: Node;
}
export interface FilterNode {
  readonly type: 'FilterExpression';
  readonly operand: Node;
  readonly filter: Node;
}
export interface CallNode {
  readonly type: 'CallExpression';
  readonly callee: Node;
  readonly args: readonly Node[];
}
export interface MemberNode {
  readonly type: 'MemberExpression';
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}
export interface SliceNode {
  readonly type: 'SliceExpression';
  readonly start?: Node;
  readonly stop?: Node;
  readonly step?: Node;
}

/** What marks a test among filters: no name in a template can hold a space. */
export const testMarks = { is: 'is ', isNot: 'is not ' } as const;

/** The longest row of blanks: the library looks at each of its parts again. */
const blanks = 256;

/** Whether a text is a template at all. */
export function isTemplate(text: string): boolean {
  return /\{[{%#]/.test(text);
}

/**
 * Returns the parts of a template, with the last line end, which the library takes off, put back: Ansible keeps it.
 * @throws FeaturesetError `bad-expression`; RangeError when it nests too deep
 */
export function parseTemplate(text: string, maxLength: number): readonly Node[] {
  if (text.length > maxLength) {
    throw new FeaturesetError('bad-expression', `a template of ${text.length} characters: at most ${maxLength}`);
  }
  if (new RegExp(`\\s{${blanks + 1}}`).test(text)) {
    throw new FeaturesetError('bad-expression', `a template with more than ${blanks} blanks in a row`);
  }
  try {
    const { body } = parse(testsAsFilters(tokenize(text, { trim_blocks: true })));
    return [...(body as unknown as Node[]), ...(/(?<![%#]\})\n$/u.test(text) ? [lineEnd] : [])];
  } catch (error) {
    // Too deep: whoever renders says so, wherever the stack ended.
    if (error instanceof RangeError) throw error;
    // Whatever else the library throws (a TypeError where the text ends early) says one thing: this is no template.
    const why = error instanceof Error ? error.message : String(error);
    throw new FeaturesetError('bad-expression', `not a template that can be read: ${why}`, { cause: error });
  }
}

const lineEnd: Node = { type: 'StringLiteral', value: '\n' };

type Token = ReturnType<typeof tokenize>[number];

/**
 * Python's Jinja binds `is` as tightly as `|`, and lets a test have arguments; the library does neither. So that
 * `a is match("x")` and `a is defined|default(false)` can be read, a test becomes a filter of a name of its own.
 */
function testsAsFilters(tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    const isNot = named(tokens[index + 1], 'not');
    const test = tokens[index + (isNot ? 2 : 1)];
    if (!named(token, 'is') || test?.type !== 'Identifier' || !endsOperand(tokens[index - 1])) {
      found.push(token);
      continue;
    }
    found.push({ type: 'Pipe', value: '|' });
    found.push({ type: 'Identifier', value: (isNot ? testMarks.isNot : testMarks.is) + test.value });
    index += isNot ? 2 : 1;
  }
  return found;
}

function named(token: Token | undefined, name: string): boolean {
  return token?.type === 'Identifier' && token.value === name;
}

/** `is` may be a variable, or a member: it is the word between an operand and a test only. */
function endsOperand(token: Token | undefined): boolean {
  return [
    'Identifier',
    'StringLiteral',
    'NumericLiteral',
    'CloseParen',
    'CloseSquareBracket',
    'CloseCurlyBracket',
  ].some((type) => type === token?.type);
}
