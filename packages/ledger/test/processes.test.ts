import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openSqliteLedger } from '../src/index.ts';
import { countingRandom, label, ledgerPath, manualClock } from './world.ts';

test('two processes that fight for overlapping keys are never inside together, and lose no record', async (t) => {
  const path = await ledgerPath(t);
  const witness = path.replace('/sub/ledger.db', '/witness');
  await writeFile(witness, '');
  const rounds = 15;
  const contender = fileURLToPath(new URL('contender.ts', import.meta.url));
  // The file does not exist yet: both make it.
  const children = [
    ['one', 'a', 'b'],
    ['two', 'c', 'b'],
  ].map(([name = '', ...keys]) =>
    spawn(execPath, [contender, `sqlite:${path}`, witness, name, String(rounds), ...keys], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  );
  t.teardown(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
  t.deepEqual(codes, [0, 0]);

  const ledger = await openSqliteLedger(path, { clock: manualClock(), random: countingRandom() });
  t.teardown(() => ledger.close());
  const records = await ledger.unfinished('master', label);
  t.is(records.length, 2 * rounds);
  const names = records.flatMap((record) => record.journal.map((entry) => entry.detail));
  t.deepEqual([...new Set(names)].sort(), ['one', 'two']);
});
