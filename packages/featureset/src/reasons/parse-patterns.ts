import { messageOf } from '@tagflow/model';
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { FeaturesetError } from '../error.ts';
import { compileRegex } from './compile.ts';
import { type ReasonPattern, reasonKinds, severities } from './pattern.ts';
import { RegexMistake } from './regex-syntax.ts';

const keys = ['name', 'pattern', 'reason', 'kind', 'severity', 'bug', 'files'];

/**
 * Returns the patterns of a pattern file: a YAML list of mappings with name, pattern, reason, kind (infra or product),
 * severity (1 to 3, 3 being the cause itself) and, where they are known, bug (a URL) and files (a glob).
 * @param where what to call the file in an error
 * @throws FeaturesetError `bad-patterns` with everything that is wrong, each as `where:line:column: sentence`
 */
export function parsePatterns(text: string, where: string): readonly ReasonPattern[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistakes: { readonly at: number; readonly what: string }[] = [];
  const complain = (at: number, what: string) => void mistakes.push({ at, what });
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    complain(pos[0], `not valid YAML: ${message}`);
  }
  const patterns: ReasonPattern[] = [];
  const { contents } = document;
  if (mistakes.length === 0) {
    if (!isSeq(contents) || contents.items.length === 0) {
      complain(startOf(contents), 'a list of patterns is expected, with at least one of them');
    } else {
      const names = new Map<string, number>();
      for (const item of contents.items) {
        const pattern = readPattern(item, startOf(contents), complain);
        if (pattern === null) continue;
        patterns.push(pattern);
        const first = names.get(pattern.name);
        if (first === undefined) names.set(pattern.name, startOf(item));
        else {
          complain(startOf(item), `name "${pattern.name}" is that of line ${lines.linePos(first).line} too`);
        }
      }
    }
  }
  if (mistakes.length === 0) return patterns;
  const sorted = mistakes.toSorted((a, b) => a.at - b.at);
  const sentences = sorted.map(({ at, what }) => {
    const { line, col } = lines.linePos(at);
    return `${where}:${Math.max(1, line)}:${Math.max(1, col)}: ${what}`;
  });
  const count = sentences.length === 1 ? 'one thing is' : `${sentences.length} things are`;
  throw new FeaturesetError('bad-patterns', [`${count} wrong in ${where}`, ...sentences].join('\n'), {
    next: 'Correct the file: tagflow reasons --list prints one that is right.',
  });
}

type Complain = (at: number, what: string) => void;

/** Null when something of it is wrong, which was told. */
function readPattern(item: unknown, at: number, complain: Complain): ReasonPattern | null {
  const start = startOf(item) || at;
  if (!isMap(item)) {
    complain(start, 'a pattern is a mapping with name, pattern, reason, kind and severity');
    return null;
  }
  let isGood = true;
  const wrong = (where: number, what: string) => {
    isGood = false;
    complain(where, what);
  };
  const pairs = new Map<string, Pair>();
  for (const pair of item.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (keys.includes(key)) pairs.set(key, pair);
    else wrong(startOf(pair.key) || start, `unknown key "${key}"; allowed: ${keys.join(', ')}`);
  }
  const valueOf = (key: string) => {
    const node = pairs.get(key)?.value;
    return { value: isScalar(node) ? node.value : node == null ? null : node, at: startOf(node) || start };
  };
  const textOrNull = (key: string): string | null => {
    const { value, at: place } = valueOf(key);
    if (value === null) return null;
    if (typeof value === 'string' && value.trim() !== '') return value;
    wrong(place, `${key}: a text is expected${typeof value === 'object' ? '' : ', write it in quotes'}`);
    return '';
  };
  const text = (key: string): string => {
    const found = textOrNull(key);
    if (found === null) wrong(start, `${key} is missing`);
    return found ?? '';
  };
  const oneOf = <Value>(key: string, allowed: readonly Value[]): Value | undefined => {
    const { value, at: place } = valueOf(key);
    const found = allowed.find((each) => each === value);
    if (found === undefined) wrong(place, `${key}: ${describe(value)} is none of ${allowed.join(', ')}`);
    return found;
  };
  const found = {
    ...{ name: text('name'), pattern: text('pattern'), reason: text('reason') },
    ...{ kind: oneOf('kind', reasonKinds), severity: oneOf('severity', severities) },
    ...{ bug: textOrNull('bug'), files: textOrNull('files') },
  };
  const { kind, severity } = found;
  if (found.name !== '' && !/^[a-z0-9][a-z0-9-]*$/.test(found.name)) {
    wrong(valueOf('name').at, `name "${found.name}": lower case letters, digits and dashes are allowed`);
  }
  if (found.bug !== null && found.bug !== '' && !/^https?:\/\/\S+$/.test(found.bug)) {
    wrong(valueOf('bug').at, `bug: ${describe(found.bug)} is not a URL that begins with http:// or https://`);
  }
  if (found.pattern !== '') {
    const mistake = mistakeIn(found.pattern);
    if (mistake !== null) wrong(valueOf('pattern').at, `pattern ${describe(found.pattern)}${mistake}`);
  }
  if (!isGood || kind === undefined || severity === undefined) return null;
  return { ...found, kind, severity };
}

function mistakeIn(pattern: string): string | null {
  try {
    compileRegex(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof RegexMistake)) throw error;
    return `${error.at === 0 ? '' : `, from its character ${error.at + 1} on`}: ${messageOf(error)}`;
  }
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  return typeof value === 'object' ? 'what is there' : JSON.stringify(value);
}

function startOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
