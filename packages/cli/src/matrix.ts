import { resolve } from 'node:path';
import { type ActionContext, type AnyAction, defineAction, type InputValues, nearest } from '@tagflow/action-kit';
import { loadConfig, resolvePhase, type TemplateName } from '@tagflow/config';
import {
  buildMatrix,
  compose,
  environmentTypes,
  explainVariables,
  factsLayer,
  featuresetPath,
  flagsOf,
  formatPlanCommands,
  formatPlanGithub,
  formatPlanJson,
  formatPlanTable,
  formatPlanZuul,
  type Layer,
  openFeaturesetSource,
  overrideLayer,
  parseFeatureset,
  parseJobName,
  planDefaults,
  planMatrix,
  type PlannedJob,
  readJobLayers,
  readVariables,
  runGit,
} from '@tagflow/featureset';
import { createApi } from '@tagflow/http';
import { TagflowError } from '@tagflow/model';
import { placeOfTests } from './zuul-order.ts';

export interface MatrixHost {
  readonly cwd: string;
  readonly write: (text: string) => void;
}

const inputs = {
  from: {
    type: 'string',
    description:
      'Files of tripleo-quickstart: a folder, or a URL with {commit} and {path} in it. Default: the jobs of config.',
  },
  commit: {
    type: 'string',
    description: 'The commit of from, in 40 digits; needed for a URL. Default: the files of the folder as they are.',
  },
  'testenv-from': {
    type: 'path',
    description: 'A checkout of tripleo-ci, for what it says of environments. Default: config/environments of from.',
  },
  cache: { type: 'path', description: 'The folder that keeps files of a URL. Default: .tagflow/featuresets.' },
  featureset: { type: 'list', description: 'The featuresets, such as 001.' },
  release: { type: 'list', description: 'The releases, such as master.' },
  nodes: { type: 'list', description: 'The nodes, such as 3ctlr_1comp. Default: jobs whose name says none.' },
  distro: { type: 'list', description: 'The distributions, such as centos9.' },
  environment: {
    type: 'enum',
    options: environmentTypes,
    default: 'multinode',
    description: 'The kind of environment.',
  },
  cloud: { type: 'string', description: 'The cloud of the test machines, such as vexxhost, for its environment file.' },
  override: { type: 'list', description: 'What jobs change of their featureset, each KEY=VALUE.' },
  'extra-vars': { type: 'list', description: 'What wins over all files, each KEY=VALUE.' },
  variable: { type: 'list', description: 'Tell what these variables are in each job, and which file says so.' },
  section: {
    type: 'enum',
    options: ['test', 'after'],
    default: 'test',
    description: 'With config: which jobs of the phase, those before the promotion or those after it.',
  },
  format: {
    type: 'enum',
    options: ['table', 'json', 'github', 'zuul', 'commands'],
    default: 'table',
    description: 'A table, all facts as JSON, a matrix of GitHub, jobs of Zuul, or command lines.',
  },
  parent: {
    type: 'string',
    description: 'What jobs of Zuul inherit from. Default: tagflow-featureset, or with config that job of the phase.',
  },
} as const;

type Values = InputValues<typeof inputs> & {
  readonly config?: string | undefined;
  readonly phase?: string | undefined;
};

/** Returns the action behind `tagflow matrix`: which jobs there are, and what each of them runs. Runs nothing. */
export function createMatrixAction({ cwd, write }: MatrixHost): AnyAction {
  return defineAction({
    name: 'matrix',
    description:
      'Makes jobs of featuresets, releases, nodes and distributions, or of a phase of tagflow.yaml, and tells what ' +
      'each of them runs. Runs nothing.',
    inputs,
    outputs: {
      matrix: 'The jobs in the format that was asked for.',
      jobs: 'The names of the jobs, as a JSON list.',
      warnings: 'What is unknown in the files, one a line.',
    },
    async run(values, context) {
      const { jobs, explained, warnings, template } =
        values.from === undefined
          ? { ...(await phaseJobs(values, cwd)), explained: [], warnings: [] }
          : { ...(await quickstartJobs(values.from, values, cwd, context)), template: null };
      const matrix = formatted(jobs, values, template);
      for (const warning of warnings) context.log.warning(warning);
      write(`${[matrix, ...explained].join('\n\n')}\n`);
      const names = JSON.stringify(jobs.map(({ job }) => job));
      const count = jobs.length === 1 ? 'one job' : `${jobs.length} jobs`;
      return { outcome: 'planned', message: count, outputs: { matrix, jobs: names, warnings: warnings.join('\n') } };
    },
  });
}

function formatted(jobs: readonly PlannedJob[], { format, parent }: Values, phase: TemplateName | null): string {
  switch (format) {
    case 'table':
      return formatPlanTable(jobs);
    case 'json':
      return formatPlanJson(jobs);
    case 'github':
      return formatPlanGithub(jobs);
    case 'commands':
      return formatPlanCommands(jobs);
    case 'zuul':
      return formatZuul(jobs, parent, phase);
  }
}

function formatZuul(jobs: readonly PlannedJob[], parent: string | undefined, phase: TemplateName | null): string {
  const place = phase === null ? null : placeOfTests(phase);
  if (phase === null || place === null) {
    const options = { template: 'tagflow-featuresets', pipeline: 'periodic' };
    return formatPlanZuul(jobs, { ...options, parent: parent ?? 'tagflow-featureset' });
  }
  return formatPlanZuul(jobs, { ...place, template: `tagflow-${phase}-tests`, parent: parent ?? place.parent });
}

async function phaseJobs({ config: file, phase, section }: Values, cwd: string) {
  if (file === undefined || phase === undefined) throw invalid('give from, or config and phase');
  const config = await loadConfig(resolve(cwd, file));
  const resolved = resolvePhase(config, phase);
  const jobs = resolved[section]?.jobs ?? [];
  const planned = buildMatrix(jobs).map((job): PlannedJob => {
    const named = parseJobName(job.job);
    return {
      ...{ job: job.job, featureset: job.featureset, nodes: job.nodes, voting: job.voting },
      ...{ release: config.release, distro: job.distro ?? config.distro },
      environment: 'environment' in named ? named.environment : null,
      steps: [{ name: 'command', command: job.command }],
    };
  });
  // Jobs after the promotion have no place of their own among those of a phase.
  return { jobs: planned, template: section === 'test' ? resolved.template : null };
}

async function quickstartJobs(from: string, values: Values, cwd: string, context: ActionContext) {
  const { signal, clock, log, random, dryRun, env } = context;
  const effects = {
    exec: runGit({ PATH: env('PATH'), HOME: env('HOME') }, signal),
    api: createApi({ signal, clock, log, random }),
    random,
  };
  const cache = dryRun ? null : resolve(cwd, values.cache ?? '.tagflow/featuresets');
  const place = /^[a-z][a-z+.-]+:\/\//u.test(from) ? from : resolve(cwd, from);
  const source = openFeaturesetSource({ from: place, commit: values.commit ?? null, cache }, effects);
  const testenv =
    values['testenv-from'] === undefined
      ? null
      : openFeaturesetSource({ from: resolve(cwd, values['testenv-from']), commit: null, cache: null }, effects);
  const override = overrideLayer(new Map(values.override.map(pairOf)));
  const extraPairs = values['extra-vars'].map(pairOf);
  const extraVars = extraPairs.map((pair) => pair.join('='));
  const digits = [...new Set(values.featureset.map(parseFeatureset))];
  const files = await Promise.all(
    digits.map(
      async (each) => [each, flagsOf((await readVariables(source, featuresetPath(each), nearest)).values)] as const,
    ),
  );
  const cloud = values.cloud ?? null;
  const axes = {
    featuresets: values.featureset,
    releases: values.release,
    nodes: values.nodes,
    distros: values.distro,
  };
  const jobs = planMatrix(
    { ...axes, environment: values.environment },
    { ...planDefaults, flags: new Map(files), cloud, overridden: override.values.size > 0, extraVars },
  );
  const layers = await Promise.all(jobs.map((job) => readJobLayers({ job, source, testenv, cloud, nearest })));
  const explained = jobs.flatMap((job, index) => {
    if (values.variable.length === 0) return [];
    const facts = factsLayer(job, planDefaults.periodic, planDefaults.home);
    const extra: Layer = { kind: 'extra', name: 'extra-vars', values: new Map(extraPairs) };
    const composition = compose([...(layers[index]?.layers ?? []), override, facts, extra]);
    return [`# ${job.job}\n${explainVariables(composition, values.variable)}`];
  });
  return { jobs, explained, warnings: [...new Set(layers.flatMap((each) => each.warnings))] };
}

function pairOf(text: string): [string, string] {
  const { name, value } = /^(?<name>\w+)=(?<value>.*)$/su.exec(text)?.groups ?? {};
  if (name === undefined || value === undefined) throw invalid(`"${text}" is not KEY=VALUE`);
  return [name, value];
}

function invalid(message: string): TagflowError {
  return new TagflowError('bad-request', message, { outcome: 'invalid' });
}
