import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, readBody, send, startServer } from '../http-server.ts';
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

export interface LabZuulRun extends LabCiRun {
  /** Returns an artifact with metadata, as zuul_return does. A file that was kept under the name is what it leads to. */
  artifact(name: string, file: string, metadata?: Readonly<Record<string, string>>): void;
  /** Puts a file beside the log, such as `zuul-info/inventory.yaml`. */
  info(path: string, content: string): void;
}

export interface LabZuulOptions {
  readonly tenant: string;
  readonly project: string;
  readonly pipeline: string;
  readonly branch: string;
  readonly job: string;
  readonly run: LabCiJob<LabZuulRun>;
  /** Without it nobody can enqueue. */
  readonly token?: string;
  /** The pipeline parameters that the project declares; a job gets no others. Null: a Zuul that knows none. */
  readonly parameters?: readonly string[] | null;
}

export interface LabZuulBuildset {
  readonly uuid: string;
  readonly item: string;
  /** What was sent, declared or not; null for a Zuul that knows none, and for a timer's. */
  readonly parameters: Readonly<Record<string, string>> | null;
  /** Null before the job has begun. */
  record: LabCiRecord | null;
  readonly artifacts: unknown[];
  /** Of the whole, where no job decided it. */
  result: string | null;
}

/** A Zuul with one job for one branch of a project: enqueue, dequeue, status, builds and their logs, by its web API. */
export interface LabZuul {
  readonly url: string;
  /** The newest one first. */
  readonly buildsets: LabZuulBuildset[];
  readonly requests: readonly LabCiRequest[];
  readonly troubles: LabCiTroubles;
  /** What a timer of the pipeline does. */
  trigger(): LabZuulBuildset;
  /** True: builds wait for nodes. Default false. */
  holdJobs(hold: boolean): void;
  close(): Promise<void>;
}

export async function startLabZuul(options: LabZuulOptions): Promise<LabZuul> {
  const { tenant, project, pipeline, branch, job, run, token } = options;
  const declared = options.parameters ?? null;
  const buildsets: LabZuulBuildset[] = [];
  const requests: LabCiRequest[] = [];
  const troubles = noTroubles();
  let isHeld = false;
  const ref = { project, branch, ref: `refs/heads/${branch}`, oldrev: null, newrev: null };
  const resultOf = ({ record, result }: LabZuulBuildset): string | null => result ?? record?.result ?? null;

  const begin = (buildset: LabZuulBuildset): void => {
    if (isHeld || buildset.record !== null || buildset.result !== null) return;
    const given = Object.entries(buildset.parameters ?? {}).filter(([name]) => declared?.includes(name) === true);
    const logs = `${storage.url}/logs/${buildset.uuid}`;
    const more = ({ files }: LabCiRecord): Omit<LabZuulRun, keyof LabCiRun> => ({
      artifact: (name, file, metadata) =>
        void buildset.artifacts.push({ name, url: `${logs}/${file}`, ...(metadata === undefined ? {} : { metadata }) }),
      info: (path, content) => void files.set(path, Buffer.from(content)),
    });
    const ends = { aborted: 'CANCELED', failed: 'FAILURE', more };
    buildset.record = startRun(run, job, Object.fromEntries(given), ends);
  };
  const enqueue = (parameters: LabZuulBuildset['parameters']): LabZuulBuildset => {
    const number = String(buildsets.length + 1).padStart(32, '0');
    const uuid = `b${number.slice(1)}`;
    const fresh: LabZuulBuildset = {
      ...{ uuid, item: `i${number.slice(1)}`, parameters },
      ...{ record: null, artifacts: [], result: null },
    };
    buildsets.unshift(fresh);
    setImmediate(() => begin(fresh));
    return fresh;
  };
  const buildJson = (buildset: LabZuulBuildset): unknown => ({
    uuid: `u${buildset.uuid.slice(1)}`,
    job_name: job,
    result: buildset.record?.result ?? null,
    start_time: '2026-01-01T00:00:00',
    end_time: buildset.record?.result == null ? null : '2026-01-01T00:10:00',
    // Nothing is uploaded of a build that was ended.
    log_url: ['CANCELED', undefined, null].includes(buildset.record?.result)
      ? null
      : `${storage.url}/logs/${buildset.uuid}/`,
    voting: true,
    final: true,
    artifacts: buildset.artifacts,
    ref,
    pipeline,
    buildset: { uuid: buildset.uuid },
  });
  const buildsetJson = (buildset: LabZuulBuildset): object => ({
    uuid: buildset.uuid,
    result: resultOf(buildset),
    pipeline,
    queue_item_uuid: buildset.item,
    parameters: declared === null ? undefined : buildset.parameters,
    refs: [ref],
  });
  const status = (): unknown => {
    const live = buildsets.filter((buildset) => resultOf(buildset) === null).toReversed();
    const heads = live.map(({ item }) => [{ id: item, live: true, active: true, refs: [ref], jobs: [] }]);
    return { zuul_version: '14.3.0', pipelines: [{ name: pipeline, change_queues: [{ name: project, heads }] }] };
  };
  const post = (what: string, body: string, authorization: string | undefined): Answer => {
    if (token === undefined || authorization !== `Bearer ${token}`) return said(401, 'Unauthorized');
    const order = JSON.parse(body) as { pipeline?: string; ref?: string; parameters?: Record<string, string> };
    if (order.pipeline !== pipeline) return said(400, 'Unknown pipeline');
    if (order.ref !== ref.ref) return said(400, 'Invalid request body');
    if (what === 'enqueue') enqueue(declared === null ? null : (order.parameters ?? null));
    else {
      const first = buildsets.findLast((buildset) => resultOf(buildset) === null);
      if (first !== undefined) {
        first.result = 'DEQUEUED';
        first.record?.abort.abort();
      }
    }
    return json(true);
  };
  const isAsked = (query: URLSearchParams): boolean =>
    Object.entries({ project, pipeline, branch, job_name: job }).every(
      ([name, value]) => (query.get(name) ?? value) === value,
    );
  const read = (path: string, query: URLSearchParams): Answer => {
    const asked = isAsked(query) ? buildsets : [];
    if (path === '/buildsets') return json(asked.slice(0, 50).map(buildsetJson));
    if (path === '/builds') return json(asked.filter(({ record }) => record !== null).map(buildJson));
    if (path === '/status') return json(status());
    const found = buildsets.find(({ uuid }) => path === `/buildset/${uuid}`);
    if (found === undefined) return said(404, 'Buildset not found');
    return json({ ...buildsetJson(found), builds: found.record === null ? [] : [buildJson(found)] });
  };
  const log = (path: string, range: string | undefined): Answer => {
    const [, uuid = '', file = ''] = /^\/logs\/(\w+)\/(.*)$/.exec(path) ?? [];
    const record = buildsets.find((each) => each.uuid === uuid)?.record ?? null;
    const own = file === 'job-output.txt' ? Buffer.from(record?.log ?? '') : record?.files.get(file);
    if (own === undefined || record?.result == null) return { status: 404 };
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(from)) return { status: 200, body: own };
    if (from >= own.length) return { status: 416 };
    const headers = { 'content-range': `bytes ${from}-${own.length - 1}/${own.length}` };
    return { status: 206, headers, body: own.subarray(from) };
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const seen = { method: request.method ?? 'GET', path: url.pathname };
    requests.push(seen);
    const below = `/api/tenant/${tenant}`;
    const answer = async (): Promise<Answer> => {
      if (meetsTrouble(troubles, seen)) return { status: troubles.status, headers: troubles.headers };
      if (url.pathname.startsWith('/logs/')) {
        // Whoever sends a token there shows it to strangers.
        return request.headers.authorization === undefined ? log(url.pathname, request.headers.range) : { status: 400 };
      }
      if (!url.pathname.startsWith(`${below}/`)) return said(404, 'Unknown tenant');
      const path = url.pathname.slice(below.length);
      const [, of = '', what = ''] = /^\/project\/(.+)\/(enqueue|dequeue)$/.exec(path) ?? [];
      if (seen.method === 'POST' && of === project) {
        return post(what, (await readBody(request)).toString(), request.headers.authorization);
      }
      return read(path, url.searchParams);
    };
    send(request, response, await answer());
  };
  const server = await startServer(handle);
  // A server of its own: logs are at another address, as at the real one.
  const storage = await startServer(handle);
  return {
    url: server.url,
    buildsets,
    requests,
    troubles,
    trigger: () => enqueue(null),
    holdJobs: (hold) => {
      isHeld = hold;
      for (const buildset of buildsets) begin(buildset);
    },
    close: async () => {
      for (const { record } of buildsets) record?.abort.abort();
      await Promise.all([server.close(), storage.close()]);
    },
  };
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function said(status: number, error: string): Answer {
  return { ...json({ error, description: error }), status };
}
