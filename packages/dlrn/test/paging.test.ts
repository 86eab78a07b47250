import test from 'ava';
import fc from 'fast-check';
import { DlrnError } from '../src/index.ts';
import { type PagedList, readRows } from '../src/paging.ts';

/** A list to whose front rows are added right before each of its pages is read. */
function growing(pageSize: number, rows: readonly string[], additions: readonly (readonly string[])[]) {
  let list = rows;
  let pages = 0;
  const readPage: PagedList<string>['readPage'] = (offset) => {
    // The reading begins with the first page: what comes before belongs to the list.
    if (pages > 0) list = [...(additions[pages - 1] ?? []), ...list];
    pages += 1;
    return Promise.resolve(list.slice(offset, offset + pageSize));
  };
  return { list: { pageSize, readPage, where: 'L' }, pages: () => pages };
}

async function readAll(list: PagedList<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const row of readRows(list)) read.push(row);
  return read;
}

const pageSizes = fc.integer({ min: 30, max: 40 });
const lengths = fc.integer({ min: 0, max: 200 });

test('every row comes once, in order, however many are added meanwhile', async (t) => {
  // Up to several pages at once, and not for ever.
  const growth = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(pageSizes, lengths, growth, async (pageSize, length, counts) => {
      const rows = Array.from({ length }, (_, index) => `old ${index}`);
      const additions = counts.map((count, turn) => Array.from({ length: count }, (_, one) => `new ${turn} ${one}`));
      t.deepEqual(await readAll(growing(pageSize, rows, additions).list), rows);
    }),
  );
});

test('of rows that are equal none is lost', async (t) => {
  // Promotions that are made again and again within one second: c, b and a, or a alone, many times.
  const batches = fc.tuple(fc.constantFrom('a', 'cba', 'ba', 'x'), fc.integer({ min: 1, max: 60 }));
  const words = fc
    .array(batches, { maxLength: 3 })
    .map((runs) => runs.flatMap(([word, times]) => [...word.repeat(times)]));
  const additions = fc.array(fc.constantFrom('', 'a', 'ba', 'cba', 'cbacba', 'cba'.repeat(10)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pageSizes, words, additions, async (pageSize, rows, added) => {
      const read = await readAll(
        growing(
          pageSize,
          rows,
          added.map((word) => [...word]),
        ).list,
      );
      let next = 0;
      for (const row of read) if (row === rows[next]) next += 1;
      t.is(next, rows.length, `${rows.join('')} was read as ${read.join('')}`);
      if (added.every((word) => word === '')) t.deepEqual(read, rows);
    }),
  );
});

test('a page is read when its rows are wanted, and not before', async (t) => {
  const rows = Array.from({ length: 300 }, (_, index) => `${index}`);
  const { list, pages } = growing(100, rows, []);
  const reader = readRows(list);
  t.is(pages(), 0);
  for (const row of rows.slice(0, 100)) t.deepEqual(await reader.next(), { value: row, done: false });
  t.is(pages(), 1);
  await reader.next();
  t.is(pages(), 2);
  await reader.return();
  t.deepEqual(await reader.next(), { value: undefined, done: true });
  t.is(pages(), 2);
});

test('a list of just one full page ends', async (t) => {
  const rows = Array.from({ length: 100 }, (_, index) => `${index}`);
  const { list, pages } = growing(100, rows, []);
  t.deepEqual(await readAll(list), rows);
  t.is(pages(), 2);
});

const failing = test.macro(async (t, readPage: PagedList<string>['readPage'], message: RegExp) => {
  const error = await t.throwsAsync(() => readAll({ pageSize: 20, readPage, where: 'LIST' }), {
    instanceOf: DlrnError,
  });
  t.is(error.code, 'unexpected-answer');
  t.regex(error.message, message);
});

const full = Array.from({ length: 20 }, (_, index) => `${index}`);
test(
  'rows that vanish',
  failing,
  (offset) => Promise.resolve(offset === 0 ? full : []),
  /^LIST had rows that are gone/,
);
test(
  'other rows at the end',
  failing,
  (offset) => Promise.resolve(offset === 0 ? full : ['x', 'y']),
  /^LIST had rows that are gone/,
);
test(
  'a server that knows no offset',
  failing,
  () => Promise.resolve(full),
  /^LIST never ends: 20 pages brought nothing new/,
);
test(
  'other rows for ever',
  failing,
  (offset) => Promise.resolve(full.map((row) => `${row} at ${offset}`)),
  /never ends/,
);
