import type { Answer } from '../http-server.ts';
import { DlrnRefusal, htmlError, jsonAnswer, promotedAnswer, repoFields } from './answers.ts';
import {
  bodyParameters,
  databaseText,
  integer,
  missingParameters,
  type Parameters,
  readAll,
  requireAll,
  truth,
} from './parameters.ts';
import { promoteBatch, promoteOne, type PromoteWish } from './promote.ts';
import { fitsDatabase, isTruthy, type PythonValue } from './python-values.ts';
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
  const [commitHash, distroHash, label] = requireAll(parameters, ['commit_hash', 'distro_hash', 'promote_name']);
  return { commitHash, distroHash, label, extendedHash: parameters('extended_hash') ?? null };
}

export const reportResult: Write = (state, body, user) => {
  const parameters = bodyParameters(body());
  const [sentTime, job, sentSuccess, url] = requireAll(parameters, ['timestamp', 'job_id', 'success', 'url']);
  const names = ['commit_hash', 'distro_hash', 'extended_hash', 'aggregate_hash'] as const;
  const [commitHash, distroHash, extendedHash, aggregateHash] = readAll(parameters, names);
  const notes = parameters('notes');
  checkSubject(isTruthy(commitHash), isTruthy(distroHash), isTruthy(aggregateHash));

  const commit = isTruthy(commitHash) ? knownCommit(state, commitHash, distroHash, extendedHash) : null;
  const aggregate = databaseText(aggregateHash);
  if (commit === null && !state.promotions.some((row) => row.aggregateHash === aggregate)) {
    throw new DlrnRefusal(400, 'aggregate_hash not found');
  }
  const success = truth(sentSuccess);
  const timestamp = integer(sentTime);
  if (!fitsDatabase(timestamp)) throw htmlError(500);
  const vote = {
    ...{ job: databaseText(job), url: databaseText(url), notes: databaseText(notes === undefined ? '' : notes) },
    ...{ success, inProgress: false, timestamp: Number(timestamp), user },
  };
  if (commit !== null) state.votes.push({ ...vote, commit });
  else state.aggregateVotes.push({ ...vote, aggregateHash: aggregate ?? '' });
  return jsonAnswer(201, {
    // As they were sent: a text stays a text, a fraction is cut only in the table.
    ...{ aggregate_hash: aggregateHash, commit_hash: commitHash, distro_hash: distroHash },
    ...{ job_id: job, notes: notes === undefined ? '' : notes, timestamp: sentTime, url },
    ...{ component: commit?.component ?? null, extended_hash: commit?.extendedHash ?? null },
    ...{ in_progress: false, success, user },
  });
};

/** Refuses a result unless it is of one build, or else of one aggregate. */
export function checkSubject(hasCommit: boolean, hasDistro: boolean, hasAggregate: boolean): void {
  if (!hasCommit && !hasDistro && !hasAggregate) throw missingParameters();
  if (hasCommit && !hasDistro) {
    throw new DlrnRefusal(400, 'If commit_hash is provided, distro_hash must be provided too');
  }
  if (hasDistro && !hasCommit) {
    throw new DlrnRefusal(400, 'If distro_hash is provided, commit_hash must be provided too');
  }
  if (hasAggregate && hasCommit) {
    throw new DlrnRefusal(400, 'aggregate_hash and commit/distro_hash cannot be combined');
  }
}

export const takeLastTested: Write = (state, body, user) => {
  const parameters = bodyParameters(body());
  const found = lastTested(state, parameters, ['max_age', 'reporting_job_id']);
  const job: PythonValue = parameters('reporting_job_id') ?? null;
  const vote = {
    commit: found.commit,
    job: databaseText(job),
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
