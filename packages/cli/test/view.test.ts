import test from 'ava';
import type { Outcome } from '@tagflow/model';
import { createLiveDisplay, createPlainDisplay } from '../src/display.ts';
import type { Place, RunEvent } from '../src/events.ts';
import { bytes, noColours, renderView } from '../src/render.ts';
import { applyEvent, type RunView } from '../src/view.ts';

const place = (job: string, leg: string | null = null): Place => ({ release: 'master', phase: 'upstream', job, leg });
const ended = (job: string, outcome: Outcome | null, leg: string | null = null, message = ''): RunEvent => ({
  type: 'job-ended',
  place: place(job, leg),
  outcome,
  message,
  at: 2000,
});
const begun = (job: string, leg: string | null = null): RunEvent => ({
  type: 'job-begun',
  place: place(job, leg),
  at: 1000,
});

const run: readonly RunEvent[] = [
  { type: 'phase-begun', release: 'master', phase: 'upstream', route: 'consistent → current-tripleo', at: 1000 },
  begun('hash'),
  ended('hash', 'done', null, 'abc'),
  begun('test', 'fs001'),
  begun('test', 'fs020'),
  ended('test', 'failed', 'fs001', 'fs001 failed'),
];

function after(events: readonly RunEvent[]): RunView {
  return events.reduce<RunView>(applyEvent, []);
}

test('legs of a matrix are one job that shows the worst of them', (t) => {
  const [phase] = after([...run, ended('test', 'done', 'fs020', 'fs020 passed')]);
  const job = phase?.jobs.find((one) => one.name === 'test');
  t.is(job?.outcome, 'failed');
  t.is(job?.message, 'fs001 failed');
  t.is(job?.state, 'ended');
  t.is(`${job?.legsDone}/${job?.legs}`, '2/2');
});

test('a job runs until its last leg ended', (t) => {
  const job = after(run)[0]?.jobs.find((one) => one.name === 'test');
  t.is(job?.state, 'running');
});

test('a line shows progress while the job runs, and never more columns than there are', (t) => {
  const progress: RunEvent = {
    type: 'progress',
    place: place('test'),
    progress: { what: `copy ${'x'.repeat(200)}`, done: 5_000_000, total: 10_000_000, unit: 'bytes' },
  };
  const lines = renderView(after([...run, progress]), 3000, 60, noColours);
  t.regex(lines.join('\n'), /████████░░░░░░░░ 5\.0 MB\/10\.0 MB copy x/);
  for (const line of lines.slice(1)) t.true(line.length <= 60, line);
});

test('bytes are said in decimal units', (t) => {
  t.deepEqual([0, 999, 1000, 3_140_000, 2e12].map(bytes), ['0 B', '999 B', '1.0 kB', '3.1 MB', '2.0 TB']);
});

test('the plain display says each end once, with the reason', (t) => {
  let text = '';
  const display = createPlainDisplay({ write: (chunk) => (text += chunk) });
  for (const event of [...run, ended('promote', null, null, 'needs test')]) display.listen(event);
  display.close();
  t.is(
    text,
    [
      'upstream: consistent → current-tripleo',
      '  ✔ upstream/hash: done. abc',
      '  ✘ upstream/test fs001: failed. fs001 failed',
      '  - upstream/promote: skipped. needs test',
      '',
    ].join('\n'),
  );
});

test('the live display redraws in place and prints warnings above', (t) => {
  let text = '';
  let draw = (): void => undefined;
  let stopped = false;
  const display = createLiveDisplay(
    { write: (chunk) => (text += chunk), columns: 60, rows: 20 },
    { now: () => 3000, sleep: () => Promise.resolve() },
    noColours,
    (tick) => {
      draw = tick;
      return () => {
        stopped = true;
      };
    },
  );
  for (const event of run) display.listen(event);
  draw();
  t.false(text.includes('\u001b['), 'nothing to erase at first');
  display.listen({ type: 'said', place: place('test'), level: 'warning', message: 'slow registry' });
  t.true(text.includes('\u001b[3A\u001b[Jwarning slow registry\n'));
  display.close();
  t.true(stopped);
});
