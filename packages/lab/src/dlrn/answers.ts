import type { Answer } from '../http-server.ts';
import { PythonFloat, type PythonValue, writePythonJson } from './python-values.ts';
import { type AggregateVoteRow, directoryOf, type DlrnState, type PromotionRow, type VoteRow } from './state.ts';

/** A refusal that DLRN foresaw: JSON with a message. */
export class DlrnRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A failure that only Flask answers, with a page. */
export class FlaskError extends Error {
  readonly status: HtmlStatus;
  readonly allow: string | undefined;
  constructor(status: HtmlStatus, allow?: string) {
    super(`HTML ${status}`);
    this.status = status;
    this.allow = allow;
  }
}

type HtmlStatus = keyof typeof flaskTexts;

const flaskTexts = {
  400: ['Bad Request', 'The browser (or proxy) sent a request that this server could not understand.'],
  404: [
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  ],
  405: ['Method Not Allowed', 'The method is not allowed for the requested URL.'],
  500: [
    'Internal Server Error',
    'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
  ],
} as const;

/** Returns the error that Flask turns into its page of this status. */
export function htmlError(status: HtmlStatus): FlaskError {
  return new FlaskError(status);
}

const html = 'text/html; charset=utf-8';

/** Returns Flask's own page for a status. */
export function flaskPage(status: HtmlStatus): Answer {
  const [title, text] = flaskTexts[status];
  const body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
  return { status, headers: { 'content-type': html }, body };
}

/** Returns a page of HTML. */
export function htmlAnswer(body: string): Answer {
  return { status: 200, headers: { 'content-type': html }, body };
}

/** Returns a value as DLRN answers it: JSON with sorted keys and a line end. */
export function jsonAnswer(status: number, value: PythonValue): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${writePythonJson(value)}\n` };
}

/** Returns the answer to missing or wrong credentials: plain words, called HTML. */
export function unauthorizedAnswer(): Answer {
  const headers = { 'content-type': html, 'www-authenticate': 'Basic realm="Authentication Required"' };
  return { status: 401, headers, body: 'Unauthorized Access' };
}

/** Returns the answer that an error stands for; whatever was not foreseen is Flask's page of 500. */
export function errorAnswer(error: unknown): Answer {
  if (error instanceof DlrnRefusal) return jsonAnswer(error.status, { message: error.message });
  if (!(error instanceof FlaskError)) return flaskPage(500);
  const page = flaskPage(error.status);
  return error.allow === undefined ? page : { ...page, headers: { ...page.headers, allow: error.allow } };
}

/** Returns a promotion as the API shows it. */
export function promotionFields(state: DlrnState, row: PromotionRow): Record<string, PythonValue> {
  return {
    aggregate_hash: row.aggregateHash,
    commit_hash: row.commit.commitHash,
    component: row.commit.component,
    distro_hash: row.commit.distroHash,
    extended_hash: row.commit.extendedHash,
    promote_name: row.label,
    // Never with the extended part, so it need not be the directory's name.
    repo_hash: `${row.commit.commitHash}_${row.commit.distroHash.slice(0, 8)}`,
    repo_url: `${state.baseUrl}/${directoryOf(row.commit)}`,
    timestamp: row.timestamp,
    user: row.user,
  };
}

/** Returns the answer of a promotion: 201, and its timestamp is a float there. */
export function promotedAnswer(state: DlrnState, row: PromotionRow): Answer {
  return jsonAnswer(201, { ...promotionFields(state, row), timestamp: new PythonFloat(row.timestamp) });
}

/** Returns a vote on a build as repo_status shows it. */
export function voteFields(vote: VoteRow): Record<string, PythonValue> {
  return { ...repoFields(vote), notes: vote.notes, url: vote.url };
}

/** Returns a vote on a build as last_tested_repo shows it: without notes and url. */
export function repoFields(vote: VoteRow): Record<string, PythonValue> {
  return {
    commit_hash: vote.commit.commitHash,
    component: vote.commit.component,
    distro_hash: vote.commit.distroHash,
    extended_hash: vote.commit.extendedHash,
    in_progress: vote.inProgress,
    job_id: vote.job,
    success: vote.success,
    timestamp: vote.timestamp,
    user: vote.user,
  };
}

/** Returns a vote on an aggregate as agg_status shows it. */
export function aggregateVoteFields(vote: AggregateVoteRow): Record<string, PythonValue> {
  return {
    aggregate_hash: vote.aggregateHash,
    in_progress: vote.inProgress,
    job_id: vote.job,
    notes: vote.notes,
    success: vote.success,
    timestamp: vote.timestamp,
    url: vote.url,
    user: vote.user,
  };
}
