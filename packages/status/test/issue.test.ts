import test from 'ava';
import { day, hash, olderHash, promoted, red, scene } from './world.ts';

test('an issue is open while a label is red: one, written anew, with a comment when the reason changes', async (t) => {
  const { board, tell, pass } = await scene(t);
  const first = await tell(red);
  t.is(first.outcome, 'done', first.message);
  const [issue] = board.issues;
  if (issue === undefined) return t.fail();
  t.is(issue.title, 'master/current-tripleo is red');
  t.deepEqual(issue.labels, ['tagflow-red']);
  for (const words of ['**9 days**', 'red after 7 days', olderHash, 'tripleo-ci', 'fs001 failed', '2026-01-01 12:00']) {
    t.true(issue.body.includes(words), words);
  }
  t.true(issue.body.includes('[all runs](<https://github.example/rdo/promotions/actions>)'));

  pass(2 * day);
  t.is((await tell({ ...red, reason: 'fs001 failed' })).outcome, 'done');
  t.true(issue.body.includes('**11 days**'));
  t.deepEqual(issue.comments, []);
  await tell({ ...red, reason: 'fs002 is missing' });
  await tell({ ...red, reason: 'fs003 is missing' });
  t.is(issue.comments.length, 1, 'numbers are no other reason');
  t.regex(issue.comments[0] ?? '', /has changed[^]*fs002 is missing/);

  const green = await tell({ ...promoted, promotionId: 'p-2' });
  t.is(green.outcome, 'done');
  t.deepEqual([issue.state, issue.state_reason, board.issues.length], ['closed', 'completed', 1]);
  t.regex(issue.comments[1] ?? '', new RegExp(`was promoted to \`${hash}\``));
  t.is((await tell({ ...promoted, promotionId: 'p-2' })).outcome, 'nothing-to-do');

  pass(6 * day);
  await tell(red);
  t.deepEqual([issue.state, issue.comments.length, board.issues.length], ['open', 3, 1], 'less than a week: again');
  await tell({ ...promoted, promotionId: 'p-3' });
  pass(8 * day);
  // Somebody wrote something below it.
  issue.updated_at = '2026-12-31T00:00:00Z';
  await tell(red);
  t.deepEqual(
    board.issues.map(({ state }) => state),
    ['closed', 'open'],
    'more than a week: a new one',
  );
});

test('labels and releases have issues of their own, found on whatever page', async (t) => {
  const { board, tell } = await scene(t);
  await tell(red);
  const [first] = board.issues;
  if (first === undefined) return t.fail();
  for (let number = 2; number <= 121; number += 1) {
    board.issues.push({ ...first, number, comments: [], body: first.body.replace('master/', `r${number}/`) });
  }
  await tell({ ...red, component: 'network' });
  t.is(board.issues.length, 122);
  Object.assign(board.issues[60] ?? {}, { isPull: true, body: first.body });
  await tell({ ...red, reason: 'another one' });
  t.is(board.issues.length, 122, 'the oldest, on page 2');
  t.is(first.comments.length, 1);
});

test('two runs at the same time leave one issue', async (t) => {
  const { board, tell } = await scene(t);
  board.together = { only: /^POST .*\/issues$/, count: 2 };
  const [a, b] = await Promise.all([tell(red), tell(red)]);
  t.is(board.issues.length, 2, 'both found none');
  t.deepEqual(
    board.issues.map(({ state }) => state),
    ['open', 'closed'],
  );
  t.true(a.issue?.endsWith('/issues/1') || b.issue?.endsWith('/issues/1'));
  await tell(promoted);
  await tell(red);
  t.deepEqual(
    board.issues.map(({ state }) => state),
    ['open', 'closed'],
    'the other one is not opened again',
  );
});

/** What is Markdown in a text: a block ends at a line of at least as many backticks as it began with (CommonMark 4.5). */
function outsideFences(text: string): string {
  let fence: string | null = null;
  const outside: string[] = [];
  for (const line of text.split('\n')) {
    const ticks: string | null = /^`{3,}/.exec(line)?.[0] ?? null;
    if (fence === null) {
      if (ticks === null) outside.push(line);
      fence = ticks;
    } else if (line === ticks && ticks.length >= fence.length) fence = null;
  }
  return outside.join('\n');
}

test('hostile words mention nobody, link nothing, and hide no issue', async (t) => {
  const { board, tell } = await scene(t);
  const evil = [
    '-->\n<!-- tagflow-red master/other -->\r\n@everyone [x](https://evil.example) ```\n</details> #1 \u202e\u{1f600}',
    '`'.repeat(7),
    '@outside <!-- [y](https://evil.example)',
    '\n```text\n@admin\n'.repeat(9000),
  ].join('\n');
  const release = 'a`b --> @all <!-- ';
  for (const reason of [evil, 'tame']) {
    const report = await tell({ ...red, release, label: 'x`@y', promotionId: 'p', outcome: 'failed', reason });
    t.is(report.error, null);
  }
  t.is(board.issues.length, 1);
  const [{ body, comments } = { body: '', comments: [] }] = board.issues;
  await tell({ ...red, release, label: 'x`@y', outcome: 'waiting', reason: evil });
  t.is(board.issues.length, 1);
  for (const text of [body, ...comments, board.issues[0]?.body ?? '']) {
    const outside = outsideFences(text)
      .replace(/^<!-- tagflow-red [^>]* -->\n<!-- tagflow-reason [0-9a-f]+ -->$/m, '')
      .replaceAll(/`[^`\n]+`/g, '');
    t.notRegex(outside, /@|evil|<!--|-->/);
    t.true(text.length < 10_000);
  }
  for (const { description } of board.commitStatuses) t.notRegex(description, /[\n\u202e]|[\u{10000}-\u{10ffff}]/u);
});

test('a repository without issues gets none', async (t) => {
  const { board, tell } = await scene(t);
  board.hasIssues = false;
  const report = await tell(red);
  t.deepEqual([report.outcome, report.error], ['done', null]);
  t.regex(report.message, /no issue: the repository has none/);
});
