import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fight } from '../contention/two-promoters.ts';
import { startRealPostgres } from './real-postgres.ts';

test('two processes, one label, PostgreSQL: never mixed, never backwards, and the loser waits or says why', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-promoters-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const postgres = await startRealPostgres(root);
  t.teardown(() => postgres.stop());
  await fight(t, () => postgres.url);
});
