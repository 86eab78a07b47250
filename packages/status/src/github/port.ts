import { createGithubClient, type GithubClientOptions, RunnerError } from '@tagflow/runner';
import { StatusError } from '../error.ts';

/** One repository at GitHub. Everything rejects with a StatusError, or with the reason of the aborted signal. */
export interface GithubPort {
  /** True: nothing is written, and whatever would be answers null. */
  readonly dryRun: boolean;
  /** Returns what a route such as `GET /labels/{name}` below the repository answers, null for what is not there. */
  read(route: string, values?: Values): Promise<unknown>;
  /** Yields the elements of a list, page by page, as they are wanted. @param of the member of the answer that is it */
  list(route: string, values: Values, of?: string): AsyncGenerator<unknown, void>;
  write(route: string, values: Values): Promise<unknown>;
}

type Values = Readonly<Record<string, unknown>>;

export interface GithubPortOptions {
  /** Of the API, such as `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly url: string;
  /** `owner/name`. */
  readonly repository: string;
  /** Leaves this process in the Authorization header only. */
  readonly token: string;
  readonly dryRun: boolean;
  readonly effects: GithubClientOptions['effects'] & { readonly signal: AbortSignal };
}

const pageSize = 100;
const mostPages = 50;
const later = 'Run the same later: what was told already is not told twice.';

/** @throws StatusError `bad-github` when the URL or the repository cannot be used; nothing is asked yet */
export async function openGithub({ url, repository, token, dryRun, effects }: GithubPortOptions): Promise<GithubPort> {
  const name = `GitHub at ${url}`;
  const [owner = '', repo = '', ...more] = repository.split('/');
  if (owner === '' || repo === '' || more.length > 0) {
    throw new StatusError('bad-github', `${name}: repository ${JSON.stringify(repository)} is not owner/name`);
  }
  const client = await createGithubClient({ name, url, plainHttp: false, token, effects }).catch((error: unknown) => {
    throw error instanceof RunnerError ? new StatusError('bad-github', error.message) : error;
  });

  const ask = async (route: string, values: Values): Promise<unknown> => {
    const [method = '', path = ''] = route.split(' ');
    const whole = `${method} /repos/{owner}/{repo}${path}`;
    const answer = await client
      .request(whole, { owner, repo, ...values }, [200, 201, ...noes], effects.signal)
      .catch((error: unknown) => {
        if (!(error instanceof RunnerError)) throw error;
        throw new StatusError('github-silent', error.message, { next: later });
      });
    if (answer.status < 300) return answer.data;
    if (answer.status === 404 && method === 'GET') return null;
    throw refusalOf({ name, repository, route, method, path }, answer.status, saidBy(answer.data));
  };

  return {
    dryRun,
    read: (route, values = {}) => ask(route, values),
    async *list(route, values, of) {
      for (let page = 1; page <= mostPages; page += 1) {
        const data = await ask(route, { ...values, per_page: pageSize, page });
        const rows = of === undefined ? data : member(data, of);
        if (data === null) {
          const about = { name, repository, route, method: 'GET', path: route.slice('GET '.length) };
          throw refusalOf(about, 404, 'Not Found');
        }
        if (!Array.isArray(rows)) throw new StatusError('github-answer', `${name}: ${route} is no list`);
        yield* rows as readonly unknown[];
        if (rows.length < pageSize) return;
      }
      throw new StatusError('github-answer', `${name}: ${route} does not end after ${mostPages} pages`);
    },
    write: (route, values) => (dryRun ? Promise.resolve(null) : ask(route, values)),
  };
}

/** What GitHub says for good. */
const noes: readonly number[] = [400, 401, 403, 404, 409, 410, 422];

interface Asked {
  readonly name: string;
  readonly repository: string;
  readonly route: string;
  readonly method: string;
  readonly path: string;
}

function refusalOf({ name, repository, route, method, path }: Asked, status: number, said: string): StatusError {
  const told = `${route} with ${status}: ${said.slice(0, 200)}`;
  if (status === 401) {
    const next = 'Give the token of the job (github.token), or one that has not expired.';
    return new StatusError('github-token', `${name} does not know the token: it answered ${told}`, { next });
  }
  if (status === 410) return new StatusError('github-off', `${name} answered ${told}`);
  if (status !== 403 && status !== 404) return new StatusError('github-refused', `${name} answered ${told}`);
  const area = areas.find(([start]) => path.startsWith(start))?.[1] ?? 'contents';
  const permission = `${area}: ${method === 'GET' ? 'read' : 'write'}`;
  const why =
    status === 403
      ? `needs the permission "${permission}"`
      : `may not see ${repository}, or "${permission}" is missing`;
  return new StatusError('github-refused', `${name} answered ${told} (the token ${why})`, {
    next: `Give the job the permission "${permission}".`,
  });
}

/** Which permission a route asks for, by the beginning of its path (docs.github.com/rest). */
const areas: readonly (readonly [path: string, area: string])[] = [
  ['/deployments', 'deployments'],
  ['/commits', 'statuses'],
  ['/statuses', 'statuses'],
  ['/issues', 'issues'],
  ['/labels', 'issues'],
];

function saidBy(data: unknown): string {
  const message = member(data, 'message');
  return typeof message === 'string' ? message : '';
}

/** Returns the member of something that came as JSON; undefined when it has none, or is no object. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** As {@link member}, where it is a text; else an empty one. */
export function textMember(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === 'string' ? found : '';
}
