import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, readBody, send, startServer } from '../http-server.ts';
import { json, redirect, said } from './github-answers.ts';
import { createBoard, type LabGithubBoard } from './github-board.ts';
import {
  type LabCiJob,
  type LabCiRecord,
  type LabCiRequest,
  type LabCiRun,
  type LabCiTroubles,
  meetsTrouble,
  noTroubles,
  startRun,
} from './job.ts';
import { zipOf } from './zip.ts';

export interface LabGithubRun extends LabCiRun {
  /** Ends the job of the workflow that is under way, so that its log can be read, and begins the next one. */
  nextJob(): void;
}

export interface LabGithubOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** The inputs that each workflow declares, by its file name: others are refused. */
  readonly workflows: Readonly<Record<string, readonly string[]>>;
  /** Ends with a conclusion, such as `success`. Files are kept in the artifact that `artifact` names. */
  readonly run: LabCiJob<LabGithubRun>;
  readonly artifact: string;
  readonly token: string;
  /** A run's title, from its inputs; default: their values. */
  readonly title?: (inputs: Readonly<Record<string, string>>) => string;
  /** False: as a server of before 2026, which refuses to be asked for the run. Default true. */
  readonly knowsRunDetails?: boolean;
  /** The commits that there are, by their SHA. */
  readonly commits?: readonly string[];
  /** For the times of deployments and issues. Default: they stand still. */
  readonly clock?: { now(): number };
}

export interface LabGithubRecord {
  readonly id: number;
  readonly workflow: string;
  readonly title: string;
  readonly record: LabCiRecord;
  /** Where in the log each job but the first began. */
  readonly jobStarts: readonly number[];
}

/**
 * A GitHub with workflows that can be dispatched: runs, jobs, their logs and artifacts, by its REST API; and with
 * deployments, commit statuses and issues.
 */
export interface LabGithub {
  readonly url: string;
  /** The newest one first. */
  readonly runs: LabGithubRecord[];
  readonly requests: readonly LabCiRequest[];
  readonly troubles: LabCiTroubles;
  readonly board: LabGithubBoard;
  /** True: runs wait for a machine. Default false. */
  holdRuns(hold: boolean): void;
  close(): Promise<void>;
}

// As GitHub writes it before each line.
const time = '2026-01-01T00:00:00.0000000Z ';

export async function startLabGithub(options: LabGithubOptions): Promise<LabGithub> {
  const { repository, workflows, run, artifact, token } = options;
  const runs: LabGithubRecord[] = [];
  const requests: LabCiRequest[] = [];
  const troubles = noTroubles();
  let held: Promise<void> | null = null;
  let release = (): void => undefined;
  const waiting = new Set<number>();
  const { clock = { now: () => Date.parse('2026-01-01T00:00:00Z') }, commits = [] } = options;
  const { board, answer: answerBoard } = createBoard({
    ...{ commits, now: () => clock.now() },
    page: () => `${server.url}/${repository}`,
  });
  const gate = createGate(board);

  const dispatch = async (workflow: string, body: string): Promise<Answer> => {
    const declared = workflows[workflow];
    if (declared === undefined) return said(404, 'Not Found');
    const { inputs = {}, return_run_details: details } = JSON.parse(body) as {
      inputs?: Record<string, string>;
      return_run_details?: boolean;
    };
    if (details !== undefined && options.knowsRunDetails === false) {
      return said(400, 'Invalid request.\n\n"return_run_details" is not a permitted key.');
    }
    const unexpected = Object.keys(inputs).filter((name) => !declared.includes(name));
    if (unexpected.length > 0) return said(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
    const id = 1000 + runs.length;
    const jobStarts: number[] = [];
    const play: LabCiJob<LabGithubRun> = async (own) => {
      if (held !== null) {
        waiting.add(id);
        await Promise.race([held, new Promise((resume) => own.signal.addEventListener('abort', resume))]);
        waiting.delete(id);
      }
      return own.signal.aborted ? 'cancelled' : run(own);
    };
    const more = (record: LabCiRecord) => ({ nextJob: () => void jobStarts.push(record.log.length) });
    const record = startRun(play, workflow, inputs, { aborted: 'cancelled', failed: 'failure', more });
    const title = options.title?.(inputs) ?? Object.values(inputs).join(' ');
    runs.unshift({ id, workflow, title, record, jobStarts });
    if (details !== true) return { status: 204 };
    return json({ workflow_run_id: id, run_url: `${server.url}/runs/${id}`, html_url: page(id) });
  };
  const page = (id: number): string => `${server.url}/${repository}/actions/runs/${id}`;
  const runJson = ({ id, title, record: { result } }: LabGithubRecord): unknown => ({
    id,
    event: 'workflow_dispatch',
    display_title: title,
    status: result === null ? (waiting.has(id) ? 'queued' : 'in_progress') : 'completed',
    conclusion: result,
    html_url: page(id),
  });
  const jobsOf = ({ id, record, jobStarts }: LabGithubRecord) =>
    [0, ...jobStarts].map((start, index) => ({
      id: id * 100 + index,
      status: record.result !== null || index < jobStarts.length ? 'completed' : 'in_progress',
      log: record.log.slice(start, jobStarts[index]),
    }));
  const jobLog = (id: number): Answer => {
    const job = runs.flatMap(jobsOf).find((each) => each.id === id);
    if (job?.status !== 'completed') return said(404, 'Not Found');
    const lines = job.log.split('\n').map((line, at, all) => (at === all.length - 1 && line === '' ? '' : time + line));
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: `\uFEFF${lines.join('\n')}` };
  };
  const runAnswer = (method: string, id: number, what: string): Answer => {
    const found = runs.find((each) => each.id === id);
    if (found === undefined) return said(404, 'Not Found');
    const { record } = found;
    if (what === '') return json(runJson(found));
    if (what === '/jobs') return json({ jobs: jobsOf(found).map(({ log: _log, ...job }) => job) });
    if (what === '/artifacts') {
      const isThere = record.files.size > 0 && record.result !== null;
      return json({ artifacts: isThere ? [{ id, name: artifact, expired: false }] : [] });
    }
    if (what !== '/cancel' || method !== 'POST') return said(404, 'Not Found');
    if (record.result !== null) return said(409, 'Cannot cancel a workflow run that is completed.');
    record.endedBy = 'somebody';
    record.abort.abort();
    return { ...json({}), status: 202 };
  };
  const answer = async (request: IncomingMessage, url: URL): Promise<Answer> => {
    const method = request.method ?? 'GET';
    // Signed storage links: no token is wanted there, and none may arrive.
    const stored = /^\/storage\/(?<id>\d+)\.(?<kind>zip|log)$/.exec(url.pathname)?.groups;
    if (stored !== undefined) {
      if (request.headers.authorization !== undefined) return said(400, 'InvalidAuthenticationInfo');
      if (stored['kind'] === 'log') return jobLog(Number(stored['id']));
      const found = runs.find((each) => each.id === Number(stored['id']));
      return found === undefined ? said(404, 'gone') : { status: 200, body: zipOf(found.record.files) };
    }
    if (request.headers.authorization !== `Bearer ${token}`) return said(401, 'Bad credentials');
    const home = `/repos/${repository}/`;
    if (!url.pathname.startsWith(home)) return said(404, 'Not Found');
    const prefix = `${home}actions`;
    if (!url.pathname.startsWith(prefix)) {
      await gate(method, url.pathname);
      const body = (await readBody(request)).toString();
      return answerBoard({ method, path: url.pathname.slice(home.length - 1), url, body });
    }
    const path = url.pathname.slice(prefix.length);
    const [, workflow = '', action = ''] = /^\/workflows\/([^/]+)\/(dispatches|runs)$/.exec(path) ?? [];
    if (action === 'dispatches' && method === 'POST') return dispatch(workflow, (await readBody(request)).toString());
    if (action === 'runs') {
      const own = runs.filter((each) => each.workflow === workflow).map(runJson);
      const at = (Number(url.searchParams.get('page') ?? 1) - 1) * 100;
      return json({ total_count: own.length, workflow_runs: own.slice(at, at + 100) });
    }
    const job = /^\/jobs\/(\d+)\/logs$/.exec(path)?.[1];
    if (job !== undefined) return redirect(`${storage.url}/storage/${job}.log`);
    const archive = /^\/artifacts\/(\d+)\/zip$/.exec(path)?.[1];
    if (archive !== undefined) return redirect(`${storage.url}/storage/${archive}.zip`);
    const [, id = '', what = ''] = /^\/runs\/(\d+)(\/\w+)?$/.exec(path) ?? [];
    return runAnswer(method, Number(id), what);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const seen = { method: request.method ?? 'GET', path: url.pathname };
    requests.push(seen);
    const isTrouble = meetsTrouble(troubles, seen);
    const trouble = { ...said(troubles.status, 'trouble'), headers: { ...troubles.headers } };
    send(request, response, isTrouble ? trouble : await answer(request, url));
  };
  const server = await startServer(handle);
  // A server of its own: what is stored is at another address, as at the real one.
  const storage = await startServer(handle);
  return {
    url: server.url,
    runs,
    requests,
    troubles,
    board,
    holdRuns: (hold) => {
      release();
      const next = Promise.withResolvers<void>();
      release = next.resolve;
      held = hold ? next.promise : null;
    },
    close: async () => {
      for (const { record } of runs) record.abort.abort();
      await Promise.all([server.close(), storage.close()]);
    },
  };
}

/** Returns what waits until so many requests of a kind have come. */
function createGate(board: LabGithubBoard): (method: string, path: string) => Promise<void> {
  let there = 0;
  let opened = Promise.withResolvers<void>();
  return async (method, path) => {
    const { together } = board;
    if (together?.only.test(`${method} ${path}`) !== true) return;
    there += 1;
    if (there < together.count) return opened.promise;
    opened.resolve();
    board.together = null;
    there = 0;
    opened = Promise.withResolvers<void>();
  };
}
