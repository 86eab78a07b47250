import type { ProgressEvent } from '@tagflow/model';
import test from 'ava';
import { createProgressLines, nearest, progressText, reportError } from '../src/index.ts';

test('progress lines are rare, and the end is told once', (t) => {
  let now = 0;
  const lines: string[] = [];
  const progress = createProgressLines({
    clock: { now: () => now },
    intervalMs: 10,
    write: (line) => lines.push(line),
  });
  const at = (time: number, done: number, what = 'copy'): void => {
    now = time;
    progress({ what, done, total: 4, unit: 'containers' });
  };
  at(0, 0);
  at(9, 1);
  at(9, 1, 'verify');
  at(10, 2);
  at(11, 3);
  at(12, 4);
  at(40, 4);
  t.deepEqual(lines, ['copy: 2 of 4 containers', 'copy: 4 of 4 containers']);
});

const texts: readonly [event: ProgressEvent, text: string][] = [
  [{ what: 'copy', done: 1, total: null, unit: 'files' }, 'copy: 1 files'],
  [{ what: 'fetch', done: 1_250_000, total: 3_000_000, unit: 'bytes' }, 'fetch: 1.3 of 3.0 MB'],
];

for (const [event, text] of texts) {
  test(`progress reads ${text}`, (t) => {
    t.is(progressText(event), text);
  });
}

const words = ['release', 'repos-url', 'dlrn-url', 'against'];
const suggestions: readonly [text: string, near: string | null][] = [
  ['relaese', 'release'],
  ['Release', 'release'],
  ['dlrn_url', 'dlrn-url'],
  ['repo-url', 'repos-url'],
  ['password', null],
  ['x', null],
];

for (const [text, near] of suggestions) {
  test(`nearest to ${text} is ${String(near)}`, (t) => {
    t.is(nearest(text, words), near);
  });
}

test('a chain of causes that bites its tail ends, and what is no error is told', (t) => {
  const inner = new Error('inner');
  const outer = new Error('outer', { cause: inner });
  inner.cause = outer;
  t.deepEqual(reportError(outer).causes, ['inner']);
  t.like(reportError('just words\nand more'), { code: 'unexpected', message: 'just words and more', causes: [] });
  const refused = Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')]), {
    code: 'ECONNREFUSED',
  });
  t.is(reportError(refused).message, 'AggregateError ECONNREFUSED');
  t.deepEqual(reportError(refused).causes, ['::1', '127.0.0.1']);
});
