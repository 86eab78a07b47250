import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { actionsPage } from './reference/actions.ts';
import { commandsPage } from './reference/commands.ts';
import { errorCodesPage } from './reference/error-codes.ts';
import { configPage, policyPage } from './reference/keys-page.ts';
import { workflowsPage } from './reference/workflows.ts';
import { root } from './workspaces.ts';

/** A file that is made from definitions. */
export interface ReferencePage {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/**
 * Returns the pages of docs/reference, made from definitions, schemas, workflows and error codes.
 * @param generated files that are about to be written, so that their text counts and not that on disk
 */
export async function referencePages(generated: readonly ReferencePage[] = []): Promise<readonly ReferencePage[]> {
  const texts = new Map(generated.map(({ path, text }) => [path, text]));
  const pages = {
    actions: await actionsPage(),
    commands: await commandsPage(),
    'tagflow-yaml': await configPage(),
    'policy-files': await policyPage(),
    workflows: workflowsPage(texts),
    'error-codes': errorCodesPage(),
  };
  return Promise.all(
    Object.entries(pages).map(async ([name, text]) => {
      const path = `docs/reference/${name}.md`;
      const options = { ...(await resolveConfig(join(root, path))), filepath: path };
      return { path, text: await format(text, options) };
    }),
  );
}
