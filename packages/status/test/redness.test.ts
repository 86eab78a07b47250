import test from 'ava';
import { readRedness } from '../src/index.ts';

const day = 86_400;
const now = 100 * day;

type Row = readonly [timestamp: number, fullHash: string];

function historyOf(labels: Readonly<Record<string, readonly Row[]>>) {
  return {
    async *promotionPages(label: string, { component = '' } = {}) {
      await Promise.resolve();
      const rows = labels[component === '' ? label : `${component}/${label}`] ?? [];
      for (const [timestamp, fullHash] of rows) yield { timestamp, fullHash };
    },
  };
}

const question = { label: 'to', candidateLabel: 'from', component: null, redAfterMs: 7 * day * 1000 };
const candidates: readonly Row[] = [
  [now - day, 'b'],
  [now - 20 * day, 'a'],
];

const rows = [
  ['promoted in time', { to: [[now - 7 * day, 'x']] }, {}, [false, 93 * day, 'x']],
  ['promoted too long ago', { to: [[now - 7 * day - 1, 'x']] }, {}, [true, 93 * day - 1, 'x']],
  [
    'the newest counts',
    {
      to: [
        [now, 'y'],
        [0, 'x'],
      ],
    },
    {},
    [false, now, 'y'],
  ],
  ['never promoted: since the first candidate', { from: candidates }, {}, [true, 80 * day, null]],
  ['never promoted, and a new line', { from: candidates.slice(0, 1) }, {}, [false, 99 * day, null]],
  ['never promoted, from a label without memory', { from: candidates }, { candidateLabel: null }, null],
  ['never promoted, no candidate', {}, {}, null],
  ['of a component', { 'net/to': [[now, 'n']], to: [[0, 'x']] }, { component: 'net' }, [false, now, 'n']],
] as const;

test('a label is red when nothing was promoted to it for so long', async (t) => {
  for (const [name, labels, more, expected] of rows) {
    const found = await readRedness(historyOf(labels), { ...question, ...more }, now * 1000);
    const short = found === null ? null : [found.isRed, found.since / 1000, found.lastHash];
    t.deepEqual(short, expected as typeof short, name);
  }
});
