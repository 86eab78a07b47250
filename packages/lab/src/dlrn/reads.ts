import type { Answer } from '../http-server.ts';
import {
  aggregateVoteFields,
  DlrnRefusal,
  htmlAnswer,
  htmlError,
  jsonAnswer,
  promotionFields,
  repoFields,
  voteFields,
} from './answers.ts';
import { page, pageSize } from './paging.ts';
import { databaseText, integer, missingParameters, optionalTruth, type Parameters, readAll } from './parameters.ts';
import { fitsDatabase, isTruthy, type PythonValue } from './python-values.ts';
import { reportPage, votesPage } from './report.ts';
import { type CommitRow, type DlrnState, findCommit, seconds, type VoteRow } from './state.ts';

/** Answers one GET of the API. */
export type Read = (state: DlrnState, parameters: Parameters) => Answer;

export const health: Read = (state) =>
  jsonAnswer(200, { result: state.commits.length > 0 ? 'ok' : 'ok, no commits in DB' });

export const promotions: Read = (state, parameters) => {
  const offsetInQuery = integer(parameters('offset', 'query') ?? 0);
  const limitInQuery = integer(parameters('limit', 'query') ?? pageSize);
  const hashes = readAll(parameters, ['commit_hash', 'distro_hash', 'extended_hash', 'aggregate_hash']);
  const [commitHash, distroHash, extendedHash, aggregateHash] = hashes;
  const [label, component] = readAll(parameters, ['promote_name', 'component']);
  // A query that names the default does not count.
  const inBody = (name: string, otherwise: number): number | bigint => {
    const value = parameters(name, 'body');
    return integer(value === undefined ? otherwise : value);
  };
  const offset = offsetInQuery === 0 ? inBody('offset', 0) : offsetInQuery;
  const limit = limitInQuery === pageSize ? inBody('limit', pageSize) : limitInQuery;
  if (isTruthy(commitHash) !== isTruthy(distroHash)) {
    throw new DlrnRefusal(400, 'Both commit_hash and distro_hash must be specified if any of them is.');
  }
  const commit = isTruthy(commitHash) ? knownCommit(state, commitHash, distroHash, extendedHash) : null;
  if (![offset, limit > pageSize ? pageSize : limit].every(fitsDatabase)) throw htmlError(500);
  const matches = matcher({ label, aggregateHash, component });
  const rows = state.promotions
    .toReversed()
    .filter((row) => commit === null || row.commit === commit)
    .filter(({ label: name, aggregateHash: hash, commit: { component: of } }) =>
      matches({ label: name, aggregateHash: hash, component: of }),
    );
  return jsonAnswer(
    200,
    page(rows, Number(offset), Number(limit)).map((row) => promotionFields(state, row)),
  );
};

/** Returns a filter of columns of texts; a wish that is null matches all. */
function matcher<Column extends string>(
  wishes: Readonly<Record<Column, PythonValue>>,
): (row: Readonly<Record<Column, string | null>>) => boolean {
  const wanted = (Object.entries(wishes) as [Column, PythonValue][])
    .filter(([, wish]) => wish !== null)
    .map(([column, wish]) => [column, databaseText(wish)] as const);
  // Nothing equals NULL in a database.
  return (row) => wanted.every(([column, wish]) => wish !== null && row[column] === wish);
}

export const repoStatus: Read = (state, parameters) => {
  const names = ['commit_hash', 'distro_hash', 'extended_hash', 'success'] as const;
  const [commitHash, distroHash, extendedHash, wanted] = readAll(parameters, names);
  if (commitHash === null || distroHash === null) throw missingParameters();
  const success = optionalTruth(wanted);
  const commit = knownCommit(state, commitHash, distroHash, extendedHash);
  const votes = state.votes.filter((vote) => vote.commit === commit && (success === null || vote.success === success));
  return jsonAnswer(200, votes.map(voteFields));
};

export const aggregateStatus: Read = (state, parameters) => {
  const [hash, wanted] = readAll(parameters, ['aggregate_hash', 'success']);
  if (hash === null) throw missingParameters();
  const success = optionalTruth(wanted);
  const matches = matcher({ aggregateHash: hash });
  const votes = state.aggregateVotes.filter((vote) => matches(vote) && (success === null || vote.success === success));
  return jsonAnswer(200, votes.map(aggregateVoteFields));
};

export const lastTestedRepo: Read = (state, parameters) => jsonAnswer(200, repoFields(lastTested(state, parameters)));

/**
 * Returns the vote that last_tested_repo finds. Where the job never voted and the mode is not sequential, that is any
 * other vote, DLRN's own `consistent` included and the component forgotten; only without a job is the component kept.
 * @param required what must be there
 */
export function lastTested(
  state: DlrnState,
  parameters: Parameters,
  required: readonly string[] = ['max_age'],
): VoteRow {
  const names = ['max_age', 'job_id', 'success', 'sequential_mode', 'previous_job_id', 'component'] as const;
  const [maxAge, anyJob, wanted, mode, previousJob, component] = readAll(parameters, names);
  const success = optionalTruth(wanted);
  const sequential = optionalTruth(mode) ?? false;
  if (sequential && previousJob === null) throw new DlrnRefusal(400, 'Missing parameter previous_job_id');
  if (readAll(parameters, required).includes(null)) throw missingParameters();
  const oldest = secondsAgo(state, maxAge);
  const job = sequential ? previousJob : anyJob;
  const [ofJob, ofWantedComponent] = [matcher({ job }), matcher({ component })];
  const votes = state.votes
    .filter((vote) => vote.timestamp > oldest && (success === null || vote.success === success))
    .toSorted((a, b) => b.timestamp - a.timestamp);
  const ofComponent = votes.filter(({ commit }) => ofWantedComponent(commit));
  const asked = ofComponent.find((vote) => vote.job !== null && vote.job !== 'consistent' && ofJob(vote));
  const fallback = (job === null ? undefined : votes[0]) ?? ofComponent[0];
  const found = asked ?? (sequential ? undefined : fallback);
  if (found === undefined) throw new DlrnRefusal(400, 'No vote found');
  return found;
}

const [firstYear, lastYear] = [1, 9999];

function secondsAgo(state: DlrnState, hours: PythonValue): number {
  const count = Number(integer(hours));
  if (count === 0) return 0;
  const oldest = seconds(state) - count * 3600;
  const year = new Date(oldest * 1000).getUTCFullYear();
  // Python has no other years.
  if (!(year >= firstYear && year <= lastYear)) throw htmlError(500);
  return oldest;
}

export const buildMetrics: Read = (state, parameters) => {
  const [from, to, name] = readAll(parameters, ['start_date', 'end_date', 'package_name']);
  if (from === null || to === null) throw missingParameters();
  const [start, end] = [day(from), day(to)];
  const matches = matcher({ project: isTruthy(name) ? name : null });
  const rows = state.commits.filter((row) => row.builtAt >= start && matches(row));
  const succeeded = rows.filter((row) => row.status === 'SUCCESS' && row.builtAt < end).length;
  // DLRN counts failures of the last instant too.
  const failed = rows.filter((row) => row.status === 'FAILED' && row.builtAt <= end).length;
  return jsonAnswer(200, { succeeded, failed, total: succeeded + failed });
};

/** Returns when a day begins, in seconds since 1970, read as loosely as Python's strptime reads `%Y-%m-%d`. */
export function day(value: PythonValue): number {
  if (typeof value !== 'string') throw htmlError(500);
  const [, year, month, date] = /^(\d{4})-(0?[1-9]|1[0-2])-(0?[1-9]| [1-9]|[12]\d|3[01])$/.exec(value) ?? [];
  const time = new Date(0);
  time.setUTCFullYear(Number(year), Number(month) - 1, Number(date));
  if (year === '0000' || time.getUTCDate() !== Number(date)) {
    throw new DlrnRefusal(400, 'Invalid date format, it must be YYYY-mm-dd');
  }
  return time.getTime() / 1000;
}

export const report: Read = (state) => htmlAnswer(reportPage(state));

export const votesOfCommits: Read = (state, parameters) => {
  const offset = pageOffset(parameters);
  const votes = state.votes.filter((vote) => vote.job !== 'consistent').toReversed();
  return htmlAnswer(votesPage(`CI votes of ${state.builder}`, page(votes, offset, pageSize)));
};

export const votesOfCommit: Read = (state, parameters) => {
  const [commitHash, distroHash, component, job] = ['commit_hash', 'distro_hash', 'component', 'ci_name'].map((name) =>
    truthyInQuery(parameters, name),
  );
  const isOne = commitHash !== undefined && distroHash !== undefined;
  if (!isOne && component === undefined && job === undefined) {
    const wishes = 'either commit_hash+distro_hash, component or ci_name';
    throw new DlrnRefusal(400, `Please specify ${wishes} as parameters.`);
  }
  const votes = state.votes.filter(
    (vote) =>
      (!isOne || (vote.commit.commitHash === commitHash && vote.commit.distroHash === distroHash)) &&
      (component === undefined || vote.commit.component === component) &&
      (job === undefined || vote.job === job),
  );
  return htmlAnswer(votesPage(`CI votes of ${state.builder}`, votes.toReversed()));
};

export const votesOfAggregates: Read = (state, parameters) => {
  const votes = page(state.aggregateVotes.toReversed(), pageOffset(parameters), pageSize);
  return htmlAnswer(votesPage(`CI votes of ${state.builder}, aggregates`, votes));
};

export const votesOfAggregate: Read = (state, parameters) => {
  const hash = truthyInQuery(parameters, 'ref_hash');
  const job = truthyInQuery(parameters, 'ci_name');
  if (hash === undefined && job === undefined) {
    throw new DlrnRefusal(400, 'Please specify either ref_hash or ci_name as parameters.');
  }
  const votes = state.aggregateVotes.filter(
    (vote) => (hash === undefined || vote.aggregateHash === hash) && (job === undefined || vote.job === job),
  );
  return htmlAnswer(votesPage(`CI votes of ${state.builder}, aggregates`, votes.toReversed()));
};

// The pages know no body.
function truthyInQuery(parameters: Parameters, name: string): PythonValue | undefined {
  return parameters(name, 'query') || undefined;
}

function pageOffset(parameters: Parameters): number {
  const offset = integer(parameters('offset', 'query') ?? 0);
  if (!fitsDatabase(offset)) throw htmlError(500);
  return Number(offset);
}

/** Returns the successful build that the values name. */
export function knownCommit(
  state: DlrnState,
  commitHash: PythonValue,
  distroHash: PythonValue,
  extendedHash: PythonValue,
  suffix = '',
): CommitRow {
  const extended = isTruthy(extendedHash) ? databaseText(extendedHash) : null;
  const commit = findCommit(state, databaseText(commitHash), databaseText(distroHash), extended);
  if (commit === undefined) {
    throw new DlrnRefusal(400, `commit_hash+distro_hash+extended_hash combination not found${suffix}`);
  }
  return commit;
}
