import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createDlrnClient, createRepositoryTree, voteTargetOf } from '@tagflow/dlrn';
import { type Api, createApi, type Credentials } from '@tagflow/http';
import { createLabBuilder, createVirtualClock, startLabDlrn } from '@tagflow/lab';
import { type FullHash, parseLabel, parseTargetLabel } from '@tagflow/model';
import { choose, decide, type PromoteRequest, openJudge } from '@tagflow/promotion';
import { createEvidence } from '@tagflow/wiring';
import { testEffects } from '../../packages/dlrn/test/suite-context.ts';
import { createMemoryLedger, noPolicy } from '../../packages/promotion/test/memory-ledger.ts';
import { startRealDlrn } from '../peers/dlrn/real-dlrn.ts';
import { runForeign } from '../peers/foreign.ts';
import { formatMs, measure, middleOf } from './measure.ts';

const candidates = 100;
const jobs = Array.from(
  { length: 30 },
  (_, index) => `periodic-tripleo-ci-featureset${String(index).padStart(3, '0')}`,
);
const candidateLabel = parseLabel('tripleo-ci-testing');
const label = parseTargetLabel('current-tripleo');

const request: PromoteRequest = {
  ...{ mode: 'promote', release: 'master', component: null, label, candidateLabel },
  ...{ criteria: { allOf: jobs, informing: [] }, fullHash: null, parts: [], keepPrevious: true },
  ...{ configDigest: 'sha256:0', ...noPolicy, reason: null, actor: 'bench', dryRun: true },
};

/** A DLRN that both sides ask. */
interface Server {
  readonly name: string;
  readonly apiUrl: string;
  readonly reposUrl: string;
  /** Of the candidate that may be promoted, the oldest. */
  readonly oldest: FullHash;
  close(): Promise<void>;
}

/**
 * 100 candidates of an integration line with 30 votes each, of which only the oldest may be promoted: what a promoter
 * asks in the worst case. The peer is DLRN's own client, which scripts call once for each question. Asked are the real
 * DLRN, whose own time is most of what we need, and the lab's, which answers at once.
 */
export async function bench(print: (line: string) => void): Promise<void> {
  print(`${candidates} candidates × ${jobs.length} jobs, component mode; only the oldest may be promoted`);
  for (const start of [startReal, startLab]) {
    const server = await start();
    try {
      await compare(server, print);
    } finally {
      await server.close();
    }
  }
}

async function compare(server: Server, print: (line: string) => void): Promise<void> {
  print(`\n${server.name}`);
  const runs = [];
  let requests: readonly string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const counted: string[] = [];
    const run = await measure(async () => {
      const { client, tree } = openDlrn(server, counted);
      const evidence = createEvidence(client, tree, null);
      const ledger = createMemoryLedger();
      const judge = await openJudge(request, { ledger, clock: testEffects.clock }, evidence);
      return choose(request, await tree.readLabel(label, { retry: false }), { evidence, judge, ledger });
    });
    if (run.result?.fullHash !== server.oldest || run.result.verdict.answer !== 'yes') {
      throw new Error(`chose ${run.result?.fullHash ?? 'nothing'}, expected ${server.oldest}`);
    }
    requests = counted;
    runs.push(run);
  }
  const ours = middleOf(runs);
  // What no client can do without: the same URLs, asked as fast as the server answers.
  const floor = middleOf([await measure(() => askPlainly(requests)), await measure(() => askPlainly(requests))]);
  const of = (part: string): number => requests.filter((url) => url.includes(part)).length;
  print(
    `  tagflow: ${formatMs(ours.wallMs)}, ${formatMs(ours.cpuMs)} CPU; ${requests.length} requests: ` +
      `${of('/api/promotions')} of promotions, ${of('/api/agg_status')} of votes, ` +
      `${requests.length - of('/api/')} of files`,
  );
  print(`    the same URLs, fetched and not looked at: ${formatMs(floor.wallMs)}`);
  const votes = await openDlrn(server, []).client.votes(voteTargetOf(server.oldest, []));
  const decision = await measure(() => {
    for (let index = 0; index < candidates; index += 1) {
      const { criteria, byHand } = request;
      decide({ fullHash: server.oldest, criteria, votes, policy: [], knownJobs: null, now: 0, byHand });
    }
  });
  print(`    of it the decision over all ${candidates}: ${formatMs(decision.wallMs)} (bar: under 50 ms)`);
  const theirs = await measure(() => askWithDlrnapi(server.apiUrl));
  print(
    `  dlrnapi 0.13.1, the same questions: ${formatMs(theirs.wallMs)}; ${theirs.result} calls of a new Python each`,
  );
  print(`  ratio: ${(theirs.wallMs / ours.wallMs).toFixed(1)} × faster than dlrnapi`);
}

function openDlrn(
  { apiUrl, reposUrl }: Pick<Server, 'apiUrl' | 'reposUrl'>,
  counted: string[],
  credentials?: Credentials,
): { client: ReturnType<typeof createDlrnClient>; tree: ReturnType<typeof createRepositoryTree> } {
  const api = createApi(testEffects);
  const counting: Api = {
    request: (one) => {
      counted.push(one.url);
      return api.request(one);
    },
  };
  return {
    client: createDlrnClient(counting, { apiUrl, ...(credentials === undefined ? {} : { credentials }) }),
    tree: createRepositoryTree(counting, { reposUrl, mode: 'component', effects: testEffects }),
  };
}

/** Fetches URLs, a few at a time, and looks at nothing. */
async function askPlainly(urls: readonly string[]): Promise<void> {
  const left = [...urls];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let url = left.pop(); url !== undefined; url = left.pop()) await (await fetch(url)).arrayBuffer();
    }),
  );
}

/** One more candidate than the oldest: its hash, and the job that has not voted on it. */
const newer = Array.from({ length: candidates - 1 }, (_, index) => ({
  hash: createHash('md5').update(String(index)).digest('hex'),
  missing: jobs[index % jobs.length],
}));

/** Starts the real DLRN and records rows of sets that nobody built: 3000 reports through its API would take minutes. */
async function startReal(): Promise<Server> {
  const real = await startRealDlrn({ mode: 'component' });
  const { apiUrl, reposUrl, username, password } = real;
  const { client, tree } = openDlrn(real, [], { username, password });
  const { fullHash, builds } = await tree.resolveLabel(parseLabel('consistent'));
  await client.promoteBatch(builds, candidateLabel);
  const database = new DatabaseSync(join(real.root, 'commits.sqlite'));
  database.exec('PRAGMA busy_timeout = 10000; BEGIN');
  const ids = database.prepare(
    "SELECT max(id) AS id FROM commits WHERE status = 'SUCCESS' AND flags = 0 AND component = ?",
  );
  const promotion = database.prepare(
    'INSERT INTO promotions (commit_id, promotion_name, timestamp, user, component, aggregate_hash) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const vote = database.prepare(
    'INSERT INTO civotes_agg (ref_hash, ci_name, ci_url, ci_vote, ci_in_progress, timestamp, notes, user) VALUES (?, ?, ?, 1, 0, ?, ?, ?)',
  );
  const now = Math.floor(Date.now() / 1000);
  for (const [index, { hash }] of newer.entries()) {
    for (const [position, { component }] of builds.entries()) {
      const isLast = position === builds.length - 1;
      const id = Number(ids.get(component)?.['id']);
      promotion.run(id, candidateLabel, now + (index + 1) * 10, username, component, isLast ? hash : null);
    }
  }
  for (const { hash, missing } of [{ hash: fullHash, missing: null }, ...newer]) {
    for (const job of jobs.filter((name) => name !== missing)) {
      vote.run(hash, job, `https://logs.example/${hash}/${job}`, now, '', username);
    }
  }
  database.exec('COMMIT');
  database.close();
  return { name: 'the real DLRN 0.26.1', apiUrl, reposUrl, oldest: fullHash, close: () => real.close() };
}

/** Starts the lab's DLRN with the same rows, in this process. */
async function startLab(): Promise<Server> {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const projects = ['tripleo', 'compute', 'network'].map((component) => ({ name: `lab-${component}-1`, component }));
  const lab = await startLabDlrn({ clock, mode: 'component', projects });
  const { state, apiUrl, reposUrl, username, password } = lab;
  const builder = createLabBuilder({ dlrn: state, clock, seed: 'bench' });
  for (const { name } of projects) builder.build(name);
  const { client, tree } = openDlrn(lab, [], { username, password });
  const { fullHash, builds } = await tree.resolveLabel(parseLabel('consistent'));
  await client.promoteBatch(builds, candidateLabel);
  const batch = state.promotions.slice(-builds.length);
  for (const [index, { hash }] of newer.entries()) {
    const timestamp = Math.floor(clock.now() / 1000) + (index + 1) * 10;
    const rows = batch.map((row) => ({ ...row, timestamp, aggregateHash: row.aggregateHash === null ? null : hash }));
    state.promotions.push(...rows);
  }
  for (const { hash, missing } of [{ hash: fullHash, missing: null }, ...newer]) {
    for (const job of jobs.filter((name) => name !== missing)) {
      const url = `https://logs.example/${hash}/${job}`;
      const row = { aggregateHash: hash, job, url, success: true, inProgress: false, timestamp: 0, notes: '' };
      state.aggregateVotes.push({ ...row, user: username });
    }
  }
  return { name: "the lab's DLRN", apiUrl, reposUrl, oldest: fullHash, close: () => lab.close() };
}

/** Asks with DLRN's own client what a promoter has to know, one process a question. Returns how many there were. */
async function askWithDlrnapi(apiUrl: string): Promise<number> {
  let calls = 0;
  const ask = async (...args: readonly string[]): Promise<unknown> => {
    calls += 1;
    return JSON.parse(await runForeign('dlrn/dlrnapi', ['--url', apiUrl, ...args]));
  };
  await ask('promotion-get', '--promote-name', label, '--limit', '1');
  const hashes = new Set<string>();
  for (let offset = 0; hashes.size < candidates; offset += 100) {
    const args = ['promotion-get', '--promote-name', candidateLabel, '--limit', '100', '--offset', String(offset)];
    const rows = (await ask(...args)) as { aggregate_hash: string | null }[];
    for (const row of rows) if (row.aggregate_hash !== null) hashes.add(row.aggregate_hash);
    if (rows.length < 100) break;
  }
  for (const hash of hashes) await ask('agg-status', '--agg-hash', hash);
  return calls;
}
