import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http-server.ts';
import { errorAnswer, FlaskError, htmlError, jsonAnswer, unauthorizedAnswer } from './answers.ts';
import { type Account, hasCredentials } from './basic-auth.ts';
import { components, headBody, headParameters, recheckPackage } from './head.ts';
import { parseJson, readParameters, type SentRequest } from './parameters.ts';
import { prometheusAnswer } from './prometheus.ts';
import {
  aggregateStatus,
  buildMetrics,
  health,
  lastTestedRepo,
  promotions,
  type Read,
  report,
  repoStatus,
  votesOfAggregate,
  votesOfAggregates,
  votesOfCommit,
  votesOfCommits,
} from './reads.ts';
import { importRemote } from './remote-import.ts';
import type { DlrnRelease, DlrnState } from './state.ts';
import { checkHealth, promote, promoteMany, reportResult, takeLastTested, type Write } from './writes.ts';

/** Answers one POST of the API, when it has what it needs. */
type SlowWrite = (...args: Parameters<Write>) => Answer | Promise<Answer>;

interface Route {
  readonly read?: Read;
  readonly write?: SlowWrite;
  /** Takes a POST of any type: the others take `application/json`, spelled like that. */
  readonly anyType?: true;
  /** Anybody may read it, whatever the others need. */
  readonly open?: true;
}

// Not in here: /api/graphql, which takes other methods, and never asks for credentials.
const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/api/health', { read: health, write: checkHealth, anyType: true }],
  ['/api/promotions', { read: promotions }],
  ['/api/last_tested_repo', { read: lastTestedRepo, write: takeLastTested }],
  ['/api/repo_status', { read: repoStatus }],
  ['/api/agg_status', { read: aggregateStatus }],
  ['/api/metrics/builds', { read: buildMetrics }],
  ['/api/report.html', { read: report }],
  ['/api/civotes.html', { read: votesOfCommits }],
  ['/api/civotes_detail.html', { read: votesOfCommit }],
  ['/api/civotes_agg.html', { read: votesOfAggregates }],
  ['/api/civotes_agg_detail.html', { read: votesOfAggregate }],
  ['/api/report_result', { write: reportResult }],
  ['/api/promote', { write: promote }],
  ['/api/promote-batch', { write: promoteMany }],
  ['/api/remote/import', { write: importRemote }],
  ['/metrics', { read: prometheusAnswer, open: true }],
]);

const headRoutes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...routes,
  ['/api/components', { read: components }],
  ['/api/recheck_package', { write: recheckPackage, anyType: true }],
]);

/** What differs between releases before a path's own code has its turn. */
interface ReleaseApi {
  readonly routes: ReadonlyMap<string, Route>;
  readonly parametersOf: typeof headParameters;
  readonly bodyOf: typeof headBody;
}

const releases: Readonly<Record<DlrnRelease, ReleaseApi>> = {
  R: { routes, parametersOf: (_path, sent) => readParameters(sent), bodyOf: (_path, { body }) => parseJson(body) },
  H: { routes: headRoutes, parametersOf: headParameters, bodyOf: headBody },
};

/** Who answers: the rows and files, who may write, and whether reading needs credentials too. */
export interface Api {
  readonly state: DlrnState;
  readonly account: Account;
  readonly protectReads: boolean;
}

/**
 * Answers a request as DLRN does (observed there; the order of the checks too): path, method, credentials, content type
 * of a POST, body, parameters, rows.
 */
export async function answerApi(api: Api, request: IncomingMessage, url: URL, body: string): Promise<Answer> {
  const sent = { query: url.searchParams, contentType: request.headers['content-type'] ?? '', body };
  const release = releases[api.state.release];
  try {
    if (url.pathname === '/api/graphql') return await answerQuery(api.state, request, sent);
    const route = release.routes.get(url.pathname);
    if (route === undefined) throw htmlError(404);
    if (request.method === 'POST' && route.write !== undefined) {
      if (!isLoggedIn(api, request)) return unauthorizedAnswer();
      if (route.anyType !== true && sent.contentType !== 'application/json') {
        return jsonAnswer(415, { message: 'Unsupported Media Type, use JSON' });
      }
      return await route.write(api.state, () => release.bodyOf(url.pathname, sent), api.account.username);
    }
    if ((request.method === 'GET' || request.method === 'HEAD') && route.read !== undefined) {
      if (api.protectReads && route.open !== true && !isLoggedIn(api, request)) return unauthorizedAnswer();
      return route.read(api.state, release.parametersOf(url.pathname, sent));
    }
    return refuseMethod(request, [...(route.read ? ['GET', 'HEAD'] : []), ...(route.write ? ['POST'] : [])]);
  } catch (error) {
    return errorAnswer(error);
  }
}

function isLoggedIn({ account }: Api, request: IncomingMessage): boolean {
  return hasCredentials(request.headers.authorization, account);
}

// Flask tells everybody which methods there are.
function refuseMethod(request: IncomingMessage, methods: readonly string[]): Answer {
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (request.method !== 'OPTIONS') throw new FlaskError(405, allow);
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', allow } };
}

const graphqlMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

async function answerQuery(state: DlrnState, request: IncomingMessage, sent: SentRequest): Promise<Answer> {
  const { method = 'GET' } = request;
  if (!graphqlMethods.includes(method)) return refuseMethod(request, graphqlMethods);
  // The library is big, and few labs are asked.
  const { answerGraphql } = await import('./graphql.ts');
  return answerGraphql(state, { ...sent, method });
}
