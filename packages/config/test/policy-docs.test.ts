import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parseConfig } from '../src/load.ts';
import { parsePolicy } from '../src/policy-load.ts';
import { minimal } from './minimal.ts';

const page = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text]) => text ?? '');

test('README.md: the criteria are right', (t) => {
  const written = (blocks[0] ?? '').replaceAll(/^/gm, '      ');
  const config = parseConfig(
    minimal.replace(/ +criteria: .*\n/, () => written),
    't.yaml',
  );
  const criteria = config.phases['rdo-phase-1']?.promote?.criteria;
  t.like(criteria, { minimumJobs: 8, votes: 'any-success' });
  t.is(criteria === 'none' ? 0 : criteria?.allOf.length, 5);
});

test('README.md: when a label is red', (t) => {
  const written = (blocks[1] ?? '').replaceAll(/^/gm, '    ');
  const config = parseConfig(
    minimal.replace(/ {4}promote:\n(?: {6}.*\n)+/, () => written),
    't.yaml',
  );
  t.is(config.phases['rdo-phase-1']?.promote?.redAfterMs, 36 * 3_600_000);
});

test('README.md: the waivers, holds and freezes are right', (t) => {
  const { entries } = parsePolicy([{ name: 'README.md', text: blocks[2] ?? '' }], '.');
  t.deepEqual(
    entries.map(({ kind, id }) => `${kind} ${id}`),
    ['waiver slow-mirror', 'hold loses-packets', 'freeze release-week'],
  );
  t.is(blocks.length, 3);
});
