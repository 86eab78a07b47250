import { type CiEffects, type CiRequests, createCiRequests, refusedStatus } from '../ci-system/requests.ts';
import { countOf, member } from '../ci-system/values.ts';
import { RunnerError } from '../error.ts';
import { createFetch } from './fetch.ts';

export interface GithubClientOptions {
  /** For messages, such as `GitHub at https://api.github.com`. */
  readonly name: string;
  /** Of the API, such as `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly url: string;
  readonly plainHttp: boolean;
  readonly token: string;
  readonly effects: CiEffects;
}

export interface GithubAnswer {
  readonly status: number;
  /** What came as JSON; of an answer that says no, its message alone. */
  readonly data: unknown;
}

/** GitHub's REST API, with our time limits and retries. */
export interface GithubClient {
  readonly requests: CiRequests;
  /**
   * Asks a route such as `GET /repos/{owner}/{repo}/issues`; values fill its names, the others are its query or its
   * body. Returns the answer where its status is one of `accept`.
   * @throws RunnerError `ci-refused` for another status, `ci-unreachable`; the signal's reason when it is aborted
   */
  request(
    route: string,
    values: Readonly<Record<string, unknown>>,
    accept: readonly number[],
    signal: AbortSignal,
  ): Promise<GithubAnswer>;
}

/** @throws RunnerError `bad-ci` when the URL cannot be used, or would carry the token in clear text */
export async function createGithubClient({
  name,
  url,
  plainHttp,
  token,
  effects,
}: GithubClientOptions): Promise<GithubClient> {
  const requests = createCiRequests({ name, url, plainHttp, authorization: `Bearer ${token}`, effects });
  const { Octokit } = await import('./octokit.ts');
  const silent = (): void => undefined;
  const octokit = new Octokit({
    baseUrl: requests.baseUrl,
    userAgent: 'tagflow',
    log: { debug: silent, info: silent, warn: (words: string) => effects.log.debug(words), error: silent },
    request: { fetch: createFetch(requests, name, effects) },
  });
  return {
    requests,
    request: async (route, values, accept, signal) => {
      try {
        const { status, data } = await octokit.request(route, { ...values, request: { signal } });
        if (accept.includes(status)) return { status, data: data as unknown };
        throw refusedStatus(name, route, status, '');
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof RunnerError) throw error;
        const cause = member(error, 'cause');
        if (cause instanceof RunnerError) throw cause;
        const status = countOf(member(error, 'status')) ?? 0;
        const said = (error instanceof Error ? error.message : '').replaceAll(token, '***');
        // Its answer may hold what we sent, and the error the whole request: neither is a cause to keep.
        if (accept.includes(status)) return { status, data: { message: said } };
        throw refusedStatus(name, route, status, said.slice(0, 200));
      }
    },
  };
}
