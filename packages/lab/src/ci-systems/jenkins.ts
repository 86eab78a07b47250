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
import { pickTree } from './tree.ts';

export interface LabJenkinsOptions {
  /** The jobs, by name with `/` between folders, and the parameters that each declares: others are dropped. */
  readonly jobs: Readonly<Record<string, readonly string[]>>;
  readonly run: LabCiJob;
  /** Without it nobody has to log in. `password`: what is posted needs a crumb, as with no API token. */
  readonly login?: { readonly username: string; readonly secret: string; readonly kind: 'token' | 'password' };
}

export interface LabJenkinsBuild {
  readonly job: string;
  readonly number: number;
  readonly queueId: number;
  readonly record: LabCiRecord;
}

interface QueueItem {
  readonly id: number;
  readonly job: string;
  readonly parameters: Readonly<Record<string, string>>;
  cancelled: boolean;
  /** Null while it waits. */
  build: LabJenkinsBuild | null;
}

/** A Jenkins with parameterised jobs: queue, builds, logs and artifacts, by its remote access API. */
export interface LabJenkins {
  readonly url: string;
  /** The newest one first. */
  readonly builds: LabJenkinsBuild[];
  readonly requests: readonly LabCiRequest[];
  readonly troubles: LabCiTroubles;
  /** True: what is asked for stays in the queue. Default false. */
  holdQueue(hold: boolean): void;
  /** What happens five minutes after an item left the queue. */
  forgetQueueItems(): void;
  /** As after a crash: what ran has ABORTED and says no reason. The queue stays, unless it is lost too. */
  restart(options?: { readonly loseQueue?: boolean }): void;
  close(): Promise<void>;
}

// What Jenkins keeps within a log for its own pages, and never shows as text.
// eslint-disable-next-line no-control-regex -- they begin with these
const note = /\u001b\[8mha:[^\u001b]*\u001b\[0m/g;

const crumb = { crumbRequestField: 'Jenkins-Crumb', crumb: '0f1e2d3c' };

export async function startLabJenkins({ jobs, run, login }: LabJenkinsOptions): Promise<LabJenkins> {
  const builds: LabJenkinsBuild[] = [];
  let queue: QueueItem[] = [];
  let nextItem = 1;
  let isHeld = false;
  const requests: LabCiRequest[] = [];
  const troubles = noTroubles();

  const begin = (item: QueueItem): void => {
    if (isHeld || item.cancelled || item.build !== null) return;
    const number = 1 + builds.filter((build) => build.job === item.job).length;
    const more = (): Omit<LabCiRun, keyof LabCiRun> => ({});
    const record = startRun(run, item.job, item.parameters, { aborted: 'ABORTED', failed: 'FAILURE', more });
    item.build = { job: item.job, number, queueId: item.id, record };
    builds.unshift(item.build);
  };
  const enqueue = (job: string, form: URLSearchParams): Answer => {
    const declared = jobs[job] ?? [];
    const parameters = Object.fromEntries(declared.map((name) => [name, form.get(name) ?? '']));
    const same = queue.find(
      (item) =>
        item.build === null && !item.cancelled && JSON.stringify(item.parameters) === JSON.stringify(parameters),
    );
    const item = same ?? { id: nextItem++, job, parameters, cancelled: false, build: null };
    if (same === undefined) queue.push(item);
    // As behind a proxy that Jenkins knows nothing of.
    const location = `http://jenkins.internal:8080/queue/item/${item.id}/`;
    setImmediate(() => begin(item));
    return { status: same === undefined ? 201 : 303, headers: { location } };
  };
  const actionsOf = (parameters: Readonly<Record<string, string>>): unknown[] => [
    {},
    {
      _class: 'hudson.model.ParametersAction',
      parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    },
  ];
  const itemJson = (item: QueueItem): unknown => ({
    id: item.id,
    cancelled: item.cancelled,
    why: item.build === null ? 'Waiting for next available executor' : null,
    executable: item.build === null ? undefined : { number: item.build.number },
    actions: actionsOf(item.parameters),
  });
  const buildJson = ({ number, queueId, record }: LabJenkinsBuild): unknown => ({
    number,
    queueId,
    building: record.result === null,
    inProgress: record.result === null,
    result: record.result,
    artifacts: [...record.files.keys()].map((relativePath) => ({ relativePath })),
    actions: [
      ...actionsOf(record.run.parameters),
      ...(record.endedBy === null
        ? []
        : [
            {
              _class: 'jenkins.model.InterruptedBuildAction',
              causes: [{ shortDescription: `Aborted by ${record.endedBy}` }],
            },
          ]),
    ],
  });
  const json = (value: unknown, url: URL): Answer => ({
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: JSON.stringify(pickTree(value, url.searchParams.get('tree') ?? '')),
  });

  const queueAnswer = (method: string, url: URL): Answer => {
    if (url.pathname === '/queue/api/json') {
      const items = queue.filter((item) => item.build === null && !item.cancelled);
      return json({ items: items.map(itemJson) }, url);
    }
    if (url.pathname === '/queue/cancelItem' && method === 'POST') {
      const item = queue.find(({ id }) => id === Number(url.searchParams.get('id')));
      if (item === undefined || item.build !== null) return text(404, 'Provided id not found');
      item.cancelled = true;
      return { status: 204 };
    }
    const id = /^\/queue\/item\/(\d+)\/api\/json$/.exec(url.pathname)?.[1];
    const item = queue.find((each) => each.id === Number(id));
    return item === undefined ? text(404, 'no such item') : json(itemJson(item), url);
  };
  const buildAnswer = (build: LabJenkinsBuild, method: string, rest: string, url: URL): Answer => {
    const { record } = build;
    if (rest === '/api/json') return json(buildJson(build), url);
    if (rest === '/stop' && method === 'POST') {
      if (record.result === null) record.endedBy = login?.username ?? 'anonymous';
      record.abort.abort();
      return { status: 302, headers: { location: `http://jenkins.internal:8080${url.pathname}` } };
    }
    if (rest === '/logText/progressiveText') return progressive(record, Number(url.searchParams.get('start') ?? 0));
    const file = rest.startsWith('/artifact/') ? record.files.get(decodeURIComponent(rest.slice(10))) : undefined;
    return file === undefined ? text(404, 'no such page') : { status: 200, body: file };
  };
  const jobAnswer = async (request: IncomingMessage, url: URL): Promise<Answer> => {
    const method = request.method ?? 'GET';
    const names = /^(?:\/job\/[^/]+)+/.exec(url.pathname)?.[0] ?? '';
    const job = names.split('/job/').slice(1).map(decodeURIComponent).join('/');
    const rest = url.pathname.slice(names.length);
    const declared = jobs[job];
    if (declared === undefined) return text(404, 'no such job');
    if (rest === '/api/json') {
      const property = [{}, { parameterDefinitions: declared.map((name) => ({ name })) }];
      const own = builds.filter((build) => build.job === job).map(buildJson);
      return json({ buildable: true, property, builds: own }, url);
    }
    if (rest === '/buildWithParameters' && method === 'POST') {
      return enqueue(job, new URLSearchParams((await readBody(request)).toString()));
    }
    const [, number = '', page = ''] = /^\/(\d+)(\/.*)$/.exec(rest) ?? [];
    const build = builds.find((each) => each.job === job && each.number === Number(number));
    return build === undefined ? text(404, 'no such page') : buildAnswer(build, method, page, url);
  };
  const refusal = (request: IncomingMessage): Answer | null => {
    if (login === undefined) return null;
    const wanted = `Basic ${Buffer.from(`${login.username}:${login.secret}`).toString('base64')}`;
    if (request.headers.authorization !== wanted) return text(401, 'Invalid password/token');
    const needsCrumb = login.kind === 'password' && request.method === 'POST';
    const hasCrumb = request.headers['jenkins-crumb'] === crumb.crumb && request.headers.cookie === 'JSESSIONID=s1';
    return needsCrumb && !hasCrumb ? text(403, 'No valid crumb was included in the request') : null;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://lab');
    const seen = { method: request.method ?? 'GET', path: url.pathname };
    requests.push(seen);
    if (meetsTrouble(troubles, seen)) {
      const body = '<html><body>Please wait while Jenkins is getting ready to work</body></html>';
      send(request, response, { status: troubles.status, headers: troubles.headers, body });
      return;
    }
    const refused = refusal(request);
    if (refused !== null) send(request, response, refused);
    else if (url.pathname === '/crumbIssuer/api/json') {
      const headers = { 'content-type': 'application/json', 'set-cookie': 'JSESSIONID=s1; Path=/; HttpOnly' };
      send(request, response, { status: 200, headers, body: JSON.stringify(crumb) });
    } else if (url.pathname.startsWith('/queue/')) send(request, response, queueAnswer(seen.method, url));
    else send(request, response, await jobAnswer(request, url));
  };
  const server = await startServer(handle);
  return {
    url: server.url,
    builds,
    requests,
    troubles,
    holdQueue: (hold) => {
      isHeld = hold;
      for (const item of queue) begin(item);
    },
    forgetQueueItems: () => {
      queue = queue.filter((item) => item.build === null && !item.cancelled);
    },
    restart: ({ loseQueue = false } = {}) => {
      for (const { record } of builds) record.abort.abort();
      queue = queue.filter((item) => item.build === null && !item.cancelled && !loseQueue);
    },
    close: async () => {
      for (const { record } of builds) record.abort.abort();
      await server.close();
    },
  };
}

// Jenkins counts bytes, and begins anew where somebody asks for more than there is.
function progressive({ log, result }: LabCiRecord, start: number): Answer {
  const bytes = Buffer.from(log);
  const headers = {
    'content-type': 'text/plain;charset=utf-8',
    'x-text-size': String(bytes.length),
    ...(result === null ? { 'x-more-data': 'true' } : {}),
  };
  const body = bytes
    .subarray(start > bytes.length ? 0 : start)
    .toString()
    .replaceAll(note, '');
  return { status: 200, headers, body };
}

function text(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/html;charset=utf-8' }, body: `<html><body>${body}</body></html>` };
}
