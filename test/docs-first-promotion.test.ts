import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'ava';
import { root } from '../scripts/workspaces.ts';
import { type Answered, makeFolder, shell } from './docs-page.ts';
import { blocksInOrder, unsaid, writeNpx } from './docs-played.ts';

// docs/first-promotion.md, as its reader follows it: one shell in a lab, and every block in its order. A command is a
// process of its own; what it said is compared with the block below it.

const page = 'first-promotion.md';
const lab = 'npx tagflow lab up --root lab --containers 4 -- bash';
/** How each command ends, in the order of the page. */
const ends = [
  ...['done', 'done', 'waiting', 'done', 'blocked', 'done', 'planned', 'done', 'done', 'nothing-to-do', 'done'],
];

test(`docs/${page}: every command does what the page says`, async (t) => {
  const folder = await makeFolder(t);
  // The reader sits at a machine that stays: on one of a CI the lab's ledger in a file would be refused.
  const env = { PATH: [await writeNpx(folder), process.env['PATH'] ?? ''].join(delimiter), CI: '', GITHUB_ACTIONS: '' };
  const [begin, ...blocks] = blocksInOrder(page);
  t.deepEqual(begin, { kind: 'sh', text: `npm ci\n${lab}` });

  const script: string[] = ['set -u'];
  const shown = new Map<number, string>();
  let count = 0;
  for (const { kind, text } of blocks) {
    if (kind === 'sh') {
      for (const command of text.split('\n')) {
        script.push(`{ ${command}; } >out.${count} 2>err.${count}`, '');
        count += 1;
      }
    } else if (kind === 'yaml') {
      await writeFile(join(folder, `shown.${script.length}`), text);
      script.push(`'${process.execPath}' '${join(root, 'test', 'docs-played.ts')}' shown.${script.length}`);
    } else shown.set(count - 1, text);
  }
  await writeFile(join(folder, 'session'), script.join('\n'));

  const { error, stderr } = await shell(`${lab} session`, folder, env);
  t.is(error, null, stderr);
  t.is(count, ends.length);
  const said = await Promise.all(ends.map((_, index) => readFile(join(folder, `err.${index}`), 'utf8')));
  for (const [index, outcome] of ends.entries()) {
    const stdout = await readFile(join(folder, `out.${index}`), 'utf8');
    t.is((JSON.parse(stdout) as Answered).outcome, outcome, said[index]);
    const block = shown.get(index);
    if (block !== undefined) t.deepEqual(unsaid(block, said[index] ?? ''), [], said[index]);
  }
  t.is(shown.size, 9);
});
