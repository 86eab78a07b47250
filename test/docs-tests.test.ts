import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allInputs, systemClock } from '@tagflow/action-kit';
import { loadConfig } from '@tagflow/config';
import { decideEvidence, formatResults, parseResults, type TestResults } from '@tagflow/featureset';
import { action as runFeaturesetTests } from '@tagflow/run-featureset-tests';
import test, { type ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { namesKey } from '../packages/runner/src/github/result.ts';
import { evidenceOfArtifacts, hashesNamed } from '../packages/runner/src/zuul/evidence.ts';
import { root } from '../scripts/workspaces.ts';
import { type Answered, blocks, makeFolder, runHere, textOf, withoutPorts } from './docs-page.ts';
import { commandOf, commands, type Mark, marks, page, startReader } from './docs-tests-reader.ts';
import { list, object, text } from './phase-workflow.ts';
import { subtree } from './pipelines/lab-world.ts';

// docs/tests.md, as a reader would follow it: every command, and every YAML.

const [jobsPart = '', runnersPart = '', workflowPart = '', returnPart = '', logsPart = ''] = blocks(page, 'yaml');
const [shownTable = '', shownRun = '', shownTokens = '', shownReasons = '', ...shownLater] = blocks(page, 'text');
const [shownMatrix = '', shownVariables = '', shownVerify = ''] = shownLater;

test('docs/tests.md: every command is run by a test', (t) => {
  for (const command of commands) {
    const known = Object.values(marks).filter((mark) => command.includes(mark));
    t.is(known.length, 1, `${command}: ${known.join(', ')}`);
  }
  t.is(commands.length, Object.keys(marks).length);
});

/** Every line of a block of the page is among what was said; more may be there, and in another order. */
function shows(t: ExecutionContext, shown: string, said: string, more = (line: string): string => line): void {
  const steady = (line: string): string =>
    more(
      withoutPorts(line)
        .replace(/ after [\d.]+ s\b/, ' after 12 s')
        .trimEnd(),
    );
  const lines = said.split('\n').map(steady);
  for (const line of shown.split('\n').map(steady)) t.true(lines.includes(line), `${line}\n\nis not in:\n${said}`);
}

test('docs/tests.md: every command does what the page says, in one lab', async (t) => {
  const { world, hash, run, spawn } = await startReader(t);
  const { lab } = world;

  // How do I write a job?
  const listed = await run('matrixOfPhase');
  t.is(listed.outcome, 'planned');
  shows(t, shownTable, listed.said);
  await writeFile(join(lab.root, 'duffy-login'), 'client: { auth: { name: rdo, key: lab-key } }\n');
  await writeFile(join(lab.root, 'runner-tokens'), shownTokens);
  const ran = await spawn('run', '--runner-token-file runner-tokens --nodes-auth-file duffy-login');
  t.is(ran.outcome, 'done', ran.said);
  shows(t, shownRun, ran.said);
  t.is(
    await readFile(join(lab.root, 'duffy.log'), 'utf8'),
    'client request-session pool=virt-ec2-t2-centos-9s-x86_64,quantity=2\nclient retire-session 7\n',
  );
  const results = parseResults(await readFile(join(lab.root, 'logs/results.json'), 'utf8'), 'results.json');
  t.deepEqual(
    results.jobs.map(({ status, attempts, voting }) => `${status} ${attempts} ${voting}`),
    [
      ...['success 1 true', 'success 1 true', 'success 1 true', 'success 2 true'],
      ...['failure 1 false', 'success 1 true'],
    ],
  );
  const verified = results.jobs.find(({ job }) => job === 'tagflow-verify-master');
  t.true((verified?.tests?.passed ?? 0) > 8, 'packages, containers and images were looked at');
  const ofSecond = await readdir(join(lab.root, 'logs/tripleo-scenario001-rhel9-master'));
  for (const name of ['job.log', 'job-2.log', 'results', 'results-2']) t.true(ofSecond.includes(name), name);

  // Why did it fail?
  const reasons = await run('reasons');
  t.like(reasons, { outcome: 'done', outputs: { kind: 'product', 'is-infrastructure': 'false' } });
  shows(t, shownReasons, reasons.said);
  await writeFile(join(lab.root, 'logs/own.log'), 'Could not reach mirror.regionone.rdoproject.org\n');
  t.true((await run('ownReasons')).said.includes('mirror-of-the-cloud'));
  t.is((await run('listReasons')).outcome, 'done');
  t.true((await readFile(join(lab.root, 'patterns.yaml'), 'utf8')).split('- name: ').length > 60);

  // How does it become a vote?
  const votesNow = () => lab.dlrn.state.votes.filter(({ user }) => user !== null);
  const sent = await run('report');
  t.is(sent.outcome, 'done', sent.said);
  t.deepEqual(
    votesNow().map(({ job, success }) => `${job} ${success}`),
    results.jobs.map(({ job, status }) => `${job} ${status === 'success'}`),
  );
  t.regex(`${votesNow()[4]?.notes}`, /^non-voting[^]*product: Packages cannot be installed together/);
  t.is((await run('report')).outcome, 'nothing-to-do');

  // What each status says, in a results file with a job of each.
  const rows = [...textOf(page).matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \| .+ \| (that|failure|none) \|$/gm)];
  const jobs = rows.flatMap(([, names = '', vote]) =>
    [...names.matchAll(/[a-z-]+/g)].map(([status]) => {
      return { ...results.jobs[0], status, job: `is-${status}`, vote: vote === 'that' ? status : vote };
    }),
  );
  t.is(jobs.length, 6);
  const before = votesNow().length;
  await writeFile(join(lab.root, 'logs/results.json'), formatResults({ ...results, jobs } as unknown as TestResults));
  t.is((await run('report')).outcome, 'done');
  t.deepEqual(
    votesNow()
      .slice(before)
      .map(({ job, success }) => [job, success ? 'success' : 'failure']),
    jobs.filter(({ vote }) => vote !== 'none').map(({ job, vote }) => [job, vote]),
  );

  // Is all of it there?
  const all = await run('verify');
  t.is(all.outcome, 'done', all.said);
  shows(t, shownVerify, all.said, (line) =>
    line
      .replaceAll(hash, 'HASH')
      .replace(/\w\w\/\w\w\/HASH/, 'aa/bb/HASH')
      .replace(/\d+ bytes/, 'N bytes'),
  );
});

test('docs/tests.md: what a featureset runs', async (t) => {
  const run = (mark: Mark): Promise<Answered> => {
    const { signal } = new AbortController();
    const io = { signal, env: {}, clock: systemClock, random: () => 0.5, cwd: root, actor: 'cli:docs' };
    return runHere(commandOf(mark), io);
  };
  const jobs = await run('matrix');
  shows(t, shownMatrix, jobs.said);
  t.is((JSON.parse(jobs.outputs['jobs'] ?? '') as unknown[]).length, 4);
  t.regex((await run('matrixCommands')).said, /^\S*ansible-playbook .*featureset010\.yml.*multinode-undercloud\.yml$/m);
  shows(t, shownVariables, (await run('matrixVariables')).said);
});

test('docs/tests.md: the whole tagflow.yaml is right', async (t) => {
  const file = join(await makeFolder(t), 'tagflow.yaml');
  const example = subtree(parse(readFileSync(join(root, 'packages/config/examples/master-centos7.yaml'), 'utf8')));
  // Its logs are public, so what phase 2 builds is another file's, as in RDO.
  const { 'rdo-phase-2': _inside, ...phases } = subtree(example, 'phases');
  const { phases: _, ...facts } = subtree(parse(jobsPart));
  const parts = [facts, subtree(parse(logsPart)), subtree(parse(runnersPart))];
  await writeFile(file, stringify(Object.assign({}, example, { phases }, ...parts)));
  const { runners, logs, failurePatterns } = await loadConfig(file);
  const kinds = Object.fromEntries(Object.values(runners).map(({ name, kind }) => [name, kind]));
  t.deepEqual(kinds, { duffy: 'command', 'github-ci': 'github', 'rdo-zuul': 'zuul', 'ci-centos': 'jenkins' });
  const tokens = [...shownTokens.matchAll(/^([a-z-]+)=/gm)].map(([, name = '']) => name);
  t.deepEqual(tokens, ['github-ci', 'rdo-zuul', 'ci-centos']);
  t.is(logs?.readUrl, 'https://logs.rdoproject.org');
  t.is(failurePatterns.length, 1);
});

test('docs/tests.md: what other systems need', (t) => {
  const { inputs, reports } = subtree(parse(runnersPart), 'runners', 'github-ci');
  const workflow = subtree(parse(workflowPart));
  const asked = Object.keys(subtree(workflow, 'on', 'workflow_dispatch', 'inputs'));
  t.deepEqual(asked.sort(), [...Object.keys(subtree(inputs)), 'tagflow_key'].sort());
  t.true(namesKey(text(workflow['run-name'], page).replace('${{ inputs.tagflow_key }}', 'key-1'), 'key-1'));
  const ours = readFileSync(join(root, '.github/workflows/phase-upstream.yml'), 'utf8');
  const steps = list(subtree(workflow, 'jobs', 'featureset')['steps'], page).map((step) => object(step, page));
  for (const { uses } of steps) if (uses !== undefined) t.true(ours.includes(text(uses, page)), text(uses, page));
  t.is(object(steps.at(-1)?.['with'], page)['name'], reports);

  const hash = 'a'.repeat(32);
  const [task] = list(parse(returnPart), page);
  const returned = JSON.stringify(subtree(task, 'zuul_return', 'data', 'zuul')).replace('{{ full_hash }}', hash);
  t.is(evidenceOfArtifacts(JSON.parse(returned), hash).about, 'ours');
  const inLog = /^In a log, (.+) are such names/m.exec(textOf(page))?.[1] ?? '';
  const forms = [...inLog.matchAll(/`([^`]+)`/g)].map(([, form = '']) => form.replace('…', hash));
  t.is(forms.length, 3);
  for (const form of forms) {
    const named = hashesNamed();
    named.take(`${form}\n`);
    t.deepEqual([...named.found], [hash], form);
  }
});

test('docs/tests.md: what counts as a success', (t) => {
  const tests = { passed: 2, failed: 0, skipped: 0, files: ['tempest.xml'], failures: [] };
  const none = { report: null, problems: [] };
  const left: Readonly<Record<string, Pick<Parameters<typeof decideEvidence>[0], 'report' | 'problems'>>> = {
    'tests passed, none failed': { ...none, report: tests },
    'a test failed': { ...none, report: { ...tests, failed: 1 } },
    none,
    'every test was skipped': { ...none, report: { ...tests, passed: 0, skipped: 2 } },
    'one cannot be read': { report: tests, problems: ['tempest.xml: it was cut short'] },
    'whatever they say': { ...none, report: tests },
  };
  const rows = [...textOf(page).matchAll(/^\| (0|not 0) \| ([^|]+) \| (\w+) \| (\w+) \| (\w+) \|$/gm)];
  t.deepEqual(rows.map(([, , name = '']) => name).sort(), Object.keys(left).sort());
  for (const [, status, name = '', ...shown] of rows) {
    const end = { ...(left[name] ?? none), endedWell: status === '0', reason: null };
    const settings = ['optional', 'required', 'exit-status'] as const;
    const decided: readonly string[] = settings.map((results) => decideEvidence({ ...end, results }).status);
    t.deepEqual(decided, shown, name);
  }
});

test('docs/tests.md: each message is one that there is', async (t) => {
  const [, table = ''] = textOf(page).split('## What do the messages mean?');
  const cells = [...table.matchAll(/^\| (`.+?) \| /gm)].map(([, cell = '']) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));
  t.true(messages.length > 15);
  const folders = [
    'packages/runner/src',
    'packages/featureset/src',
    'actions/run-featureset-tests/src',
    'actions/report-result/src',
  ];
  const texts = folders.map(async (folder) => {
    const files = (await readdir(join(root, folder), { recursive: true })).filter((file) => file.endsWith('.ts'));
    return Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
  });
  // What a template puts in is not said to the letter.
  const sources = (await Promise.all(texts))
    .flat()
    .join('\n')
    .replaceAll(/\$\{[^}]*\}/g, '');
  for (const message of messages) t.true(sources.includes(message), message);
  const inputs = Object.keys(allInputs(runFeaturesetTests));
  for (const input of [
    'runner-token',
    'nodes-auth',
    'run-id',
    'logs-to',
    'featureset-files',
    'ssh-key',
    'known-hosts',
  ]) {
    t.true(inputs.includes(input) && textOf(page).includes(input), input);
  }
});
