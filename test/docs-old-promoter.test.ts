import { access, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@tagflow/action-kit';
import { type Finding, loadConfig, loadPolicyOf, secretPlaces } from '@tagflow/config';
import test, { type ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { root } from '../scripts/workspaces.ts';
import { blocks, commandsOf, makeFolder, runHere, shell, textOf } from './docs-page.ts';
import { unsaid } from './docs-played.ts';
import { startStage } from './docs-troubles.ts';
import { subtree } from './pipelines/lab-world.ts';

// docs/from-the-old-promoter.md, as its reader follows it: the imports with the files that it names, and what both
// promoters would do, in a lab whose release was written down in the old form.

const page = 'from-the-old-promoter.md';
const commands = commandsOf(page).flatMap((block) => block.split('\n'));
const imports = commands.filter((command) => command.includes('import-config'));
const asked = commands.filter((command) => /tagflow (?:explain|plan)/.test(command));

async function makeReader(t: ExecutionContext) {
  const folder = await makeFolder(t);
  await cp(join(root, 'packages/config/examples/old-promoter'), folder, { recursive: true });
  const { signal } = new AbortController();
  const io = {
    signal,
    clock: systemClock,
    random: () => 0.5,
    cwd: folder,
    actor: 'cli:docs',
    env: { PATH: process.env['PATH'] },
  };
  return { folder, run: (command: string) => runHere(command, io) };
}

test(`docs/${page}: every import gives a file that can be loaded, and what the page shows is said`, async (t) => {
  t.is(commands.length, imports.length + asked.length + 1);
  t.is(imports.length, 4);
  const { folder, run } = await makeReader(t);
  let said = '';
  for (const command of imports) {
    const answer = await run(command);
    t.is(answer.outcome, 'done', answer.said);
    said += answer.said;
    const config = await loadConfig(answer.outputs['config'] ?? '');
    t.deepEqual((await loadPolicyOf(config, undefined)).entries, [], 'proposals are not in force');
    await access(answer.outputs['policy'] ?? '');
  }
  const [shown = ''] = blocks(page, 'text');
  t.deepEqual(unsaid(shown, said), []);
  const looks = await shell(commands.find((command) => command.startsWith('grep')) ?? '', folder, {});
  t.regex(looks.stdout, /LOOK: the old promoter had it in container-push\.yml[^]*url: https:\/\/quay\.io/);

  const again = await run(imports[0] ?? '');
  t.is(again.outcome, 'invalid');
  t.regex(again.said, /tagflow\.yaml is there already[^]*policy\/old-promoter\.yaml is there already/);
  const dry = await run(`${imports[0]} --dry-run`);
  t.is(dry.outcome, 'planned');
  t.regex(dry.said, /^phases:$/m);
  const lost = await run('npx tagflow import-config nowhere.yaml');
  t.is(lost.outcome, 'invalid');
  t.regex(lost.said, /nowhere\.yaml cannot be read/);
});

test(`docs/${page}: secrets and kinds are those of the import`, async (t) => {
  const text = textOf(page);
  for (const { github, zuul, command } of secretPlaces) {
    for (const word of [github, zuul, ...command.split(', ')].filter((each) => each !== ''))
      t.true(text.includes(`\`${word}\``), word);
  }
  const { run } = await makeReader(t);
  const { outputs } = await run(imports[0] ?? '');
  const kinds = (JSON.parse(outputs['findings'] ?? '') as Finding[]).map(({ kind }) => kind);
  for (const kind of new Set(kinds)) t.true(text.includes(`| \`${kind}\` |`), kind);
});

test(`docs/${page}: side by side, in a lab whose release was written in the old form`, async (t) => {
  await using stage = await startStage();
  const { lab } = stage.world;
  const tree = subtree(parse(await readFile(stage.world.config, 'utf8')));
  const promote = (await loadConfig(stage.world.config)).phases['upstream']?.promote;
  const jobs =
    promote?.criteria === 'none' ? [] : (promote?.criteria.allOf ?? []).filter((each) => typeof each === 'string');
  t.true(jobs.length > 0);
  const old = {
    ...{ release: tree['release'], distro: tree['distro'], api_url: lab.dlrn.apiUrl, base_url: lab.dlrn.reposUrl },
    promotions: { 'current-tripleo': { candidate_label: promote?.from, criteria: jobs } },
  };
  await writeFile(join(lab.root, 'master.yaml'), stringify(old));
  const imported = await stage.run('npx tagflow import-config master.yaml --out imported.yaml');
  t.is(imported.outcome, 'done', imported.said);

  // What a person does at each LOOK: the places of the lab in the place of RDO's.
  const own = subtree(parse(await readFile(join(lab.root, 'imported.yaml'), 'utf8')));
  const theirs = subtree(tree, 'phases', 'upstream', 'promote');
  const upstream = subtree(own, 'phases', 'upstream', 'promote');
  for (const key of ['registries', 'image-stores', 'ledger']) own[key] = tree[key];
  for (const key of ['containers', 'images']) upstream[key] = theirs[key];
  subtree(own, 'dlrn')['mode'] = subtree(tree, 'dlrn')['mode'];
  await writeFile(join(lab.root, 'tagflow.yaml'), stringify(own));
  await writeFile(join(lab.root, 'known_hosts'), '');
  await writeFile(join(lab.root, 'key'), 'of no server here');

  const [all, one, plan] = asked;
  t.regex((await stage.run(all ?? '')).said, new RegExp(stage.promoted));
  const told = await stage.run(one ?? '');
  t.regex(told.said, new RegExp(`nearest +${stage.candidate}`));
  const planned = await stage.run(plan ?? '', { KEY: 'key' });
  t.is(planned.outcome, 'planned', planned.said);
  t.regex(planned.said, new RegExp(stage.candidate));
});
