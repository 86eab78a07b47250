import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '@tagflow/config';
import test from 'ava';
import { parse, stringify } from 'yaml';
import { allActions } from '../scripts/reference/actions.ts';
import { allCommands } from '../scripts/reference/commands.ts';
import { codeGroups } from '../scripts/reference/error-codes.ts';
import { fit, fitFlat, formula, type Points, predict } from '../scripts/scale/model.ts';
import { asked, report, runLabs } from '../scripts/scale/report.ts';
import { root } from '../scripts/workspaces.ts';
import { blocks, commandsOf, makeFolder, textOf } from './docs-page.ts';
import { startStage } from './docs-troubles.ts';
import { subtree } from './pipelines/lab-world.ts';

const page = 'operations.md';

/** How each command of the page ends in a lab with one promotion behind it. */
const ends: readonly (readonly [mark: string, outcome: string])[] = [
  ['tagflow doctor', 'nothing-to-do'],
  ['ledger export', 'done'],
  ['ledger import', 'done'],
  ['--mode prune', 'nothing-to-do'],
];
const scale = 'npm run scale';

test(`docs/${page}: every command does what the page says`, async (t) => {
  const commands = commandsOf(page).flatMap((block) => block.split('\n'));
  t.is(commands.length, ends.length + 1);
  t.true(commands.includes(scale));
  await using stage = await startStage();
  for (const [mark, outcome] of ends) {
    const answer = await stage.run(commands.find((command) => command.includes(mark)) ?? '');
    t.is(answer.outcome, outcome, answer.said);
  }
});

test(`docs/${page}: each ledger that it shows may stand in tagflow.yaml`, async (t) => {
  const folder = await makeFolder(t);
  const shown = [...textOf(page).matchAll(/`(\{ url: .+? \})`/g)].map(([, ledger = '']) => ledger);
  t.is(shown.length, 3);
  const example = await readFile(join(root, 'packages/config/examples/master-centos7.yaml'), 'utf8');
  const file = join(folder, 'tagflow.yaml');
  for (const ledger of shown) {
    await writeFile(file, stringify({ ...subtree(parse(example)), ledger: parse(ledger) as unknown }));
    await t.notThrowsAsync(loadConfig(file), ledger);
  }
});

test(`docs/${page}: the flags, secrets and codes that it names exist`, async (t) => {
  const text = textOf(page);
  const definitions = [...(await allActions()), ...(await allCommands()).map(({ action }) => action)];
  const flags = new Set(
    definitions.flatMap(({ inputs }) =>
      Object.entries(inputs as Record<string, { readonly type: string }>).flatMap(([name, { type }]) =>
        type === 'secret' ? [`--${name}-file`, `--${name}-env`] : [`--${name}`],
      ),
    ),
  );
  for (const [flag] of text.matchAll(/--[a-z-]+[a-z]/g)) {
    t.true([...flags, '--check', '--help', '--out-dir', '--dry-run', '--config', '--phase'].includes(flag), flag);
  }
  const workflows = ['phase-upstream', 'phase-osp-phase-0', 'promotion'].map((name) =>
    readFileSync(join(root, '.github/workflows', `${name}.yml`), 'utf8'),
  );
  for (const [, secret = ''] of text.matchAll(/secret `([A-Z_]+)`/g))
    t.true(
      workflows.some((workflow) => workflow.includes(`secrets.${secret} `)),
      secret,
    );
  t.true(workflows.some((workflow) => workflow.includes('vars.TAGFLOW_KNOWN_HOSTS')));
  const codes = codeGroups.flatMap(({ words }) => Object.keys(words));
  for (const code of ['held', 'moved', 'disk-full', 'full', 'newer-schema']) {
    t.true(codes.includes(code) && text.includes(`\`${code}\``), code);
  }
});

test(`docs/${page}: the costs are those that npm run scale computes`, async (t) => {
  const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  t.is(scripts.scripts['scale'], 'node scripts/scale.ts');
  const shown = blocks(page, 'text')[0]?.split('\n') ?? [];
  const printed = report(await runLabs(), asked);
  // The page's block has lost the blanks before its first line.
  const exact = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => !line.startsWith('≈')).map((line) => line.trim());
  t.deepEqual(exact(shown), exact(printed));
  const about = (lines: readonly string[]): readonly string[] => lines.filter((line) => /^≈ .*\d,?\d*$/.test(line));
  const numbers = (line: string): readonly number[] =>
    [...line.matchAll(/[\d,]+$/g)].map(([text]) => Number(text.replaceAll(',', '')));
  const predicted = (lines: readonly string[]): readonly string[] =>
    about(lines.slice(lines.findIndex((line) => line.startsWith('20 releases'))));
  t.is(predicted(shown).length, 5);
  for (const [index, line] of predicted(printed).entries()) {
    const [is = 0] = numbers(line);
    const [was = 0] = numbers(predicted(shown)[index] ?? '');
    t.true(Math.abs(is - was) <= was / 7, `${line}; the page has ${was}`);
  }
});

test('scale: a line through five points says what any other size has', (t) => {
  const at = (containers: number, others: number, jobs: number) => ({
    ...{ containers, others, jobs },
    counts: { n: 7 + 3 * containers + 5 * others + 2 * containers * others + 4 * jobs },
  });
  const points: Points = {
    ...{ base: at(20, 1, 2), moreContainers: at(40, 1, 2), moreOthers: at(20, 2, 2) },
    ...{ moreOfBoth: at(40, 2, 2), moreJobs: at(20, 1, 10) },
  };
  const line = fit(points, ({ n = 0 }) => n);
  t.deepEqual(line, { one: 7, c: 3, k: 5, ck: 2, j: 4 });
  t.is(predict(line, { containers: 150, others: 3, jobs: 14 }), at(150, 3, 14).counts.n);
  t.is(formula(line), '7 + 3 C + 5 K + 2 C K + 4 J');
  t.is(formula({ one: 0, c: 1, k: -0.04, ck: -1.24, j: 0 }), 'C - 1.2 C K');
  t.is(formula({ one: 0, c: 0, k: 0, ck: 0, j: 0 }), '0');
  const flat = fitFlat(points, ({ n = 0 }) => (n > 0 ? 100 : 0));
  t.deepEqual(flat, { one: 100, c: 0, k: 0, ck: 0, j: 0 });
});
