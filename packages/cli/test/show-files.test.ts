import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyAction, executeAction, type ExecutionResult, systemClock } from '@tagflow/action-kit';
import {
  type ArtifactSet,
  emptySet,
  formatPlan,
  formatSet,
  type FullHash,
  parseAggregateHash,
  parseFullHash,
  parseTargetLabel,
  type Plan,
} from '@tagflow/model';
import test, { type ExecutionContext } from 'ava';
import { commandOf, wordsAsFlags } from '../src/commands.ts';
import { createDiffAction } from '../src/diff.ts';
import { createShowAction } from '../src/show.ts';

/** A repository tree over HTTP and a folder of files, with both commands over them. */
interface Bench {
  readonly url: string;
  readonly pages: Map<string, string>;
  readonly folder: string;
  /** Writes the set of a hash whose repository is at `path`, and returns the file's name. */
  writeSet(name: string, hash: FullHash, path: string): Promise<string>;
  run(command: 'show' | 'diff', texts: Readonly<Record<string, string>>): Promise<ExecutionResult & { said: string }>;
}

async function bench(t: ExecutionContext): Promise<Bench> {
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(page ?? 'no such page');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-show-'));
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, pages, folder },
    async writeSet(name, hash, path) {
      await writeFile(
        join(folder, name),
        formatSet({ ...emptySet(hash, 'master'), repository: { url: `${url}/${path}`, builds: [] } }),
      );
      return name;
    },
    async run(command, texts) {
      let said = '';
      const host = { cwd: folder, write: (text: string) => (said += text) };
      const action: AnyAction = command === 'show' ? createShowAction(host) : createDiffAction(host);
      const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
      const result = await executeAction(action, new Map(Object.entries(texts)), {
        ...{ clock: systemClock, signal: new AbortController().signal, log: quiet, progress: () => undefined },
        ...{ outDir: folder, cwd: folder, actor: 'test', random: () => 0.5, env: {} },
      });
      return { ...result, said };
    },
  };
}

/** Notes are broken where a line is full. */
const onOneLine = (text: string) => text.replace(/\s+/g, ' ');

const header =
  'Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp,Component,Extended Sha,Pkg NVR';
const row = (project: string, digit: string, nvr: string, component = 'None') =>
  `${project},https://git.example/${project},${digit.repeat(40)},None,None,SUCCESS,1,${component},None,${nvr}`;
const listOf = (...rows: readonly string[]) => [header, ...rows, ''].join('\n');

const commitOf = (digit: string) => parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);
const pathOf = (hash: FullHash) => `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;

/** Serves the build of a commit, below a component where one is named. */
function serveBuild({ pages }: Bench, digit: string, list: string | null, component?: string): string {
  const path = `${component === undefined ? '' : `component/${component}/`}${pathOf(commitOf(digit))}`;
  const fields = { commit_hash: digit.repeat(40), distro_hash: digit.repeat(40), component: component ?? 'None' };
  const lines = Object.entries(fields).map(([name, value]) => `  ${name}: '${value}'\n`);
  pages.set(`/${path}/commit.yaml`, `commits:\n- extended_hash: None\n${lines.join('')}`);
  if (list !== null) pages.set(`/${path}/versions.csv`, list);
  return path;
}

test('two files are compared without any tagflow.yaml: the packages are read where the files say', async (t) => {
  const world = await bench(t);
  const one = serveBuild(world, 'a', listOf(row('heat', '1', 'heat-1.0-1'), row('old', '1', 'old-1-1')));
  const two = serveBuild(world, 'b', listOf(row('new', '1', 'new-1-1'), row('heat', '2', 'heat-1.1-1')));
  await world.writeSet('a.json', commitOf('a'), one);
  await world.writeSet('b.json', commitOf('b'), two);
  const { outcome, outputs, said } = await world.run('diff', { first: 'a.json', second: './b.json' });
  t.is(outcome, 'done');
  t.is(outputs['differs'], 'true');
  t.regex(said, /^from {2}a\.json \(master\)\n/);
  t.regex(
    said,
    /\n\npackages:\n {2}\+ new {2}1-1\n {2}- old {2}1-1\n {2}↑ heat {2}1\.0-1 → 1\.1-1\n {6}source 1{12} → 2{12} /,
  );
  t.regex(said, /\nnote: a\.json: there is no ledger here/);

  const json = await world.run('diff', { first: 'a.json', second: 'b.json', format: 'json', to: 'diff.json' });
  t.is(json.said, '');
  t.is(json.outputs['diff'], join(world.folder, 'diff.json'));
  const written = JSON.parse(await readFile(join(world.folder, 'diff.json'), 'utf8')) as Record<string, unknown>;
  t.is(written['schema'], 'tagflow/diff/v1');
  const inline = await world.run('diff', { first: 'a.json', second: 'b.json', format: 'json' });
  t.deepEqual(JSON.parse(inline.outputs['diff'] ?? ''), written);
  const dry = await world.run('diff', { first: 'a.json', second: './b.json', to: 'dry.txt', 'dry-run': 'true' });
  t.is(dry.said, said);
  await t.throwsAsync(readFile(join(world.folder, 'dry.txt')), { code: 'ENOENT' });
  await world.writeSet('a', commitOf('a'), one);
  const same = await world.run('diff', { first: 'a.json', second: './a' });
  t.is(same.outputs['differs'], 'false');
  t.regex(same.said, /\nNothing differs\.\n/);
});

test('an aggregate whose own list is gone: the lists of its components are joined', async (t) => {
  const world = await bench(t);
  const paths = [
    serveBuild(world, 'a', listOf(row('heat', '1', 'heat-1.0-1', 'tripleo')), 'tripleo'),
    serveBuild(world, 'b', listOf(row('nova', '1', 'nova-2.0-1', 'compute')), 'compute'),
  ];
  const repo = paths.map((path, index) => `[c${index}]\nbaseurl=http://elsewhere.example/r/${path}\n`).join('\n');
  const hash = parseAggregateHash(createHash('md5').update(repo).digest('hex'), 'test');
  const directory = `current-tripleo/${pathOf(hash)}`;
  world.pages.set(`/${directory}/delorean.repo`, repo);
  const set = await world.writeSet('set.json', hash, directory);
  const joined = await world.run('show', { set });
  t.regex(
    joined.said,
    /\nbuilds:\n {2}tripleo {2}a+_a+\n {2}compute {2}b+_b+\n\npackages:\n {2}heat {2}1\.0-1\n {2}nova {2}2\.0-1\n/,
  );
  t.is(joined.outputs['repo-url'], `${world.url}/${directory}`);

  world.pages.set(`/${directory}/versions.csv`, listOf(row('heat', '1', 'heat-9-1', 'tripleo')));
  t.regex((await world.run('show', { set })).said, /\npackages {4}1\n[^]*\n {2}heat {2}9-1\n/);

  world.pages.delete(`/${directory}/versions.csv`);
  world.pages.delete(`/${paths[1]}/versions.csv`);
  const { outcome, said } = await world.run('show', { set });
  t.is(outcome, 'done');
  t.regex(onOneLine(said), / packages unknown .* note: http\S+ has no versions\.csv: the packages are unknown /);
});

test('a repository that is gone, or answers something else, keeps nobody from seeing the rest', async (t) => {
  const world = await bench(t);
  const set = await world.writeSet('set.json', commitOf('a'), pathOf(commitOf('a')));
  const gone = await world.run('show', { set });
  t.is(gone.outcome, 'done');
  t.regex(onOneLine(gone.said), / note: the repository of a+_a+ is not there: its packages are unknown /);
  serveBuild(world, 'a', '<html>Welcome</html>');
  const html = await world.run('show', { set });
  t.is(html.outcome, 'done');
  t.regex(
    onOneLine(html.said),
    / note: the packages of a+_a+ could not be read: http\S+\/versions\.csv is an HTML page/,
  );
});

test('a plan is shown with its set, and compared from end to end', async (t) => {
  const world = await bench(t);
  const setOf = (digit: string, path: string): ArtifactSet => ({
    ...emptySet(commitOf(digit), 'master'),
    repository: { url: `${world.url}/${path}`, builds: [] },
  });
  const [from, to] = [
    setOf('a', serveBuild(world, 'a', listOf(row('heat', '1', 'heat-1.0-1')))),
    setOf('b', serveBuild(world, 'b', listOf(row('heat', '2', 'heat-0.9-1')))),
  ];
  const label = parseTargetLabel('current-tripleo');
  const plan: Plan = {
    ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel: null, version: 7 },
    ...{ fromHash: from.fullHash, toHash: to.fullHash, set: to, fromSet: from, irreversible: [], notes: [] },
    moves: [
      {
        ...{ destination: 'repository', kind: 'repository', label, pointer: label },
        ...{ from: from.fullHash, to: to.fullHash },
      },
    ],
    verdict: {
      ...{ answer: 'yes', fullHash: to.fullHash, reasons: [], criteriaDigest: 'sha256:1', waivers: [], votes: [] },
    },
    ...{ criteria: { allOf: ['a'], informing: [] }, waivers: [], policyDigest: '', configDigest: '' },
    ...{ reason: 'bug\u001b[2J 7', actor: 'ci', createdAt: '2026-01-31T00:00:00.000Z' },
  };
  await writeFile(join(world.folder, 'plan.json'), formatPlan(plan));
  const { said, outputs } = await world.run('show', { set: 'plan.json' });
  t.is(outputs['full-hash'], to.fullHash);
  t.regex(said, /\n\npromote current-tripleo of master, version 7\n[^]*\n\npackages:\n {2}heat {2}0\.9-1\n/);
  t.notRegex(said, /[^\P{C}\n]/u);

  const ends = await world.run('diff', { first: 'plan.json' });
  t.deepEqual([ends.outputs['from-hash'], ends.outputs['to-hash']], [from.fullHash, to.fullHash]);
  t.regex(ends.said, /^from {2}plan\.json, before [^]*\n {2}↓ heat {2}1\.0-1 → 0\.9-1\n/);

  await writeFile(join(world.folder, 'plan.json'), formatPlan({ ...plan, fromSet: null, fromHash: null }));
  const fresh = await world.run('diff', { first: 'plan.json' });
  t.is(fresh.outcome, 'invalid');
  t.regex(fresh.error?.message ?? '', /the plan makes current-tripleo a new label, so that there is nothing before/);
});

const refused: readonly (readonly [what: string, texts: Readonly<Record<string, string>>, message: RegExp])[] = [
  ['nothing', {}, /no set is named: tagflow diff SET \[SET\]/],
  ['a word that nothing can be', { first: 'what is this?' }, /"what is this\?": it is none of what can be named/],
  ['no date', { first: 'current-tripleo@2026-02-30', second: 'x' }, /"2026-02-30" is no date/],
  ['a date without a zone', { first: 'current-tripleo@2026-02-20T10:00', second: 'x' }, /is no date/],
  ['a label without a configuration', { first: 'current-tripleo' }, /input "config" is missing/],
  ['a hash alone', { first: `${'a'.repeat(40)}_${'b'.repeat(8)}` }, /it says nothing of another set to compare with/],
  ['a label at a time alone', { first: 'current-tripleo@2026-02-20' }, /it says nothing of another set/],
  ['a set alone', { first: 'set.json' }, /it says nothing of another set/],
  [
    'a file that is not there',
    { first: 'nowhere.json', second: 'set.json' },
    /"nowhere\.json": the file cannot be read: ENOENT/,
  ],
  ['a file that is no set', { first: 'odd.json', second: 'set.json' }, /odd\.json is not JSON/],
  [
    'a file that cannot be written',
    { first: 'set.json', second: 'set.json', to: 'no/where' },
    /input "to": .*where cannot be written/,
  ],
];
for (const [what, texts, message] of refused) {
  test(`refused, with what is allowed: ${what}`, async (t) => {
    const world = await bench(t);
    await world.writeSet('set.json', commitOf('a'), pathOf(commitOf('a')));
    await writeFile(join(world.folder, 'odd.json'), 'odd');
    const { outcome, error } = await world.run('diff', texts);
    t.is(outcome, 'invalid');
    t.regex(error?.message ?? '', message);
  });
}

test('the words before the first flag are inputs; what comes too often stays, to be refused', (t) => {
  const command = commandOf('diff')!;
  t.deepEqual(wordsAsFlags(command, ['a', 'b', '--layers=false']), ['--first=a', '--second=b', '--layers=false']);
  t.deepEqual(wordsAsFlags(command, ['--config', 'c']), ['--config', 'c']);
  t.deepEqual(wordsAsFlags(command, ['a', '--to', 'b']), ['--first=a', '--to', 'b']);
  t.deepEqual(wordsAsFlags(command, ['a', 'b', 'c']), ['--first=a', '--second=b', 'c']);
  t.is(commandOf('constructor'), null);
});
