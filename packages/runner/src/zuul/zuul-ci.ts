import { decoded } from '../ci-system/decoded.ts';
import { fillPlaceholders } from '../ci-system/fill.ts';
import { createReportFolder } from '../ci-system/report-files.ts';
import { type CiEffects, createCiRequests, refusedStatus } from '../ci-system/requests.ts';
import { elements, member, textOf } from '../ci-system/values.ts';
import { RunnerError } from '../error.ts';
import type { RemoteCi, RemoteRequest, RemoteRun, RemoteState } from '../remote-ci.ts';
import type { RunRequest } from '../runner.ts';
import { evidenceOf, evidenceOfArtifacts, evidenceOfInventory, logFileUrl } from './evidence.ts';
import { meaningOf } from './result.ts';
import { createZuulApi, type ZuulPlace } from './zuul-api.ts';

export interface ZuulCiConfig extends ZuulPlace {
  readonly url: string;
  readonly plainHttp: boolean;
  /** Pipeline parameters (Zuul 14, pipelines with `allow-parameters`) that the job gets as variables. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The parameter that gets the key of the run; without one a run can only be known by the hash that it names. */
  readonly keyParameter?: string | null;
  /** Names of artifacts (zuul_return) that are report files. */
  readonly reports?: readonly string[];
}

export interface ZuulCiOptions {
  readonly config: ZuulCiConfig;
  /** A JSON Web Token that may enqueue. Null: nothing is started, and a build that a timer starts is waited for. */
  readonly token: string | null;
  readonly effects: CiEffects;
}

/** Finished builds without a word in their artifacts, of which the inventory is read. */
const inventories = 5;

/**
 * Returns a Zuul that runs one job for us, for the tip of a branch in a pipeline.
 *
 * Zuul takes no order to test a hash: the job resolves one by itself, or takes it from a pipeline parameter that the
 * project has to declare. So an end counts only when the build itself names our full hash: in its artifacts' metadata,
 * in its inventory, or in its log. Without that, or with another hash, it is `lost`, whatever Zuul says of it.
 *
 * With a key parameter a run is the buildset that was asked for with it. Without one it is a finished build that names
 * the hash, else the newest one that has not ended, which may turn out to be another hash's. With a token what stood
 * there before the run was asked for is not it, so each attempt is a run of its own.
 * @throws RunnerError `bad-ci`
 */
export function createZuulCi({ config, token, effects }: ZuulCiOptions): RemoteCi {
  const name = `Zuul at ${config.url}`;
  const { url, plainHttp, keyParameter = null, parameters = {}, reports = [] } = config;
  const authorization = token === null ? null : `Bearer ${token}`;
  const requests = createCiRequests({ name, url, plainHttp, authorization, effects });
  const api = createZuulApi(requests, config);
  const runOf = (uuid: string, hash: string): RemoteRun => ({
    id: `${uuid}@${hash}`,
    url: `${requests.baseUrl}/t/${encodeURIComponent(config.tenant)}/buildset/${uuid}`,
  });

  /** Before a run is asked for, only one that has not ended can be it: what ended is that of another attempt. */
  const findByHash = async ({ before }: RemoteRequest, hash: string, signal: AbortSignal) => {
    const isNew = (uuid: string | null): boolean => token === null || uuid === null || before?.includes(uuid) !== true;
    const onlyOpen = token !== null && before === undefined;
    const builds = onlyOpen ? [] : (await api.builds(signal)).filter((build) => member(build, 'final') !== false);
    const ended = builds.filter(
      (build) => decides(textOf(member(build, 'result'))) && isNew(textOf(member(member(build, 'buildset'), 'uuid'))),
    );
    const silent: unknown[] = [];
    for (const build of ended) {
      const { about } = evidenceOfArtifacts(build, hash);
      if (about === 'ours') return ofBuild(build, hash);
      if (about === 'nothing') silent.push(build);
    }
    for (const build of silent.slice(0, inventories)) {
      const { about } = await evidenceOfInventory(requests, build, hash, signal);
      if (about === 'ours') return ofBuild(build, hash);
    }
    const open = (await api.buildsets(signal)).find(
      (each) => member(each, 'result') === null && isNew(textOf(member(each, 'uuid'))),
    );
    const uuid = textOf(member(open, 'uuid'));
    return uuid === null ? null : runOf(uuid, hash);
  };
  const ofBuild = (build: unknown, hash: string): RemoteRun | null => {
    const uuid = textOf(member(member(build, 'buildset'), 'uuid'));
    return uuid === null ? null : runOf(uuid, hash);
  };

  /** The last try of the job in the buildset of a run; both null where there is none. */
  const lookAt = async (
    run: RemoteRun,
    signal: AbortSignal,
  ): Promise<{ readonly buildset: unknown; readonly build: unknown; readonly hash: string }> => {
    const [uuid = '', hash = ''] = run.id.split('@');
    if (uuid === '' || hash === '') throw new RunnerError('ci-answer', `${name}: "${run.id}" is no run of it`);
    const buildset = await api.buildset(uuid, signal);
    const tries = elements(member(buildset, 'builds')).filter((build) => member(build, 'job_name') === config.job);
    const last = tries.find((build) => member(build, 'final') !== false && textOf(member(build, 'result')) !== 'RETRY');
    return { buildset, build: last ?? null, hash };
  };

  return {
    name,
    find: async (request, signal) => {
      const hash = hashOf(name, request);
      if (keyParameter === null) return findByHash(request, hash, signal);
      const ours = (await api.buildsets(signal)).find(
        (each) => member(member(each, 'parameters'), keyParameter) === request.key,
      );
      const uuid = textOf(member(ours, 'uuid'));
      return uuid === null ? null : runOf(uuid, hash);
    },
    standing: async (_, signal) => {
      if (keyParameter !== null || token === null) return [];
      const built = (await api.builds(signal)).map((build) => member(member(build, 'buildset'), 'uuid'));
      const open = (await api.buildsets(signal)).map((buildset) => member(buildset, 'uuid'));
      return [...new Set([...built, ...open].flatMap((uuid) => textOf(uuid) ?? []))];
    },
    start: async (request, signal) => {
      hashOf(name, request);
      const own = keyParameter === null ? {} : { [keyParameter]: request.key };
      const told = { ...fillPlaceholders(parameters, request), ...own };
      if (token === null) return null;
      // A Zuul that knows no parameters drops them; then nothing has the key, and the run never appears.
      const more = Object.keys(told).length === 0 ? {} : { parameters: told };
      await api.post('enqueue', { oldrev: null, newrev: null, ...more }, signal);
      return null;
    },
    state: async (run, signal) => {
      const { buildset, build, hash } = await lookAt(run, signal);
      if (buildset === null) return { phase: 'ended', result: 'lost', said: 'its buildset is not there any more' };
      const result = textOf(member(build, 'result'));
      if (result === null) return stateWithoutResult(buildset, build, config.job);
      const meaning = meaningOf(result);
      if (!decides(result)) return { phase: 'ended', result: meaning, said: result };
      const evidence = await evidenceOf(requests, build, hash, signal);
      if (evidence.about === 'ours') return { phase: 'ended', result: meaning, said: result };
      const said = `${result}, but not of the full hash ${hash} for all that can be known: ${evidence.words}`;
      return { phase: 'ended', result: 'lost', said };
    },
    cancel: async (run, signal) => {
      const { buildset } = await lookAt(run, signal);
      if (buildset === null || member(buildset, 'result') !== null) return;
      const ours = textOf(member(buildset, 'queue_item_uuid'));
      const items = await api.items(signal);
      if (ours === null || !items.includes(ours)) return;
      if (token === null) throw refused(name, 'it was given no token, so it cannot end a run');
      if (items[0] !== ours) throw refused(name, 'it ends the first run of a branch, and that is not ours');
      await api.post('dequeue', {}, signal);
    },
    readLog: async (run, from, sink, signal) => {
      const { build } = await lookAt(run, signal);
      const log = logFileUrl(build, 'job-output.txt');
      // Zuul uploads it when the build has ended.
      if (log === null || member(build, 'result') === null) return from;
      const text = decoded(sink, from);
      const { status } = await requests.receive({ url: log }, text.take, signal);
      if (status >= 500 || status === 429) throw refusedStatus('the server of the logs', `GET ${log}`, status, '');
      await text.end();
      return Math.max(from, text.characters());
    },
    fetchReports: async (run, folder, signal) => {
      const { build } = await lookAt(run, signal);
      const files = createReportFolder(folder, name);
      for (const artifact of elements(member(build, 'artifacts'))) {
        const file = textOf(member(artifact, 'url'));
        const isWanted = reports.includes(textOf(member(artifact, 'name')) ?? '');
        if (!isWanted || file === null) continue;
        const path = decodeURIComponent(new URL(file).pathname).split('/').at(-1) ?? '';
        await files.write(path, async (sink) => {
          const { status } = await requests.receive({ url: file }, sink, signal);
          if (status !== 200) throw refusedStatus(name, `GET ${new URL(file).pathname}`, status, '');
        });
      }
    },
  };
}

function decides(result: string | null): boolean {
  return result !== null && ['success', 'failure', 'timed-out'].includes(meaningOf(result));
}

function stateWithoutResult(buildset: unknown, build: unknown, job: string): RemoteState {
  const whole = textOf(member(buildset, 'result'));
  if (build === null && whole !== null) {
    const meaning = meaningOf(whole) === 'cancelled' ? 'cancelled' : 'lost';
    return { phase: 'ended', result: meaning, said: `the buildset ended as ${whole} without a build of ${job}` };
  }
  const hasBegun = build !== null && textOf(member(build, 'start_time')) !== null;
  return { phase: hasBegun ? 'running' : 'queued' };
}

function hashOf(name: string, request: RunRequest): string {
  const hash = request.facts['full-hash'];
  if (hash !== undefined && hash !== '' && !hash.includes('@')) return hash.toLowerCase();
  throw new RunnerError('bad-ci', `${name}: ${request.name} has no full-hash, so nothing could tell what was tested`, {
    outcome: 'invalid',
  });
}

function refused(name: string, why: string): RunnerError {
  return new RunnerError('ci-refused', `${name}: ${why}`, { next: 'End the run on its page, or wait for its end.' });
}
