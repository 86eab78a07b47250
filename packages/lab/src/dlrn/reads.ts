import type { Answer } from '../http-server.ts';
import {
  aggregateVoteFields,
  DlrnRefusal,
  htmlAnswer,
  jsonAnswer,
  promotionFields,
  repoFields,
  voteFields,
} from './answers.ts';
import { integer, optionalText, optionalTruth, type Parameters, requireText } from './parameters.ts';
import { reportPage, votesPage } from './report.ts';
import { type CommitRow, type DlrnState, findCommit, seconds, type VoteRow } from './state.ts';

/** Answers one GET of the API. */
export type Read = (state: DlrnState, parameters: Parameters) => Answer;

const pageSize = 100;

export const health: Read = (state) =>
  jsonAnswer(200, { result: state.commits.length > 0 ? 'ok' : 'ok, no commits in DB' });

export const promotions: Read = (state, parameters) => {
  const commitHash = optionalText(parameters, 'commit_hash');
  const distroHash = optionalText(parameters, 'distro_hash');
  if ((commitHash === null) !== (distroHash === null)) {
    throw new DlrnRefusal(400, 'Both commit_hash and distro_hash must be specified if any of them is.');
  }
  const commit =
    commitHash === null || distroHash === null ? null : knownCommit(state, parameters, commitHash, distroHash);
  const label = optionalText(parameters, 'promote_name');
  const aggregateHash = optionalText(parameters, 'aggregate_hash');
  const component = optionalText(parameters, 'component');
  const offset = integer(parameters, 'offset', 0);
  const limit = Math.min(integer(parameters, 'limit', pageSize), pageSize);
  const rows = state.promotions
    .toReversed()
    .filter((row) => commit === null || row.commit === commit)
    .filter((row) => label === null || row.label === label)
    .filter((row) => aggregateHash === null || row.aggregateHash === aggregateHash)
    .filter((row) => component === null || row.commit.component === component);
  // SQLite takes a negative limit for none.
  const end = limit < 0 ? rows.length : offset + limit;
  return jsonAnswer(
    200,
    rows.slice(offset, end).map((row) => promotionFields(state, row)),
  );
};

export const repoStatus: Read = (state, parameters) => {
  const commitHash = requireText(parameters, 'commit_hash');
  const commit = knownCommit(state, parameters, commitHash, requireText(parameters, 'distro_hash'));
  const success = optionalTruth(parameters, 'success');
  const votes = state.votes.filter((vote) => vote.commit === commit && (success === null || vote.success === success));
  return jsonAnswer(200, votes.map(voteFields));
};

export const aggregateStatus: Read = (state, parameters) => {
  const aggregateHash = requireText(parameters, 'aggregate_hash');
  const success = optionalTruth(parameters, 'success');
  const votes = state.aggregateVotes.filter(
    (vote) => vote.aggregateHash === aggregateHash && (success === null || vote.success === success),
  );
  return jsonAnswer(200, votes.map(aggregateVoteFields));
};

export const lastTestedRepo: Read = (state, parameters) => jsonAnswer(200, repoFields(lastTested(state, parameters)));

/**
 * Returns the vote that last_tested_repo finds. Where the job never voted and the mode is not sequential, that is any
 * other vote, DLRN's own `consistent` included and the component forgotten; only without a job is the component kept.
 */
export function lastTested(state: DlrnState, parameters: Parameters): VoteRow {
  const success = optionalTruth(parameters, 'success');
  const sequential = optionalTruth(parameters, 'sequential_mode') ?? false;
  const previousJob = optionalText(parameters, 'previous_job_id');
  if (sequential && previousJob === null) throw new DlrnRefusal(400, 'Missing parameter previous_job_id');
  requireText(parameters, 'max_age');
  const maxAge = integer(parameters, 'max_age', 0);
  const job = sequential ? previousJob : optionalText(parameters, 'job_id');
  const component = optionalText(parameters, 'component');
  const oldest = maxAge === 0 ? 0 : seconds(state) - maxAge * 3600;
  const votes = state.votes
    .filter((vote) => vote.timestamp > oldest && (success === null || vote.success === success))
    .toSorted((a, b) => b.timestamp - a.timestamp);
  const ofComponent = votes.filter((vote) => component === null || vote.commit.component === component);
  const asked = ofComponent.find((vote) => vote.job !== 'consistent' && (job === null || vote.job === job));
  const fallback = (job === null ? undefined : votes[0]) ?? ofComponent[0];
  const found = asked ?? (sequential ? undefined : fallback);
  if (found === undefined) throw new DlrnRefusal(400, 'No vote found');
  return found;
}

export const buildMetrics: Read = (state, parameters) => {
  const start = day(requireText(parameters, 'start_date'));
  const end = day(requireText(parameters, 'end_date'));
  const project = optionalText(parameters, 'package_name');
  const rows = state.commits.filter((row) => row.builtAt >= start && (project === null || row.project === project));
  const succeeded = rows.filter((row) => row.status === 'SUCCESS' && row.builtAt < end).length;
  // DLRN counts failures of the last instant too.
  const failed = rows.filter((row) => row.status === 'FAILED' && row.builtAt <= end).length;
  return jsonAnswer(200, { succeeded, failed, total: succeeded + failed });
};

function day(text: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new DlrnRefusal(400, 'Invalid date format, it must be YYYY-mm-dd');
  return time / 1000;
}

export const report: Read = (state) => htmlAnswer(reportPage(state));

export const votesOfCommits: Read = (state, parameters) => {
  const commitHash = optionalText(parameters, 'commit_hash');
  const distroHash = optionalText(parameters, 'distro_hash');
  const component = optionalText(parameters, 'component');
  const job = optionalText(parameters, 'ci_name');
  const votes = state.votes.filter(
    (vote) =>
      (commitHash === null || vote.commit.commitHash === commitHash) &&
      (distroHash === null || vote.commit.distroHash === distroHash) &&
      (component === null || vote.commit.component === component) &&
      (job === null || vote.job === job),
  );
  return htmlAnswer(votesPage(`CI votes of ${state.builder}`, votes.toReversed()));
};

export const votesOfAggregates: Read = (state, parameters) => {
  const hash = optionalText(parameters, 'ref_hash');
  const job = optionalText(parameters, 'ci_name');
  const votes = state.aggregateVotes.filter(
    (vote) => (hash === null || vote.aggregateHash === hash) && (job === null || vote.job === job),
  );
  return htmlAnswer(votesPage(`CI votes of ${state.builder}, aggregates`, votes.toReversed()));
};

/** Returns the successful build that the parameters name. */
export function knownCommit(
  state: DlrnState,
  parameters: Parameters,
  commitHash: string,
  distroHash: string,
): CommitRow {
  const commit = findCommit(state, commitHash, distroHash, optionalText(parameters, 'extended_hash'));
  if (commit === undefined) {
    throw new DlrnRefusal(400, 'commit_hash+distro_hash+extended_hash combination not found');
  }
  return commit;
}
