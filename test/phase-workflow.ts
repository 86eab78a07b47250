import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Condition, PhaseJob, PhaseStep, Ref } from '@tagflow/config';
import { parse } from 'yaml';
import { ciValues, commonValues } from '../scripts/phase-interface.ts';
import { root } from '../scripts/workspaces.ts';

/** A value of YAML; a step that looks for what is not there fails the test by itself. */
export type Node = Readonly<Record<string, unknown>>;

/** One workflow of a phase, read back into the shape of its template, and what it has besides. */
export interface PhaseWorkflow {
  readonly document: Node;
  readonly jobs: readonly PhaseJob[];
  /** Step by step: where it is, its action, all its inputs as they are written, and its variables. */
  readonly steps: readonly {
    readonly place: string;
    readonly action: string;
    readonly inputs: Node;
    readonly variables: unknown;
  }[];
  /** Job → the whole job. */
  readonly byId: ReadonlyMap<string, Node>;
}

/**
 * Reads a workflow in .github/workflows.
 * @throws Error naming the place of anything that no template can say
 */
export function readPhaseWorkflow(file: string): PhaseWorkflow {
  const document = readWorkflow(file);
  const jobs = Object.entries(object(document['jobs'], 'jobs')).map(
    ([id, job]) => [id, object(job, `jobs.${id}`)] as const,
  );
  const byId = new Map(jobs);
  const actionSteps = (id: string) =>
    list(byId.get(id)?.['steps'], id)
      .map((step, index) => object(step, `${id}.steps[${String(index)}]`))
      .filter((step) => text(step['uses'], id).startsWith('./'));
  return {
    document,
    byId,
    jobs: jobs.map(([id, job]) => readJob(id, job, actionSteps(id))),
    steps: jobs.flatMap(([id]) =>
      actionSteps(id).map((step) => ({
        place: `${file}: ${id}.${text(step['id'], id)}`,
        action: actionOf(step),
        inputs: object(step['with'], id),
        variables: step['env'],
      })),
    ),
  };
}

/** Returns a workflow as YAML reads it. */
export function readWorkflow(file: string): Node {
  return object(parse(readFileSync(join(root, '.github/workflows', file), 'utf8')), file);
}

function readJob(id: string, job: Node, steps: readonly Node[]): PhaseJob {
  const needs = job['needs'] === undefined ? [] : list(job['needs'], id).map((need) => text(need, id));
  const condition = text(job['if'] ?? '', id);
  // Runs whatever became of others: it asks for more than !cancelled() only of the hash.
  const always = /^\$\{\{ (?:!cancelled|always)\(\)? ?&& needs\.hash\.result == 'success' \}\}$/.test(condition);
  const [, legsOf] =
    /^\$\{\{ !cancelled\(\) && needs\.(\w+)\.result != 'skipped' && (?!needs\.\1)/.exec(condition) ?? [];
  const when = readWhen(condition);
  const tells = object(job['permissions'], id)['deployments'] !== undefined;
  // A job that tells people passes on what it was told itself.
  const written = tells ? {} : object(job['outputs'] ?? {}, id);
  const outputs = Object.entries(written).map(([name, value]) => {
    const ref = readRef(text(value, id), id);
    if (typeof ref === 'string' || !('step' in ref)) throw new Error(`${id}: output ${name} is not that of a step`);
    return [name, ref] as const;
  });
  const matrix = readMatrix(job, id);
  return {
    id,
    needs,
    ...(matrix === null ? {} : { matrix }),
    ...(always ? { always } : {}),
    ...(when === null ? {} : { when }),
    ...(legsOf === undefined ? {} : { legsOf }),
    ...(job['environment'] === undefined ? {} : { approval: true }),
    ...(tells ? { tells } : {}),
    ...(condition.includes("needs.hash.outputs.is-new != 'false'") ? { onlyNew: true } : {}),
    steps: steps.map((step) => readStep(step, id)),
    ...(outputs.length === 0 ? {} : { outputs: Object.fromEntries(outputs) }),
  };
}

function readWhen(condition: string): Condition | null {
  const [, from, output] =
    /^\$\{\{ !cancelled\(\) && needs\.\w+\.result == 'success' && needs\.([\w-]+)\.outputs\.([\w-]+) != '' \}\}$/.exec(
      condition,
    ) ?? [];
  if (from !== undefined && output !== undefined) return { job: from, output, is: 'something' };
  const [, texts, job, name] =
    /^\$\{\{ !cancelled\(\) && needs\.\w+\.result == 'success' && contains\(fromJSON\('(\[.*\])'\), needs\.([\w-]+)\.outputs\.([\w-]+)\) &&.* \}\}$/.exec(
      condition,
    ) ?? [];
  if (texts === undefined || job === undefined || name === undefined) return null;
  return { job, output: name, is: list(JSON.parse(texts), job).map((one) => text(one, job)) };
}

function readMatrix(job: Node, id: string): string | null {
  if (job['strategy'] === undefined) return null;
  const matrix = object(object(job['strategy'], id)['matrix'], id);
  const [, from, output] =
    /^\$\{\{ fromJSON\(needs\.([\w-]+)\.outputs\.([\w-]+) \|\| '\[\]'\) \}\}$/.exec(plain(text(matrix['job'], id))) ??
    [];
  if (from === undefined || output === undefined || Object.keys(matrix).length !== 1) {
    throw new Error(`${id}: its matrix is not a list of jobs that another job gave`);
  }
  return `${from}.${output}`;
}

function readStep(step: Node, job: string): PhaseStep {
  const id = text(step['id'], job);
  const place = `${job}.${id}`;
  const given = Object.entries(object(step['with'], place)).filter(([name]) => !Object.hasOwn(commonValues, name));
  return {
    id,
    action: actionOf(step),
    with: Object.fromEntries(given.map(([name, value]) => [name, readRef(text(value, place), place)])),
  };
}

function actionOf(step: Node): string {
  const [, action] = /^\.\/actions\/([\w-]+)$/.exec(text(step['uses'], 'uses')) ?? [];
  if (action === undefined) throw new Error(`${String(step['uses'])} is not an action of this repository`);
  return action;
}

function readRef(value: string, place: string): Ref | string {
  const sets = value
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, job, folder] =
        /^\$\{\{ needs\.([\w-]+)\.outputs\.set && 'sets\/([\w-]+)\/set\.json' \}\}$/.exec(plain(line)) ?? [];
      return job !== undefined && job === folder ? job : null;
    });
  const jobs = sets.filter((job) => job !== null);
  if (jobs.length > 0 && jobs.length === sets.length) return { sets: jobs };
  if (value === 'results/results.json') return { resultsOf: 'test' };
  const [ci] = Object.entries(ciValues).find(([, written]) => written === value) ?? [];
  if (ci !== undefined) return { ci: ci as keyof typeof ciValues };
  const [, expression] = /^\$\{\{ (.*) \}\}$/s.exec(plain(value)) ?? [];
  if (expression === undefined && !value.includes('${{')) return value;
  if (expression === 'matrix.job') return { matrix: true };
  const [, plan] = /^needs\.([\w-]+)\.outputs\.plan && 'plan\/plan\.json'$/.exec(expression ?? '') ?? [];
  if (plan !== undefined) return { plan };
  const alternatives = (expression ?? '').split(' || ').map((one) => /^needs\.([\w-]+)\.outputs\.([\w-]+)$/.exec(one));
  if (alternatives.length > 1 && alternatives.every((one) => one !== null)) {
    return { firstOf: alternatives.map(([, job = '', output = '']) => ({ job, output })) };
  }
  if (expression === 'inputs.full-hash') return { input: 'full-hash' };
  const [, scope, from, output] = /^(needs|steps)\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression ?? '') ?? [];
  if (from === undefined || output === undefined) throw new Error(`${place}: no template can say ${value}`);
  return scope === 'needs' ? { job: from, output } : { step: from, output };
}

/** An expression without what is said in it of jobs that were skipped. */
export function plain(expression: string): string {
  return expression
    .replaceAll(/needs\.([\w-]+)\.result != 'skipped' && (needs\.\1\.)/g, '$2')
    .replace(" || '' }}", ' }}');
}

/** Returns the value as an object. */
export function object(value: unknown, place: string): Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${place}: not a mapping`);
  return { ...value };
}

/** Returns the value as a list. */
export function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${place}: not a list`);
  return value;
}

/** Returns the value as a text. */
export function text(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Error(`${place}: ${JSON.stringify(value)} is not a text`);
  return value;
}
