import { defineAction } from '@tagflow/action-kit';
import {
  createDlrnClient,
  createRepositoryTree,
  type DlrnClient,
  DlrnError,
  placeOf,
  type Report,
  type RepositoryTree,
  voteLink,
  type VoteTarget,
  voteTargetOf,
} from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import type { CommitBuild, Vote } from '@tagflow/model';
import { inputs } from './inputs.ts';
import { type Ballot, ballotOf } from './settings.ts';

export const action = defineAction({
  name: 'report-result',
  description: 'Report to DLRN how one job ended on a hash: one vote, read back.',
  inputs,
  outputs: {
    vote: 'The vote as DLRN lists it, as JSON.',
    'votes-url': "DLRN's page of all votes on the hash.",
  },
  run: async (given, context) => {
    const ballot = await ballotOf(given, context);
    const { apiUrl, hash, login, status } = ballot;
    const { job } = given;
    const logUrl = given['log-url']?.href ?? '';

    const api = createApi(context);
    const target = voteTargetOf(
      hash,
      await buildsOf(ballot, (reposUrl) => createRepositoryTree(api, { reposUrl, effects: context })),
    );
    const client = createDlrnClient(api, {
      apiUrl,
      ...(login === null ? {} : { credentials: login }),
      sendCredentialsOnReads: ballot.protectedReads,
      log: context.log,
    });
    const votesUrl = voteLink(apiUrl, target);
    const told = (vote: Vote): { vote: string; 'votes-url': string } => ({
      vote: JSON.stringify(vote),
      'votes-url': votesUrl,
    });

    const listed = await listedVote(client, target, job, logUrl);
    if (listed?.result === status) {
      const message = `${job} has reported ${status} with ${logUrl} already`;
      return { outcome: 'nothing-to-do', outputs: told(listed), message };
    }
    if (login === null || context.dryRun) {
      const message = `${job} would report ${status} on ${hash} to ${apiUrl}`;
      return { outcome: 'planned', outputs: { 'votes-url': votesUrl }, message };
    }
    if (listed !== null) {
      context.log.warning(`${job} has reported ${listed.result} with ${logUrl} before, and now says ${status}`);
    }
    const vote = await report(client, target, {
      job,
      success: status === 'success',
      url: logUrl,
      timestamp: Math.floor(context.clock.now() / 1000),
      ...(given.notes === undefined ? {} : { notes: given.notes }),
    });
    context.log.info(`${job}: ${vote.result} on ${hash}`);
    return { outcome: 'done', outputs: told(vote), message: `${job}: ${vote.result}` };
  },
});

/** DLRN wants the whole hashes of a build, which only its repository has; an aggregate's hash is whole. */
async function buildsOf(
  { hash, reposUrl, component }: Ballot,
  openTree: (reposUrl: string) => RepositoryTree,
): Promise<readonly CommitBuild[]> {
  if (reposUrl === null) return [];
  const found = await openTree(reposUrl).readHash(hash, placeOf(component));
  if (found !== null) return found.builds;
  throw new DlrnError('nothing-there', `the repository at ${reposUrl} has no build ${hash} to vote on`, {
    next: 'Give the repo-url that came with the hash.',
  });
}

/**
 * Returns what this run of the job said last, or null: the log's address is all that tells one run from another. A
 * run that changed its mind twice has to be recorded twice, so no older vote counts.
 */
async function listedVote(client: DlrnClient, target: VoteTarget, job: string, logUrl: string): Promise<Vote | null> {
  if (logUrl === '') return null;
  const votes = await client.votes(target);
  return votes.findLast((vote) => vote.job === job && vote.url === logUrl) ?? null;
}

async function report(client: DlrnClient, target: VoteTarget, result: Report): Promise<Vote> {
  try {
    return await client.reportResult(target, result);
  } catch (cause) {
    if (target.kind === 'commit' || !(cause instanceof DlrnError) || cause.code !== 'nothing-there') throw cause;
    const message = `DLRN at ${client.apiUrl} takes no votes on aggregate ${target.hash}: it was never promoted there to a label`;
    throw new DlrnError('nothing-there', message, {
      cause,
      next: 'Pin it first (promote-symlink with mode pin), then report again; or check dlrn-url and full-hash.',
    });
  }
}
