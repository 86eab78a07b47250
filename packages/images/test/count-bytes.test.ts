import type { ProgressEvent } from '@tagflow/model';
import test from 'ava';
import { countBytes } from '../src/count-bytes.ts';
import { formatFileLine, formatFileTable } from '../src/file-report.ts';

function start(sizes: readonly (number | null)[]) {
  const events: ProgressEvent[] = [];
  let now = 0;
  const effects = {
    progress: (event: ProgressEvent) => void events.push(event),
    clock: { now: () => now, sleep: () => Promise.resolve() },
  };
  const count = countBytes(
    effects,
    'fetch',
    sizes.map((size) => ({ size })),
  );
  return { events, count, wait: (ms: number) => void (now += ms) };
}

test('tells what is done, how fast, and how long it will take', (t) => {
  const { events, count, wait } = start([60_000_000, 40_000_000]);
  count(1_000_000, 0);
  wait(2000);
  count(9_000_000, 0);
  wait(2000);
  count(10_000_000, 20_000_000);
  wait(6000);
  count(40_000_000, 20_000_000);
  t.deepEqual(events, [
    { what: 'fetch', done: 1_000_000, total: 100_000_000, unit: 'bytes' },
    { what: 'fetch', done: 10_000_000, total: 100_000_000, unit: 'bytes', note: '5.0 MB/s, 18 s left' },
    {
      ...{ what: 'fetch', done: 40_000_000, total: 100_000_000, unit: 'bytes' },
      note: '20.0 MB not sent, 5.0 MB/s, 6 s left',
    },
    { what: 'fetch', done: 100_000_000, total: 100_000_000, unit: 'bytes', note: '40.0 MB not sent, 6.0 MB/s' },
  ]);
});

test('speaks at most once for each percent, and never of more than all', (t) => {
  const { events, count } = start([1000]);
  for (let bytes = 0; bytes < 1500; bytes += 1) count(1, 0);
  t.is(events.length, 101);
  t.is(events.at(-1)?.done, 1000);
});

test('says minutes and hours of long work, and no end where nobody knows the size', (t) => {
  const long = start([7_200_000_000]);
  long.wait(10_000);
  long.count(72_000_000, 0);
  t.is(long.events[0]?.note, '7.2 MB/s, 17 min left');
  long.wait(990_000);
  long.count(72_000_000, 0);
  t.is(long.events[1]?.note, '0.1 MB/s, 13.6 h left');
  const unknown = start([null]);
  unknown.wait(2000);
  unknown.count(4_000_000, 0);
  t.deepEqual(unknown.events, [{ what: 'fetch', done: 4_000_000, total: null, unit: 'bytes', note: '2.0 MB/s' }]);
});

test('a table tells what each file took, and all together', (t) => {
  const files = [
    { name: 'agent.tar', size: 75_500_000, moved: 46_160_000, saved: 29_340_000 },
    { name: 'overcloud.tar', size: 335_500_000, moved: 36_100_000, saved: 299_400_000 },
  ];
  t.is(
    formatFileTable(files),
    [
      '| File | MB | Moved | Saved |',
      '| --- | ---: | ---: | ---: |',
      '| agent.tar | 75.5 | 46.2 | 29.3 |',
      '| overcloud.tar | 335.5 | 36.1 | 299.4 |',
      '| all | 411.0 | 82.3 | 328.7 |',
    ].join('\n'),
  );
  t.is(formatFileTable(files.slice(0, 1)).split('\n').length, 3);
  t.deepEqual(files.slice(0, 1).map(formatFileLine), ['agent.tar: 75.5 MB, 46.2 MB moved, 29.3 MB saved']);
});
