import { outcomes } from '@tagflow/model';
import test from 'ava';
import { codeGroups } from '../scripts/reference/error-codes.ts';
import { commandsOf, textOf } from './docs-page.ts';
import { unsaid } from './docs-played.ts';
import { startStage, troubles } from './docs-troubles.ts';

// docs/troubleshooting.md: each of its situations is brought about in one lab, one after another. What tagflow then says
// is what the page shows. Time is the lab's, so the page has it to the letter.

const page = 'troubleshooting.md';

interface Situation {
  readonly commands: readonly string[];
  readonly shown: string;
  readonly outcome: string;
  readonly code: string | undefined;
}

const situations = new Map(
  textOf(page)
    .split(/^### /m)
    .slice(1)
    .map((section): readonly [string, Situation] => {
      const [, outcome = '', code] = /^Outcome `([a-z-]+)`(?:, code `([a-z-]+)`)?\./m.exec(section) ?? [];
      return [
        section.split('\n')[0] ?? '',
        {
          commands: (/```sh\n([^`]*)```/.exec(section)?.[1] ?? '').trim().split('\n'),
          shown: (/```text\n([^]*?)```/.exec(section)?.[1] ?? '').trimEnd(),
          ...{ outcome, code },
        },
      ];
    }),
);

test(`docs/${page}: each situation says what the page shows, and the label ends where it should`, async (t) => {
  t.deepEqual([...situations.keys()].toSorted(), Object.keys(troubles).toSorted());
  t.is(commandsOf(page).length, situations.size + 1);
  await using stage = await startStage();
  for (const [name, { command, env, breaks }] of Object.entries(troubles)) {
    const situation = situations.get(name);
    if (situation === undefined) throw new Error(`the page has no ${name}`);
    const { commands, shown, outcome, code } = situation;
    t.is(commands[0], command, name);
    const mend = await breaks(stage);
    const answer = await stage.run(command, env);
    await mend();
    t.is(answer.outcome, outcome, `${name}:\n${answer.said}`);
    t.is(answer.error?.code, code, name);
    t.not(shown, '');
    t.deepEqual(unsaid(shown, answer.said), [], `${name}:\n${answer.said}`);
    for (const next of commands.slice(1)) t.is((await stage.run(next)).outcome, 'done', next);
  }
  const truth = await stage.run('npx tagflow show current-tripleo --config tagflow.yaml');
  t.is(truth.outputs['full-hash'], stage.candidate);
});

test(`docs/${page}: every outcome is in its first table, and every code that it names exists`, (t) => {
  const [, table = ''] = textOf(page).split('## What did it end as?');
  for (const outcome of outcomes) t.true(table.split('\n## ')[0]?.includes(`\`${outcome}\``), outcome);
  const known = codeGroups.flatMap(({ words }) => Object.keys(words));
  for (const { code } of situations.values()) if (code !== undefined) t.true(known.includes(code), code);
});
