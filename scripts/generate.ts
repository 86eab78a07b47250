import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { actionYml, allInputs, type AnyAction, type InputSpecs, readmeTables } from '@tagflow/action-kit';
import { jsonSchema, policyJsonSchema, templateNames } from '@tagflow/config';
import { format, resolveConfig } from 'prettier';
import { allPhasesWorkflow, promotionWorkflow } from './all-phases-workflow.ts';
import type { InputsOf } from './phase-interface.ts';
import { phaseWorkflow } from './phase-workflow.ts';
import { referencePages } from './reference-pages.ts';
import { root, workspaces } from './workspaces.ts';
import { zuulFiles } from './zuul-jobs.ts';

// usage: node scripts/generate.ts [--check]

interface GeneratedFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/**
 * Returns every file that is made from the definitions, with the text that it should have: action.yml and README.md
 * of each action, the workflows of the phases, and the JSON Schemas of tagflow.yaml and of the files of a policy folder.
 * @throws Error when a README has no place for its tables.
 */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const actions = workspaces().filter(
    ({ kind, folder }) => kind === 'action' && existsSync(join(folder, 'src/action.ts')),
  );
  const definitions = await Promise.all(
    actions.map(async ({ name, folder }) => {
      const module: unknown = await import(pathToFileURL(join(folder, 'src/action.ts')).href);
      return [name, (module as { readonly action: AnyAction }).action] as const;
    }),
  );
  const files = await Promise.all(
    definitions.map(async ([name, action]) => [
      await formatted(`actions/${name}/action.yml`, actionYml(action)),
      { path: `actions/${name}/README.md`, text: readmeOf(name, action) },
    ]),
  );
  const actionsByName = new Map(definitions);
  const specsOf = (name: string): InputSpecs => {
    const action = actionsByName.get(name);
    if (action === undefined) throw new Error(`a template names the action ${name}, which does not exist`);
    return allInputs(action);
  };
  const made = [
    ...files.flat(),
    ...(await workflows((name) => Object.keys(specsOf(name)))),
    await formatted('packages/config/tagflow.schema.json', JSON.stringify(await jsonSchema())),
    await formatted('packages/config/policy.schema.json', JSON.stringify(await policyJsonSchema())),
    ...zuulFiles(specsOf),
  ];
  return [...made, ...(await referencePages(made))];
}

function workflows(inputsOf: InputsOf): Promise<readonly GeneratedFile[]> {
  const texts = {
    ...Object.fromEntries(templateNames.map((name) => [`phase-${name}`, phaseWorkflow(name, inputsOf)])),
    'all-phases': allPhasesWorkflow(inputsOf),
    promotion: promotionWorkflow(inputsOf),
  };
  return Promise.all(Object.entries(texts).map(([name, text]) => formatted(`.github/workflows/${name}.yml`, text)));
}

/** Returns the paths whose text on disk is not the generated one, relative to the root. */
export async function staleFiles(): Promise<readonly string[]> {
  return (await generatedFiles()).filter(({ path, text }) => read(path) !== text).map(({ path }) => path);
}

async function formatted(path: string, text: string): Promise<GeneratedFile> {
  return { path, text: await format(text, { ...(await resolveConfig(join(root, path))), filepath: path }) };
}

function readmeOf(name: string, action: AnyAction): string {
  const path = `actions/${name}/README.md`;
  const tables = readmeTables(action);
  return Object.entries(tables).reduce(
    (text, [section, table]) => replaceSection(text, section, table, path),
    // a new action starts with its tables; the prose around them is written by hand
    read(path) ?? `# ${name}\n\n${action.description}\n\n${emptySection('Inputs')}\n${emptySection('Outputs')}`,
  );
}

function emptySection(title: string): string {
  const name = title.toLowerCase();
  return `## ${title}\n\n<!-- ${name}:begin -->\n<!-- ${name}:end -->\n`;
}

function replaceSection(text: string, section: string, table: string, path: string): string {
  const [begin, end] = [`<!-- ${section}:begin -->`, `<!-- ${section}:end -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${path} has no "${begin}" followed by "${end}" for its table`);
  return `${text.slice(0, start + begin.length)}\n\n${table.trim()}\n\n${text.slice(stop)}`;
}

function read(path: string): string | null {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles();
    for (const path of stale) console.error(`${path} is not what its definition says`);
    if (stale.length > 0) {
      console.error('run `npm run generate` and commit the result');
      process.exitCode = 1;
    }
  } else {
    for (const { path, text } of await generatedFiles()) {
      if (read(path) === text) continue;
      writeFileSync(join(root, path), text);
      console.log(`wrote ${path}`);
    }
  }
}
