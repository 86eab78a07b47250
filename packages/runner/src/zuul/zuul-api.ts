import type { CiRequests } from '../ci-system/requests.ts';
import { elements, member, textOf } from '../ci-system/values.ts';

/** What the web API of one Zuul says of one project in one pipeline. */
export interface ZuulApi {
  /** Newest first. */
  buildsets(signal: AbortSignal): Promise<readonly unknown[]>;
  /** Builds of the job on the branch, newest first. */
  builds(signal: AbortSignal): Promise<readonly unknown[]>;
  /** Returns null where there is none. */
  buildset(uuid: string, signal: AbortSignal): Promise<unknown>;
  /** The uuids of the live queue items of the branch, in the order in which Zuul looks through them. */
  items(signal: AbortSignal): Promise<readonly string[]>;
  post(what: 'enqueue' | 'dequeue', body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
}

export interface ZuulPlace {
  readonly tenant: string;
  readonly project: string;
  readonly pipeline: string;
  readonly branch: string;
  readonly job: string;
}

/** How many of the newest are looked through. */
const newest = '50';

export function createZuulApi(requests: CiRequests, place: ZuulPlace): ZuulApi {
  const tenant = `/api/tenant/${encodeURIComponent(place.tenant)}`;
  const ref = `refs/heads/${place.branch}`;
  const list = async (
    what: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> => {
    const of = { project: place.project, pipeline: place.pipeline, branch: place.branch, limit: newest, ...query };
    const url = `${tenant}/${what}?${new URLSearchParams(of).toString()}`;
    return elements(await requests.json({ method: 'GET', url, accept: [200] }, signal));
  };
  return {
    buildsets: (signal) => list('buildsets', {}, signal),
    builds: (signal) => list('builds', { job_name: place.job }, signal),
    buildset: (uuid, signal) => {
      const url = `${tenant}/buildset/${encodeURIComponent(uuid)}`;
      return requests.json({ method: 'GET', url, accept: [200, 404] }, signal);
    },
    items: async (signal) => {
      const status = await requests.json({ method: 'GET', url: `${tenant}/status`, accept: [200] }, signal);
      return elements(member(status, 'pipelines'))
        .filter((pipeline) => member(pipeline, 'name') === place.pipeline)
        .flatMap((pipeline) => elements(member(pipeline, 'change_queues')))
        .flatMap((queue) => elements(member(queue, 'heads')))
        .flatMap((head) => elements(head))
        .filter((item) => member(item, 'live') !== false)
        .filter((item) => elements(member(item, 'refs')).some((each) => isRef(each, place.project, ref)))
        .flatMap((item) => textOf(member(item, 'id')) ?? []);
    },
    post: async (what, body, signal) => {
      const project = place.project.split('/').map(encodeURIComponent).join('/');
      await requests.send(
        {
          method: 'POST',
          url: `${tenant}/project/${project}/${what}`,
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ pipeline: place.pipeline, ref, ...body }),
          accept: [200],
        },
        signal,
      );
    },
  };
}

function isRef(each: unknown, project: string, ref: string): boolean {
  return member(each, 'project') === project && member(each, 'ref') === ref;
}
