import type { IncomingMessage } from 'node:http';
import { type Answer, hasBasicAuth } from '../http-server.ts';
import { errorAnswer, FlaskError, htmlError, jsonAnswer, unauthorizedAnswer } from './answers.ts';
import { parseJson, readParameters } from './parameters.ts';
import {
  aggregateStatus,
  buildMetrics,
  health,
  lastTestedRepo,
  promotions,
  type Read,
  report,
  repoStatus,
  votesOfAggregates,
  votesOfCommits,
} from './reads.ts';
import type { DlrnState } from './state.ts';
import { checkHealth, promote, promoteMany, reportResult, takeLastTested, type Write } from './writes.ts';

interface Route {
  readonly read?: Read;
  readonly write?: Write;
}

// What DLRN 0.26.1 has and the lab lacks: remote/import, graphql and /metrics (404 here).
const routes: ReadonlyMap<string, Route> = new Map([
  ['/api/health', { read: health, write: checkHealth }],
  ['/api/promotions', { read: promotions }],
  ['/api/last_tested_repo', { read: lastTestedRepo, write: takeLastTested }],
  ['/api/repo_status', { read: repoStatus }],
  ['/api/agg_status', { read: aggregateStatus }],
  ['/api/metrics/builds', { read: buildMetrics }],
  ['/api/report.html', { read: report }],
  ['/api/civotes.html', { read: votesOfCommits }],
  ['/api/civotes_detail.html', { read: votesOfCommits }],
  ['/api/civotes_agg.html', { read: votesOfAggregates }],
  ['/api/civotes_agg_detail.html', { read: votesOfAggregates }],
  ['/api/report_result', { write: reportResult }],
  ['/api/promote', { write: promote }],
  ['/api/promote-batch', { write: promoteMany }],
]);

export interface Account {
  readonly username: string;
  readonly password: string;
}

/**
 * Answers a request as DLRN 0.26.1 does (observed there; the order of the checks too): path, method, credentials of a
 * POST, content type of a POST, body, parameters, rows.
 */
export function answerApi(
  state: DlrnState,
  account: Account,
  request: IncomingMessage,
  url: URL,
  body: string,
): Answer {
  try {
    const route = routes.get(url.pathname);
    if (route === undefined) throw htmlError(404);
    if (request.method === 'POST' && route.write !== undefined) {
      if (!hasBasicAuth(request, account.username, account.password)) return unauthorizedAnswer();
      // The check of credentials is the one POST that takes any type.
      const typed = url.pathname === '/api/health' || request.headers['content-type'] === 'application/json';
      if (!typed) {
        return jsonAnswer(415, { message: 'Unsupported Media Type, use JSON' });
      }
      return route.write(state, () => parseJson(body), account.username);
    }
    if ((request.method === 'GET' || request.method === 'HEAD') && route.read !== undefined) {
      return route.read(state, readParameters(url.searchParams, request.headers['content-type'], body));
    }
    throw new FlaskError(
      405,
      [...(route.read ? ['GET', 'HEAD'] : []), ...(route.write ? ['POST'] : []), 'OPTIONS'].join(', '),
    );
  } catch (error) {
    return errorAnswer(error);
  }
}
