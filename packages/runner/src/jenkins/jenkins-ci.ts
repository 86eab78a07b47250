import { posix } from 'node:path';
import { basicHeader } from '@tagflow/http';
import { RunnerError } from '../error.ts';
import { fillPlaceholders } from '../ci-system/fill.ts';
import { createReportFolder, isSafePath } from '../ci-system/report-files.ts';
import { type CiEffects, createCiRequests } from '../ci-system/requests.ts';
import { countOf, elements, member, textOf } from '../ci-system/values.ts';
import type { RemoteCi, RemoteRun, RemoteState } from '../remote-ci.ts';
import type { RunRequest } from '../runner.ts';
import { createJenkinsApi, withParameter } from './jenkins-api.ts';
import { formatPlace, jobPath, type JenkinsPlace, parsePlace, queueItemOf } from './job-path.ts';
import { createProgressiveLog } from './log.ts';
import { endOfBuild, parametersOf } from './result.ts';

export interface JenkinsCiConfig {
  readonly url: string;
  readonly plainHttp: boolean;
  /** Null: nobody logs in. */
  readonly username: string | null;
  /** The name of the job; folders are separated by `/`. */
  readonly job: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The parameter that gets the key of the run, which it is found by. */
  readonly keyParameter: string;
  /** Artifacts that are report files, by patterns of their relative paths, such as `**` + `/*.xml`. */
  readonly reports: readonly string[];
}

export interface JenkinsCiOptions {
  readonly config: JenkinsCiConfig;
  /** An API token, or the password, of the user. */
  readonly token: string | null;
  readonly effects: CiEffects;
}

/** The newest builds that a run is looked for among: its key is in the queue, or in one of these, or it never began. */
const builds = 100;

/**
 * Returns a Jenkins that runs one parameterised job for us. A run is found by its key parameter, in the queue and in the
 * newest builds.
 * @throws RunnerError `bad-ci`
 */
export function createJenkinsCi({ config, token, effects }: JenkinsCiOptions): RemoteCi {
  const name = `Jenkins at ${config.url}`;
  const { username } = config;
  if (token !== null && username === null) {
    throw new RunnerError('bad-ci', `${name}: a token needs the name of its user`, { outcome: 'invalid' });
  }
  const authorization = token === null ? null : basicHeader({ username: username ?? '', password: token });
  const { url, plainHttp } = config;
  const requests = createCiRequests({ name, url, plainHttp, authorization, effects });
  const api = createJenkinsApi(requests, name);
  const readProgressive = createProgressiveLog(requests, name);
  const job = jobPath(config.job);
  const queued = (item: number): RemoteRun => ({
    id: formatPlace({ kind: 'queue', item }),
    url: `${requests.baseUrl}/queue/item/${item}/`,
  });
  const built = (number: number): RemoteRun => ({
    id: formatPlace({ kind: 'build', number }),
    url: `${requests.baseUrl}${job}/${number}/`,
  });
  const placeOf = (run: RemoteRun): JenkinsPlace => {
    const place = parsePlace(run.id);
    if (place === null) throw new RunnerError('ci-answer', `${name}: "${run.id}" is no run of it`);
    return place;
  };

  /** Returns the build that a queue item became: the item itself is forgotten five minutes after it left the queue. */
  const buildOfItem = async (item: number, signal: AbortSignal): Promise<number | null> => {
    const said = await api.read(job, `builds[number,queueId]{0,${builds}}`, signal);
    const isIt = (build: unknown): boolean => member(build, 'queueId') === item;
    return withParameter(member(said, 'builds'), isIt, 'number')[0] ?? null;
  };
  /** Returns the number of the build; null while it waits; what is to be said when it left the queue without one. */
  const locate = async (run: RemoteRun, signal: AbortSignal): Promise<number | null | RemoteState> => {
    const place = placeOf(run);
    if (place.kind === 'build') return place.number;
    const item = await api.read(`/queue/item/${place.item}`, 'cancelled,why,executable[number]', signal);
    if (member(item, 'cancelled') === true) {
      return { phase: 'ended', result: 'cancelled', said: 'cancelled while it was in the queue' };
    }
    const number = countOf(member(member(item, 'executable'), 'number')) ?? (await buildOfItem(place.item, signal));
    if (number !== null || item !== null) return number;
    return { phase: 'ended', result: 'lost', said: 'it left the queue, and no build came of it' };
  };

  const find: RemoteCi['find'] = async (request, signal) => {
    const has = (item: unknown): boolean =>
      parametersOf(member(item, 'actions')).get(config.keyParameter) === request.key;
    const parameters = 'actions[parameters[name,value]]';
    const queue = await api.read('/queue', `items[id,${parameters}]`, signal);
    const item = withParameter(member(queue, 'items'), has, 'id')[0];
    if (item !== undefined) return queued(item);
    // After the queue, so that one that leaves it meanwhile is seen here.
    const said = await api.read(job, `builds[number,${parameters}]{0,${builds}}`, signal);
    if (said === null) throw unknownJob(name, config.job);
    const number = withParameter(member(said, 'builds'), has, 'number')[0];
    return number === undefined ? null : built(number);
  };

  const start = async (request: RunRequest, signal: AbortSignal): Promise<RemoteRun | null> => {
    const form = { ...fillPlaceholders(config.parameters, request), [config.keyParameter]: request.key };
    const declared = await api.read(job, 'buildable,property[parameterDefinitions[name]]', signal);
    if (declared === null) throw unknownJob(name, config.job);
    expectDeclared(name, config.job, declared, Object.keys(form));
    const answer = await api.post(`${job}/buildWithParameters`, form, [200, 201, 302, 303], signal);
    const item = queueItemOf(answer.headers['location']);
    return item === null ? null : queued(item);
  };

  return {
    name,
    find,
    start,
    state: async (run, signal) => {
      const number = await locate(run, signal);
      if (number === null) return { phase: 'queued' };
      if (typeof number !== 'number') return number;
      const wanted = 'building,inProgress,result,actions[_class,causes[shortDescription]]';
      const build = await api.read(`${job}/${number}`, wanted, signal);
      if (build === null) return { phase: 'ended', result: 'lost', said: `build ${number} is not there any more` };
      // A result may stand there long before the build's last steps are over.
      if (member(build, 'building') !== false || member(build, 'inProgress') === true) return { phase: 'running' };
      return endOfBuild(textOf(member(build, 'result')), member(build, 'actions'));
    },
    cancel: async (run, signal) => {
      const place = placeOf(run);
      // 404: too late, or, before 2.210, done all the same; the build is looked for in either case.
      if (place.kind === 'queue') {
        await api.post(`/queue/cancelItem?id=${place.item}`, {}, [200, 204, 302, 303, 404], signal);
      }
      const number = await locate(run, signal);
      if (typeof number !== 'number') return;
      await api.post(`${job}/${number}/stop`, {}, [200, 204, 302, 303, 404], signal);
    },
    readLog: async (run, from, sink, signal) => {
      const number = await locate(run, signal);
      if (typeof number !== 'number') return from;
      return readProgressive(`${job}/${number}`, { from, sink, signal });
    },
    fetchReports: async (run, folder, signal) => {
      const number = await locate(run, signal);
      if (typeof number !== 'number' || config.reports.length === 0) return;
      const said = await api.read(`${job}/${number}`, 'artifacts[relativePath]', signal);
      const paths = elements(member(said, 'artifacts')).flatMap((each) => textOf(member(each, 'relativePath')) ?? []);
      // One that climbs matches no pattern; it is refused, and not passed over.
      const isWanted = (path: string): boolean =>
        !isSafePath(path) || config.reports.some((pattern) => posix.matchesGlob(path, pattern));
      const wanted = paths.filter(isWanted);
      const reports = createReportFolder(folder, name);
      for (const path of wanted) {
        const url = `${job}/${number}/artifact/${path.split('/').map(encodeURIComponent).join('/')}`;
        await reports.write(path, async (sink) => {
          const { status } = await requests.receive({ url }, sink, signal);
          if (status !== 200) throw new RunnerError('ci-answer', `${name} answered GET ${url} with ${status}`);
        });
      }
    },
  };
}

function unknownJob(name: string, job: string): RunnerError {
  return new RunnerError('ci-refused', `${name} has no job "${job}" that this user may see`, {
    outcome: 'invalid',
    next: 'Look at its name and folders, and whether the user has the permissions Read and Build on it.',
  });
}

// Jenkins drops what a job does not declare without a word, and the job would test some other hash.
function expectDeclared(name: string, job: string, said: unknown, wanted: readonly string[]): void {
  const declared = elements(member(said, 'property')).flatMap((property) =>
    elements(member(property, 'parameterDefinitions')).map((definition) => textOf(member(definition, 'name'))),
  );
  const missing = wanted.filter((parameter) => !declared.includes(parameter));
  if (missing.length === 0) return;
  throw new RunnerError('ci-refused', `${name}: the job "${job}" does not declare ${missing.join(', ')}`, {
    outcome: 'invalid',
    next: 'Declare each as a string parameter of the job: Jenkins drops any other without a word.',
  });
}
