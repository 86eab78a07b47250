import { type CommonInputs, defineAction, type InputSpecs, type InputValues, KitError } from '@tagflow/action-kit';
import { isClearText, loadConfig, resolvePhase } from '@tagflow/config';
import {
  createDlrnClient,
  createRepositoryTree,
  DlrnError,
  type RepositoryTree,
  splitRepoUrl,
  voteTargetOf,
} from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { type CommitBuild, type FullHash, isAggregate, parseFullHash } from '@tagflow/model';

const inputs = {
  'full-hash': {
    type: 'string',
    required: true,
    description: 'The hash that was tested: of a build, or of an aggregate.',
  },
  'repo-url': {
    type: 'url',
    description: 'The immutable directory of full-hash. Default: where tagflow.yaml says that the repository is.',
  },
  job: { type: 'string', required: true, description: 'The job that votes, by the name that the criteria use.' },
  status: { type: 'enum', options: ['success', 'failure'], required: true, description: 'How the job ended.' },
  'log-url': { type: 'url', schemes: ['http', 'https', 'file'], description: 'Where the logs of the job are.' },
  notes: { type: 'string', description: 'Words for people, such as why it failed.' },
  'dlrn-url': { type: 'url', description: 'The DLRN API, the part before /api/. Default: that of tagflow.yaml.' },
  username: { type: 'string', description: 'The user at DLRN. Default: that of tagflow.yaml.' },
  password: { type: 'secret', description: 'The password at DLRN.' },
  'auth-method': {
    type: 'enum',
    options: ['basic'],
    default: 'basic',
    description: 'How to log in. DLRN 0.26.1 knows only basic.',
  },
} as const satisfies InputSpecs;

type Given = InputValues<typeof inputs & CommonInputs>;

export const action = defineAction({
  name: 'report-result',
  description: 'Report to DLRN how one job ended on a hash: one vote, read back.',
  inputs,
  outputs: { vote: 'The vote as DLRN lists it, as JSON.' },
  run: async (given, context) => {
    const hash = parseFullHash(given['full-hash']);
    const { apiUrl, reposUrl, component, username } = await whereToVote(given, hash);
    const { job, status, password } = given;
    if (password === undefined && !context.dryRun) throw missing('password', 'DLRN takes votes from its users only');

    const api = createApi(context);
    const tree = reposUrl === null ? null : createRepositoryTree(api, { reposUrl, effects: context });
    const builds = tree === null ? [] : await buildsOf(tree, hash, component);
    const target = voteTargetOf(hash, builds);
    if (password === undefined || context.dryRun) {
      return { outcome: 'planned', outputs: {}, message: `${job} would report ${status} on ${hash} to ${apiUrl}` };
    }
    const credentials = { username, password: password.reveal() };
    const client = createDlrnClient(api, { apiUrl, credentials, log: context.log });
    const vote = await client.reportResult(target, {
      job,
      success: status === 'success',
      url: given['log-url']?.href ?? '',
      timestamp: Math.floor(context.clock.now() / 1000),
      ...(given.notes === undefined ? {} : { notes: given.notes }),
    });
    context.log.info(`${job}: ${vote.result} on ${hash}`);
    return { outcome: 'done', outputs: { vote: JSON.stringify(vote) }, message: `${job}: ${vote.result}` };
  },
});

interface Ballot {
  readonly apiUrl: string;
  /** Where to read the build; null for an aggregate, whose votes need no more than its hash. */
  readonly reposUrl: string | null;
  readonly component: string | null;
  readonly username: string;
}

async function whereToVote(given: Given, hash: FullHash): Promise<Ballot> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const parts = given['repo-url'] === undefined ? null : splitRepoUrl(given['repo-url'].href, hash);
  const apiUrl = given['dlrn-url']?.href ?? config?.dlrn.apiUrl;
  const reposUrl = isAggregate(hash) ? null : (parts?.reposUrl ?? config?.dlrn.reposUrl);
  const username = given.username ?? config?.dlrn.username;
  if (apiUrl === undefined) throw missing('dlrn-url', 'nothing says where to vote');
  if (given.password !== undefined && isClearText(apiUrl) && config?.dlrn.plainHttp !== true) {
    const problem = `input "dlrn-url": ${apiUrl} would get the password in clear text; allowed: https://, or http:// to this machine`;
    throw new KitError('invalid-inputs', [problem], {
      outcome: 'invalid',
      next: 'Give the https:// address, or a config that says plain-http: true under dlrn.',
    });
  }
  if (username === undefined || username === null) throw missing('username', 'DLRN takes votes from its users only');
  if (reposUrl === undefined) {
    throw missing('repo-url', 'DLRN wants whole hashes, which are read there');
  }
  return { apiUrl, reposUrl, component: parts?.component ?? phase?.component ?? null, username };
}

function missing(name: keyof typeof inputs, why: string): KitError {
  const problem = `input "${name}" is missing: ${why}`;
  // The one input that no configuration holds.
  const next = name === 'password' ? 'Give password.' : `Give ${name}, or config.`;
  return new KitError('invalid-inputs', [problem], { outcome: 'invalid', next });
}

async function buildsOf(
  tree: RepositoryTree,
  hash: FullHash,
  component: string | null,
): Promise<readonly CommitBuild[]> {
  const found = await tree.readHash(hash, component === null ? {} : { component });
  if (found !== null) return found.builds;
  throw new DlrnError('nothing-there', `the repository at ${tree.reposUrl} has no build ${hash} to vote on`, {
    next: 'Give the repo-url that came with the hash.',
  });
}
