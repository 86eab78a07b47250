import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { templateNames } from '@tagflow/config';
import { parse } from 'yaml';
import type { ActChoices } from './act-options.ts';
import { root, workspaces } from './workspaces.ts';

/** Returns the phases, jobs and actions that the workflows of this repository have. */
export function actChoices(): ActChoices {
  const phases = templateNames;
  const jobs = phases.map((phase) => [phase, Object.keys(readWorkflow(`phase-${phase}.yml`).jobs)] as const);
  const actions = workspaces().flatMap(({ kind, name }) => (kind === 'action' ? [name] : []));
  return { phases, jobs: new Map(jobs), actions };
}

/** The part of a workflow that a person can choose from. */
interface Workflow {
  readonly on: { readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, unknown>> } | null };
  readonly jobs: Readonly<Record<string, unknown>>;
}

/** Returns a workflow of this repository, by the name of its file. */
export function readWorkflow(file: string): Workflow {
  return parse(readFileSync(join(root, '.github/workflows', file), 'utf8')) as Workflow;
}

/** Returns the names of the inputs with which a person can start a workflow. */
export function inputsOfWorkflow(file: string): readonly string[] {
  return Object.keys(readWorkflow(file).on.workflow_dispatch?.inputs ?? {});
}
