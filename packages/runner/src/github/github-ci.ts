import { RunnerError } from '../error.ts';
import { fillPlaceholders } from '../ci-system/fill.ts';
import { type CiEffects, refusedStatus } from '../ci-system/requests.ts';
import { countOf, elements, member, textOf } from '../ci-system/values.ts';
import type { RemoteCi, RemoteRun } from '../remote-ci.ts';
import { unpackArtifact } from './artifact.ts';
import { createGithubClient, type GithubClient } from './client.ts';
import { createJobLogs } from './job-logs.ts';
import { namesKey, stateOfRun } from './result.ts';

export interface GithubCiConfig {
  /** Of the API, such as `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly url: string;
  readonly plainHttp: boolean;
  /** `owner/name`. */
  readonly repository: string;
  /** The file name of the workflow. */
  readonly workflow: string;
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The input that gets the key of the run; the workflow's run-name has to show it. */
  readonly keyInput: string;
  /** The artifact that holds report files, or null. */
  readonly reports: string | null;
}

export interface GithubCiOptions {
  readonly config: GithubCiConfig;
  /** May read and write Actions of the repository. */
  readonly token: string;
  readonly effects: CiEffects;
}

/** How many pages of a hundred runs are looked through for one. */
const pages = 3;

/** What a server says that does not know the member of the body that asks for the run. */
const unknownMember = /return_run_details|permitted key/i;

/**
 * Returns a GitHub that runs one workflow for us (workflow_dispatch). A run is known by what the dispatch answers, and
 * found again by its key in its title. Its log is that of its jobs, each as soon as it is over.
 * @throws RunnerError `bad-ci`
 */
export async function createGithubCi({ config, token, effects }: GithubCiOptions): Promise<RemoteCi> {
  const name = `GitHub at ${config.url}`;
  const [owner = '', repo = '', ...more] = config.repository.split('/');
  if (owner === '' || repo === '' || more.length > 0) {
    throw new RunnerError('bad-ci', `${name}: repository "${config.repository}" is not owner/name`, {
      outcome: 'invalid',
    });
  }
  const { url, plainHttp } = config;
  const { requests, request } = await createGithubClient({ name, url, plainHttp, token, effects });
  const repository = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
  const logs = createJobLogs({ requests, name, repository });

  const call: GithubClient['request'] = (route, values, accept, signal) =>
    request(route, { owner, repo, ...values }, accept, signal);
  const runOf = (id: number, page: string | null): RemoteRun => ({
    id: String(id),
    url: page ?? `${requests.baseUrl}${repository}/actions/runs/${id}`,
  });
  const asRun = (run: unknown, idName: string): RemoteRun | null => {
    const id = countOf(member(run, idName));
    return id === null ? null : runOf(id, textOf(member(run, 'html_url')));
  };

  return {
    name,
    find: async (request, signal) => {
      const values = { workflow_id: config.workflow, event: 'workflow_dispatch', per_page: 100 };
      for (let page = 1; page <= pages; page += 1) {
        const route = 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs';
        const { data } = await call(route, { ...values, page }, [200], signal);
        const runs = elements(member(data, 'workflow_runs'));
        const ours = runs.find((run) => namesKey(textOf(member(run, 'display_title')) ?? '', request.key));
        if (ours !== undefined) return asRun(ours, 'id');
        if (runs.length < 100) return null;
      }
      return null;
    },
    start: async (request, signal) => {
      const inputs = { ...fillPlaceholders(config.inputs, request), [config.keyInput]: request.key };
      const values = { workflow_id: config.workflow, ref: config.ref, inputs };
      const route = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';
      const asking = { ...values, return_run_details: true };
      const first = await call(route, asking, [200, 204, 400, 422], signal);
      if (first.status === 200) return asRun(first.data, 'workflow_run_id');
      if (first.status === 204) return null;
      // A server of before 2026 refuses what it does not know, and has started nothing.
      const said = textOf(member(first.data, 'message')) ?? '';
      if (!unknownMember.test(said)) throw refusedStatus(name, route, first.status, said.slice(0, 200));
      await call(route, values, [204], signal);
      return null;
    },
    state: async (run, signal) => {
      const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
      const { status, data } = await call(route, { run_id: run.id }, [200, 404], signal);
      if (status === 404) return { phase: 'ended', result: 'lost', said: 'the run is not there any more' };
      return stateOfRun(textOf(member(data, 'status')), textOf(member(data, 'conclusion')));
    },
    cancel: async (run, signal) => {
      // 409: it has ended already.
      const route = 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel';
      await call(route, { run_id: run.id }, [202, 404, 409], signal);
    },
    readLog: async (run, from, sink, signal) => {
      const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs';
      const { data } = await call(route, { run_id: run.id, filter: 'latest', per_page: 100 }, [200, 404], signal);
      const jobs = elements(member(data, 'jobs')).flatMap((job) => {
        const id = countOf(member(job, 'id'));
        return id === null ? [] : [{ id, isOver: member(job, 'status') === 'completed' }];
      });
      return logs.read(jobs, from, sink, signal);
    },
    fetchReports: async (run, folder, signal) => {
      if (config.reports === null) return;
      const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts';
      const { data } = await call(route, { run_id: run.id, name: config.reports, per_page: 100 }, [200, 404], signal);
      const ids = elements(member(data, 'artifacts')).flatMap((artifact) => {
        const isOurs = member(artifact, 'name') === config.reports && member(artifact, 'expired') !== true;
        return isOurs ? (countOf(member(artifact, 'id')) ?? []) : [];
      });
      if (ids.length === 0) return;
      // The newest, where an attempt before left one of the same name.
      const archive = `${repository}/actions/artifacts/${Math.max(...ids)}/zip`;
      await unpackArtifact(requests, { url: archive, name, folder }, signal);
    },
  };
}
