import type { ActionContext } from '@tagflow/action-kit';
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
import type { Ballot } from './settings.ts';

/** Where the votes on one hash are. */
export interface VotePlace {
  /** DLRN's page of them. */
  readonly votesUrl: string;
  listed(): Promise<readonly Vote[]>;
  /** Adds one and returns it as it is listed then. @throws DlrnError */
  report(result: Report): Promise<Vote>;
}

/** Finds out what the votes are about. @throws DlrnError `nothing-there` for a build that its repository does not have */
export async function openPlace(ballot: Ballot, context: ActionContext): Promise<VotePlace> {
  const { apiUrl, hash, login } = ballot;
  const api = createApi(context);
  const openTree = (reposUrl: string): RepositoryTree => createRepositoryTree(api, { reposUrl, effects: context });
  const target = voteTargetOf(hash, await buildsOf(ballot, openTree));
  const client = createDlrnClient(api, {
    apiUrl,
    ...(login === null ? {} : { credentials: login }),
    sendCredentialsOnReads: ballot.protectedReads,
    log: context.log,
  });
  return {
    votesUrl: voteLink(apiUrl, target),
    listed: () => client.votes(target),
    report: (result) => reportTo(client, target, result),
  };
}

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

async function reportTo(client: DlrnClient, target: VoteTarget, result: Report): Promise<Vote> {
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
