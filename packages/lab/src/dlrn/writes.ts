import type { Answer } from '../http-server.ts';
import { DlrnRefusal, htmlError, jsonAnswer, promotedAnswer, repoFields } from './answers.ts';
import { bodyParameters, optionalText, type Parameters, requireText, truth } from './parameters.ts';
import { promoteBatch, promoteOne, type PromoteWish } from './promote.ts';
import { health, knownCommit, lastTested } from './reads.ts';
import { type DlrnState, seconds } from './state.ts';

/** Answers one POST of the API; `body` gives the parsed JSON. */
export type Write = (state: DlrnState, body: () => unknown, user: string) => Answer;

export const checkHealth: Write = (state) => health(state, () => undefined);

export const promote: Write = (state, body, user) =>
  promotedAnswer(state, promoteOne(state, wishOf(bodyParameters(body())), user));

export const promoteMany: Write = (state, body, user) => {
  const items = body();
  if (!Array.isArray(items) || items.length === 0) throw htmlError(500);
  const wishes = items.map((item: unknown) => wishOf(bodyParameters(item)));
  return promotedAnswer(state, promoteBatch(state, wishes, user));
};

function wishOf(parameters: Parameters): PromoteWish {
  return {
    commitHash: requireText(parameters, 'commit_hash'),
    distroHash: requireText(parameters, 'distro_hash'),
    label: requireText(parameters, 'promote_name'),
    extendedHash: optionalText(parameters, 'extended_hash'),
  };
}

export const reportResult: Write = (state, body, user) => {
  const parameters = bodyParameters(body());
  const job = requireText(parameters, 'job_id');
  requireText(parameters, 'success');
  const url = requireText(parameters, 'url');
  requireText(parameters, 'timestamp');
  const commitHash = optionalText(parameters, 'commit_hash');
  const distroHash = optionalText(parameters, 'distro_hash');
  const aggregateHash = optionalText(parameters, 'aggregate_hash');
  const notes = optionalText(parameters, 'notes') ?? '';
  checkSubject(commitHash, distroHash, aggregateHash);

  const commit =
    commitHash === null || distroHash === null ? null : knownCommit(state, parameters, commitHash, distroHash);
  if (aggregateHash !== null && !state.promotions.some((row) => row.aggregateHash === aggregateHash)) {
    throw new DlrnRefusal(400, 'aggregate_hash not found');
  }
  const sent = parameters('timestamp');
  const timestamp = wholeSeconds(sent);
  const success = truth(parameters('success'));
  const vote = { job, url, success, inProgress: false, timestamp, notes, user };
  if (commit !== null) state.votes.push({ ...vote, commit });
  else if (aggregateHash !== null) state.aggregateVotes.push({ ...vote, aggregateHash });
  return jsonAnswer(201, {
    aggregate_hash: aggregateHash,
    commit_hash: commitHash,
    component: commit?.component ?? null,
    distro_hash: distroHash,
    extended_hash: commit?.extendedHash ?? null,
    in_progress: false,
    job_id: job,
    notes,
    success,
    // As it was sent: a text stays a text, a fraction is cut only in the table.
    timestamp: sent,
    url,
    user,
  });
};

function checkSubject(commitHash: string | null, distroHash: string | null, aggregateHash: string | null): void {
  if (commitHash === null && distroHash === null && aggregateHash === null) {
    throw new DlrnRefusal(400, 'Missing parameters');
  }
  if (commitHash !== null && distroHash === null) {
    throw new DlrnRefusal(400, 'If commit_hash is provided, distro_hash must be provided too');
  }
  if (distroHash !== null && commitHash === null) {
    throw new DlrnRefusal(400, 'If distro_hash is provided, commit_hash must be provided too');
  }
  if (aggregateHash !== null && (commitHash !== null || distroHash !== null)) {
    throw new DlrnRefusal(400, 'aggregate_hash and commit/distro_hash cannot be combined');
  }
}

function wholeSeconds(sent: unknown): number {
  const number =
    typeof sent === 'number' ? sent : typeof sent === 'string' && /^\s*[+-]?\d+\s*$/.test(sent) ? Number(sent) : null;
  if (number === null) throw htmlError(500);
  return Math.trunc(number);
}

export const takeLastTested: Write = (state, body, user) => {
  const parameters = bodyParameters(body());
  const job = requireText(parameters, 'reporting_job_id');
  const found = lastTested(state, parameters);
  const vote = {
    commit: found.commit,
    job,
    url: '',
    success: false,
    inProgress: true,
    timestamp: seconds(state),
    notes: '',
    user,
  };
  state.votes.push(vote);
  return jsonAnswer(201, repoFields(vote));
};
