import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { Garbage, type ReportReader } from './garbage.ts';
import type { TestStatus } from './tally.ts';
import { createXmlPieces, type XmlPiece } from './xml-pieces.ts';

interface Case {
  readonly name: string;
  status: TestStatus;
  /** Of its first failure: the attribute, else the text. */
  message: string;
}

interface Suite {
  readonly name: string;
  /** How many failures and errors its attributes tell of, and how many it holds. */
  readonly told: number;
  held: number;
}

const deepest = 100;
const longestMessage = 64 * 1024;
// As many bytes as an XML declaration may have before its encoding.
const declarationLength = 200;
const attributeNames = ['name', 'classname', 'message', 'status', 'result', 'failures', 'errors'] as const;
type Attributes = Readonly<Partial<Record<string, string>>>;

/**
 * Reads a JUnit XML file: `testsuites`, `testsuite` and `testcase`, with `failure`, `error` and `skipped` in a test case
 * (and failures of a whole suite beside them, which count as a test that failed). There is no schema that all writers
 * keep to; anything else is passed over. No DTD is read: an entity that XML itself does not define is an error.
 */
export function createJunitReader(add: (test: string, status: TestStatus, message: string) => void): ReportReader {
  const parser = new SaxesParser({ position: false, xmlns: false });
  const path: string[] = [];
  const suites: Suite[] = [];
  let current: Case | null = null;
  /** What a failure says in its text, while one without a message is open. */
  let words: string | null = null;
  let contradiction: string | null = null;

  const fail = (what: string): never => {
    throw new Garbage(what);
  };

  function failed(attributes: Attributes, where: Case): void {
    const isFirst = where.status !== 'failed';
    where.status = 'failed';
    for (const suite of suites) suite.held += 1;
    const { message = '' } = attributes;
    if (isFirst) where.message = message;
    if (isFirst && message.trim() === '') words = '';
  }

  parser.on('opentag', ({ name: tag, attributes: all }) => {
    const name = tag.slice(tag.indexOf(':') + 1);
    const attributes: Attributes = Object.fromEntries(attributeNames.map((each) => [each, all[each]]));
    if (path.length === 0 && name !== 'testsuites' && name !== 'testsuite') {
      fail(`it is XML and no JUnit report: its root is <${name.slice(0, 80)}>`);
    }
    if (path.length >= deepest) fail(`its elements are nested more than ${deepest} deep`);
    const parent = path.at(-1);
    path.push(name);
    if (name === 'testsuite' || name === 'testsuites') {
      suites.push({ name: attributes['name'] ?? '', told: tellsOf(attributes), held: 0 });
    } else if (name === 'testcase') {
      current = { name: testName(attributes), status: statusOf(attributes), message: '' };
    } else if (parent === 'testcase' && current !== null) {
      if (name === 'failure' || name === 'error') failed(attributes, current);
      else if (name === 'skipped' && current.status === 'passed') current.status = 'skipped';
    } else if (parent === 'testsuite' && (name === 'failure' || name === 'error')) {
      current = { name: suites.at(-1)?.name ?? '', status: 'passed', message: '' };
      failed(attributes, current);
    }
  });

  parser.on('closetag', ({ name: tag }) => {
    const name = tag.slice(tag.indexOf(':') + 1);
    path.pop();
    const parent = path.at(-1);
    if (words !== null && (name === 'failure' || name === 'error')) {
      if (current !== null) current.message = unescape(words);
      words = null;
    }
    const isOfSuite = (name === 'failure' || name === 'error') && parent === 'testsuite';
    if (current !== null && (name === 'testcase' || isOfSuite)) {
      add(current.name, current.status, current.message);
      current = null;
    }
    if (name === 'testsuite' || name === 'testsuites') {
      const suite = suites.pop();
      if (suite !== undefined && suite.told > suite.held) {
        contradiction ??= `${name} "${suite.name.slice(0, 80)}" tells of ${suite.told} failures and errors, and holds ${suite.held}`;
      }
    }
  });

  function take({ kind, text, line }: XmlPiece): void {
    if (words !== null && kind !== 'markup' && words.length < longestMessage) {
      words += kind === 'cdata' ? text.replaceAll('&', '&amp;') : text;
    }
    // What CDATA holds needs no parser, and may be a log of any length.
    if (kind === 'cdata') return;
    const before = parser.line;
    try {
      parser.write(text);
    } catch (error) {
      if (error instanceof Garbage) throw new Garbage(`line ${line}: ${error.message}`);
      const what = error instanceof Error ? error.message : String(error);
      throw new Garbage(`line ${line + parser.line - before}: ${what.replace(/\.$/, '')}`);
    }
  }

  const pieces = createXmlPieces(take);
  let decoder: TextDecoder | null = null;
  let start: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      if (decoder !== null) {
        pieces.push(decoder.decode(bytes, { stream: true }));
        return;
      }
      start = Buffer.concat([start, bytes]);
      if (start.length < declarationLength) return;
      decoder = decoderOf(start);
      pieces.push(decoder.decode(start, { stream: true }));
    },
    end() {
      if (decoder === null && start.length === 0) fail('it is empty');
      pieces.push(decoder === null ? decoderOf(start).decode(start) : decoder.decode());
      pieces.end();
      const [open] = path;
      if (open !== undefined) fail(`it ends in the middle: <${path.at(-1) ?? open}> is still open`);
      try {
        parser.close();
      } catch (error) {
        fail(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
      }
      if (contradiction !== null) fail(contradiction);
    },
    close: () => undefined,
  };
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text
    .replaceAll(/&#(?:10|x0?[aA]);/g, '\n')
    .replaceAll(/&(lt|gt|amp|quot|apos);/g, (_all, name: string) => entities[name] ?? '');
}

function tellsOf(attributes: Attributes): number {
  const [failures, errors] = ['failures', 'errors'].map((name) => attributes[name] ?? '');
  return [failures, errors].reduce((sum, text) => sum + (/^\s*\d{1,9}\s*$/.test(text ?? '') ? Number(text) : 0), 0);
}

function testName({ classname = '', name = '' }: Attributes): string {
  return classname === '' ? name : `${classname}.${name}`;
}

/** A test that was not run, in the words of CTest and googletest, which have no element for it. */
function statusOf({ status, result }: Attributes): TestStatus {
  return /^(?:notrun|disabled|skipped|suppressed)$/i.test(result ?? status ?? '') ? 'skipped' : 'passed';
}

/** Returns the decoder that a byte order mark, or the XML declaration, asks for; UTF-8 where neither does. */
function decoderOf(bytes: Buffer): TextDecoder {
  const start = bytes.subarray(0, declarationLength).toString('latin1');
  const declared = /^<\?xml[^>]*?encoding=["']([\w.:-]+)["']/.exec(start)?.[1] ?? 'utf-8';
  const marked = start.startsWith('\u00FF\u00FE') ? 'utf-16le' : start.startsWith('\u00FE\u00FF') ? 'utf-16be' : null;
  try {
    return new TextDecoder(marked ?? declared);
  } catch {
    throw new Garbage(`its encoding "${declared.slice(0, 80)}" is not known`);
  }
}
