import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../scripts/workspaces.ts';

type Stanza = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type Dependency = string | { readonly name: string; readonly soft?: boolean };

export interface LineJob {
  readonly name: string;
  readonly parents: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly { readonly name: string; readonly soft: boolean }[];
}

/** Returns the stanzas of all files of zuul.d. */
export function stanzas(): readonly Stanza[] {
  const folder = join(root, 'zuul.d');
  return readdirSync(folder).flatMap((file) => parse(readFileSync(join(folder, file), 'utf8')) as readonly Stanza[]);
}

/** Returns the jobs of a pipeline that project templates make, in the order in which Zuul could run them. */
export function jobsOfLine(
  templates: readonly string[],
  pipeline: string,
  more: readonly Stanza[] = [],
): readonly LineJob[] {
  const all = [...stanzas(), ...more];
  const defined = new Map(
    all.flatMap((each) => (each['job'] === undefined ? [] : [[String(each['job']['name']), each['job']]])),
  );
  const variants = new Map<string, Readonly<Record<string, unknown>>>();
  for (const name of templates) {
    const template = all.find((each) => each['project-template']?.['name'] === name)?.['project-template'];
    if (template === undefined) throw new Error(`no project-template ${name}`);
    const { jobs = [] } = (template[pipeline] ?? {}) as { readonly jobs?: readonly (string | Stanza)[] };
    for (const entry of jobs) {
      const [job, variant] = typeof entry === 'string' ? [entry, {}] : (Object.entries(entry)[0] ?? ['', {}]);
      variants.set(job, { ...variants.get(job), ...variant });
    }
  }
  return [...variants].map(([name, variant]) => {
    const parents: string[] = [];
    let vars = {};
    for (let job = defined.get(name); job !== undefined; job = defined.get(String(job['parent']))) {
      parents.push(String(job['parent']));
      vars = { ...(job['vars'] as object | undefined), ...vars };
    }
    const listed = (variant['dependencies'] ?? defined.get(name)?.['dependencies'] ?? []) as readonly Dependency[];
    const dependencies = listed.map((each) =>
      typeof each === 'string' ? { name: each, soft: false } : { soft: false, ...each },
    );
    return { name, parents, vars, dependencies };
  });
}

export type JobEnd = 'SUCCESS' | 'FAILURE' | 'SKIPPED';

export interface LineRun {
  readonly ended: Readonly<Record<string, JobEnd>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Runs the jobs one by one in the order of their dependencies, by Zuul's rules: what failed skips all that waits for it,
 * soft or not; what was skipped skips only what waits hard; `zuul.child_jobs` of a success names who of them runs.
 */
export async function runLine(
  jobs: readonly LineJob[],
  runJob: (
    job: LineJob,
    waiting: readonly string[],
    data: Readonly<Record<string, unknown>>,
  ) => Promise<{
    readonly ok: boolean;
    readonly data: Readonly<Record<string, unknown>> & { readonly zuul?: { readonly child_jobs?: readonly string[] } };
  }>,
): Promise<LineRun> {
  const ended: Record<string, JobEnd> = {};
  const data: Record<string, unknown> = {};
  const named = new Set(jobs.map(({ name }) => name));
  for (let left = [...jobs]; left.length > 0; left = left.filter(({ name }) => ended[name] === undefined)) {
    const ready = left.filter(({ dependencies }) =>
      dependencies.every((each) => !named.has(each.name) || ended[each.name] !== undefined),
    );
    if (ready.length === 0) throw new Error('the dependencies of these jobs make a circle');
    for (const job of ready) {
      if (ended[job.name] !== undefined) continue;
      const bad = job.dependencies.some(
        ({ name, soft }) => ended[name] === 'FAILURE' || (ended[name] === 'SKIPPED' && (!soft || failedAbove(name))),
      );
      if (bad) {
        ended[job.name] = 'SKIPPED';
        continue;
      }
      const waiting = jobs
        .filter((each) => each.dependencies.some(({ name }) => name === job.name))
        .map(({ name }) => name);
      const result = await runJob(job, waiting, data);
      ended[job.name] = result.ok ? 'SUCCESS' : 'FAILURE';
      const { zuul, ...own } = result.data;
      Object.assign(data, own);
      if (result.ok && zuul?.child_jobs !== undefined) {
        for (const name of waiting) if (!zuul.child_jobs.includes(name)) ended[name] = 'SKIPPED';
      }
    }
  }
  return { ended, data };

  function failedAbove(name: string): boolean {
    const dependencies = jobs.find((job) => job.name === name)?.dependencies ?? [];
    return dependencies.some((each) => ended[each.name] === 'FAILURE' || failedAbove(each.name));
  }
}
