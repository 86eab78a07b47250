import type { Answer } from '../http-server.ts';
import { json, pageOf, said, unprocessable } from './github-answers.ts';
import { createIssues, type LabGithubIssue } from './github-issues.ts';

type Access = 'none' | 'read' | 'write';

/** A status of a deployment or of a commit, as the API gives it. */
export interface LabGithubStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly [more: string]: unknown;
}

export interface LabGithubDeployment {
  readonly id: number;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly description: string;
  /** Oldest first. */
  readonly statuses: LabGithubStatus[];
}

/** What a GitHub shows of what happened elsewhere. Lists are in the order in which things were made. */
export interface LabGithubBoard {
  readonly deployments: LabGithubDeployment[];
  readonly commitStatuses: (LabGithubStatus & { readonly sha: string; readonly context: string })[];
  readonly issues: LabGithubIssue[];
  readonly labels: Set<string>;
  /** What the token may do. */
  readonly permissions: { deployments: Access; statuses: Access; issues: Access };
  /** False: the repository has its issues switched off. */
  hasIssues: boolean;
  /** True: whoever opens an issue may not give it labels, and GitHub leaves them out without a word. */
  dropsLabels: boolean;
  /** So many of these requests, by method and path, wait for one another before they are answered. */
  together: { readonly only: RegExp; readonly count: number } | null;
  /** Does what GitHub does by itself for a job that names an environment. */
  startJob(job: { environment: string; sha: string; page: string; state?: string }): LabGithubDeployment;
}

export interface LabGithubBoardOptions {
  /** The commits that there are. */
  readonly commits: readonly string[];
  readonly now: () => number;
  /** Of the web pages of the repository. */
  readonly page: () => string;
}

export interface BoardCall {
  readonly method: string;
  /** Below `/repos/owner/name`. */
  readonly path: string;
  readonly url: URL;
  readonly body: string;
}

const longestDescription = 140;

/**
 * Deployments, commit statuses and issues of one repository (docs.github.com/rest: deployments, commits/statuses,
 * issues), with the answers of GitHub where something is not allowed or not well-formed.
 */
export function createBoard(options: LabGithubBoardOptions): {
  readonly board: LabGithubBoard;
  readonly answer: (call: BoardCall) => Answer;
} {
  const { commits, now, page } = options;
  const time = (): string => new Date(now()).toISOString().replace(/\.\d+Z/, 'Z');
  const [deployments, commitStatuses]: [LabGithubDeployment[], LabGithubBoard['commitStatuses']] = [[], []];
  let ids = 0;

  const addDeployment = (facts: Partial<LabGithubDeployment> & { sha: string; environment: string }) => {
    const made = { id: ++ids, task: 'deploy', payload: {}, description: '', ...facts, statuses: [] };
    deployments.push(made);
    return made;
  };
  const addStatus = (deployment: LabGithubDeployment, facts: Readonly<Record<string, unknown>>): LabGithubStatus => {
    const made = { id: ++ids, state: '', description: '', ...facts, created_at: time() };
    deployment.statuses.push(made);
    return made;
  };
  const board: LabGithubBoard = {
    deployments,
    commitStatuses,
    issues: [],
    labels: new Set(),
    permissions: { deployments: 'write', statuses: 'write', issues: 'write' },
    hasIssues: true,
    dropsLabels: false,
    together: null,
    startJob: ({ environment, sha, page: log, state = 'in_progress' }) => {
      const made = addDeployment({ sha, environment });
      addStatus(made, { state, log_url: log, target_url: log });
      return made;
    },
  };

  const createDeployment = (body: string): Answer => {
    const { ref, environment = 'production', auto_merge, required_contexts, ...more } = parsed(body);
    if (typeof ref !== 'string' || !commits.includes(ref)) return said(422, `No ref found for: ${String(ref)}`);
    const { description = '', task = 'deploy', payload = {} } = more;
    if (String(description).length > longestDescription) return tooLong('Deployment');
    if (auto_merge !== false) return said(409, 'Conflict merging main into the ref');
    const latest = latestStatuses(ref);
    if (required_contexts === undefined && latest.some(({ state }) => state !== 'success')) {
      return said(409, `Conflict: Commit status checks failed for ${ref}.`);
    }
    const facts = { sha: ref, environment: String(environment), task: String(task), payload };
    return json(shown(addDeployment({ ...facts, description: String(description) })), 201);
  };
  const createStatus = (deployment: LabGithubDeployment, body: string): Answer => {
    const { auto_inactive: auto = true, ...facts } = parsed(body);
    if (String(facts['description'] ?? '').length > longestDescription) return tooLong('DeploymentStatus');
    if (!deploymentStates.includes(String(facts['state']))) {
      return unprocessable(['DeploymentStatus', 'state', 'state is not included in the list']);
    }
    const made = addStatus(deployment, facts);
    if (facts['state'] === 'success' && auto === true) {
      const before = deployments.filter(({ id, environment }) => {
        return id < deployment.id && environment === deployment.environment;
      });
      for (const each of before) addStatus(each, { state: 'inactive' });
    }
    return json(made, 201);
  };
  const latestStatuses = (sha: string) => {
    const own = commitStatuses.filter((status) => status.sha === sha).toReversed();
    return own.filter(({ context }, at) => own.findIndex((other) => other.context === context) === at);
  };
  const createCommitStatus = (sha: string, body: string): Answer => {
    if (!commits.includes(sha)) return said(422, `No commit found for SHA: ${sha}`);
    const { context = 'default', ...facts } = parsed(body);
    const { state = '', description = '' } = facts;
    if (String(description).length > longestDescription) return tooLong('Status');
    if (!commitStates.includes(String(state))) return unprocessable(['Status', 'state', 'is not a state']);
    const url = `${page()}/api/statuses/${sha}`;
    const made = { description: '', url, ...facts, id: ++ids, sha, context: String(context), state: String(state) };
    commitStatuses.push(made);
    return json(made, 201);
  };

  const answerDeployments = ({ method, path, url, body }: BoardCall): Answer => {
    if (path === '/deployments') {
      if (method === 'POST') return createDeployment(body);
      const wanted = ['environment', 'sha', 'task'] as const;
      const fits = (each: LabGithubDeployment): boolean =>
        wanted.every((name) => (url.searchParams.get(name) ?? each[name]) === each[name]);
      return pageOf(deployments.filter(fits).toReversed().map(shown), url);
    }
    const id = Number(/^\/deployments\/(\d+)\/statuses$/.exec(path)?.[1]);
    const found = deployments.find((each) => each.id === id);
    if (found === undefined) return said(404, 'Not Found');
    return method === 'POST' ? createStatus(found, body) : pageOf(found.statuses.toReversed(), url);
  };
  const shown = ({ statuses: _statuses, ...deployment }: LabGithubDeployment): unknown => ({
    ...deployment,
    url: `${page()}/api/deployments/${deployment.id}`,
  });
  const issues = createIssues(board, { time, now, page, nextId: () => ++ids });

  const answer = (call: BoardCall): Answer => {
    const { method, path, url, body } = call;
    const [, first = ''] = path.split('/');
    const area = areas[first];
    if (area === undefined) return said(404, 'Not Found');
    const access = board.permissions[area];
    if (access === 'none' || (access === 'read' && method !== 'GET')) {
      const refused = said(403, 'Resource not accessible by integration');
      const wanted = `${area}=${method === 'GET' ? 'read' : 'write'}`;
      return { ...refused, headers: { ...refused.headers, 'x-accepted-github-permissions': wanted } };
    }
    if (area === 'deployments') return answerDeployments(call);
    if (area === 'issues') return issues(call);
    const combined = /^\/commits\/([^/]+)\/status$/.exec(path)?.[1];
    if (combined !== undefined && method === 'GET') {
      return pageOf(latestStatuses(combined), url, (statuses) => ({ state: 'pending', sha: combined, statuses }));
    }
    const sha = /^\/statuses\/([^/]+)$/.exec(path)?.[1];
    return sha !== undefined && method === 'POST' ? createCommitStatus(sha, body) : said(404, 'Not Found');
  };
  return { board, answer };
}

const deploymentStates = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];
const commitStates = ['error', 'failure', 'pending', 'success'];
const areas: Readonly<Record<string, keyof LabGithubBoard['permissions']>> = {
  deployments: 'deployments',
  statuses: 'statuses',
  commits: 'statuses',
  issues: 'issues',
  labels: 'issues',
};

function parsed(body: string): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}

function tooLong(resource: string): Answer {
  return unprocessable([
    resource,
    'description',
    `description is too long (maximum is ${longestDescription} characters)`,
  ]);
}
