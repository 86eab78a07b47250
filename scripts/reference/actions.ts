import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyAction } from '@tagflow/action-kit';
import { workspaces } from '../workspaces.ts';
import { commonTable, definitionTables, secretsOf } from './input-rows.ts';
import { code, page, table } from './markdown.ts';
import { outcomeTable } from './outcomes.ts';

/** Returns every action of this repository, in the order of their names. */
export async function allActions(): Promise<readonly AnyAction[]> {
  const folders = workspaces()
    .filter(({ kind, folder }) => kind === 'action' && existsSync(join(folder, 'src/action.ts')))
    .map(({ folder }) => folder)
    .toSorted();
  return Promise.all(
    folders.map(async (folder) => {
      const module: unknown = await import(pathToFileURL(join(folder, 'src/action.ts')).href);
      return (module as { readonly action: AnyAction }).action;
    }),
  );
}

/** Returns the page of all actions: inputs, outputs, outcomes, secrets. */
export async function actionsPage(): Promise<string> {
  const actions = await allActions();
  const secrets = actions.map((action) => [code(action.name), secretsOf(action).map(code).join(', ') || 'none']);
  return page(
    '# Actions',
    'Each is a GitHub action (`uses: ./actions/NAME`) and a command (`npx tagflow NAME`) with the same inputs. As flags they have two dashes; [commands](commands.md) has the others. An input that is given wins over `tagflow.yaml`.',
    '## How each of them ends',
    'The output `outcome` is set always. It decides the exit code of the command; `ok-outcomes` says with which the step of a workflow is green.',
    outcomeTable(),
    '## What all of them take',
    commonTable(),
    '## Which secrets they take',
    'A secret is never a flag: `--NAME-file PATH` and `--NAME-env VARIABLE` say where it is read. [Workflows](workflows.md) tells which secret of a repository becomes which input.',
    table(['Action', 'Secrets'], secrets),
    ...actions.flatMap((action) => {
      const { inputs, outputs } = definitionTables(action);
      return [
        `## ${action.name}`,
        `${action.description} [Its own page](../../actions/${action.name}/README.md).`,
        inputs,
        outputs,
      ];
    }),
  );
}
