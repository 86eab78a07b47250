import type { ByteReader } from './garbage.ts';
import type { TestStatus } from './tally.ts';
import type { TestRuns } from './test-runs.ts';

const outcomes: Readonly<Record<string, TestStatus>> = {
  success: 'passed',
  successful: 'passed',
  failure: 'failed',
  error: 'failed',
  skip: 'skipped',
  xfail: 'passed',
  uxsuccess: 'failed',
};

interface Ending {
  readonly test: string;
  readonly status: TestStatus;
  details: string;
}

const longestLine = 64 * 1024;
const longestDetails = 64 * 1024;
const lineEnd = 0x0a;

/**
 * Reads subunit version 1: lines in any other output, `test: NAME` and then `success: NAME`, `failure: NAME [` and so
 * on, details in brackets below. As the reference does, an outcome counts for the test that runs only: other programs
 * print lines like these, too.
 */
export function createSubunitLines(runs: TestRuns): ByteReader {
  let line = '';
  let open: string | null = null;
  let ending: Ending | null = null;
  /** Inside details: plain lines, or parts of which each has a type, a name and chunks of counted bytes. */
  let part: 'none' | 'plain' | 'type' | 'name' | 'length' = 'none';
  let counted = 0;

  function finish(): void {
    if (ending !== null) runs.end(ending.test, ending.test, ending.status, ending.details);
    [ending, open, part] = [null, null, 'none'];
  }

  function keep(text: string): void {
    if (ending !== null && ending.details.length < longestDetails) ending.details += text;
  }

  function takeDetail(text: string): void {
    if (part === 'plain') {
      if (text === ']') finish();
      else keep(`${text.startsWith(' ]') ? text.slice(1) : text}\n`);
    } else if (part === 'type') {
      if (text === ']') finish();
      else part = 'name';
    } else if (part === 'name') {
      part = 'length';
    } else {
      counted = /^[0-9a-f]{1,7}$/i.test(text) ? Number.parseInt(text, 16) : 0;
      if (counted === 0) part = 'type';
    }
  }

  function takeLine(text: string): void {
    if (part !== 'none') return takeDetail(text);
    const { word = '', rest = '' } = /^(?<word>[a-z]+):?\s(?<rest>.*)$/.exec(text)?.groups ?? {};
    if (word === 'test' || word === 'testing') {
      open = rest;
      runs.begin(rest, rest);
      return;
    }
    const status = Object.hasOwn(outcomes, word) ? outcomes[word] : undefined;
    if (status === undefined || open === null) return;
    const { name = '', multipart } = /^(?<name>.*?)(?: \[(?<multipart> multipart)?)?$/.exec(rest)?.groups ?? {};
    if (name !== open) return;
    ending = { test: open, status, details: '' };
    if (rest === name) finish();
    else part = multipart === undefined ? 'plain' : 'type';
  }

  return {
    push(bytes) {
      for (let at = 0; at < bytes.length;) {
        if (counted > 0) {
          const piece = bytes.subarray(at, at + counted);
          keep(piece.toString());
          counted -= piece.length;
          at += piece.length;
          continue;
        }
        const end = bytes.indexOf(lineEnd, at);
        const piece = bytes.subarray(at, end === -1 ? bytes.length : end);
        if (line.length < longestLine) line += piece.toString('latin1');
        at = end === -1 ? bytes.length : end + 1;
        if (end === -1) return;
        takeLine(Buffer.from(line, 'latin1').toString().replace(/\r$/, ''));
        line = '';
      }
    },
    end() {
      if (line !== '') takeLine(Buffer.from(line, 'latin1').toString());
    },
  };
}
