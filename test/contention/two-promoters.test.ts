import { join } from 'node:path';
import test from 'ava';
import { fight } from './two-promoters.ts';

test('two processes, one label, SQLite: never mixed, never backwards, and the loser waits or says why', (t) =>
  fight(t, ({ lab }) => `sqlite:${join(lab.root, 'shared.db')}`));
