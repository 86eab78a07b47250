import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../workspaces.ts';
import { code, page, table } from './markdown.ts';

interface Declared {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly required?: boolean;
}
type DeclaredMap = Readonly<Record<string, Declared>>;

interface Workflow {
  readonly name: string;
  readonly on: {
    readonly workflow_call?: {
      readonly inputs?: DeclaredMap;
      readonly secrets?: DeclaredMap;
      readonly outputs?: DeclaredMap;
    };
    readonly workflow_dispatch?: { readonly inputs?: DeclaredMap } | null;
    readonly schedule?: readonly { readonly cron: string }[];
  };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps?: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
      }
    >
  >;
}

const folder = '.github/workflows';

/**
 * Returns the page of the workflows that others call: inputs, secrets, outputs, jobs.
 * @param generated texts by path, of files that are about to be written
 */
export function workflowsPage(generated: ReadonlyMap<string, string>): string {
  const onDisk = readdirSync(join(root, folder));
  const coming = [...generated.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
  const files = [...new Set([...onDisk, ...coming])].filter((name) =>
    /^(?:phase-|all-phases\.|promotion\.)/.test(name),
  );
  return page(
    '# Workflows',
    'Called as `uses: ./.github/workflows/NAME` with the inputs and secrets below, or started by hand. Which secret becomes which input of which action is in the table of each. [How to use them](../your-own-systems.md).',
    ...files.toSorted().flatMap((file) => {
      const path = `${folder}/${file}`;
      const workflow = parse(generated.get(path) ?? readFileSync(join(root, path), 'utf8')) as Workflow;
      return sectionOf(file, workflow);
    }),
  );
}

function sectionOf(file: string, { on, jobs }: Workflow): readonly string[] {
  const call = on.workflow_call;
  const inputs = call?.inputs ?? on.workflow_dispatch?.inputs ?? {};
  const started = [
    ...(call === undefined ? [] : ['by another workflow']),
    ...('workflow_dispatch' in on ? ['by hand'] : []),
    ...(on.schedule ?? []).map(({ cron }) => `on a timer (\`${cron}\`)`),
  ];
  const passed = secretUses(jobs);
  const secretRows = Object.entries(call?.secrets ?? {}).map(([name, { description = '', required }]) => [
    ...[code(name), required === true ? 'yes' : '', description],
    (passed.get(name) ?? []).map(code).join(', '),
  ]);
  const outputRows = Object.entries(call?.outputs ?? {}).map(([name, { description = '' }]) => [
    code(name),
    description,
  ]);
  return [
    `## ${file}`,
    `Started ${started.join(', ')}. Jobs: ${Object.keys(jobs).map(code).join(', ')}.`,
    ...part(
      ['Input', 'Type', 'Default', 'For'],
      Object.entries(inputs).map(([name, { type = '', default: value, description = '' }]) => [
        ...[code(name), type, value === undefined || value === '' ? '' : code(String(value)), description],
      ]),
    ),
    ...part(['Secret', 'Required', 'For', 'Becomes'], secretRows),
    ...part(['Output', 'Tells'], outputRows),
  ];
}

function part(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : [table(head, rows)];
}

/** Returns for each secret the inputs of actions that it is given as, such as `promote-symlink: password`. */
function secretUses(jobs: Workflow['jobs']): ReadonlyMap<string, readonly string[]> {
  const uses = new Map<string, readonly string[]>();
  for (const step of Object.values(jobs).flatMap(({ steps = [] }) => steps)) {
    for (const [input, value] of Object.entries(step.with ?? {})) {
      const secret = /\$\{\{\s*secrets\.(\w+)\s*\}\}/.exec(String(value))?.[1];
      if (secret === undefined || step.uses === undefined) continue;
      const use = `${step.uses.replace(/^.*\//, '')}: ${input}`;
      const known = uses.get(secret) ?? [];
      if (!known.includes(use)) uses.set(secret, [...known, use]);
    }
  }
  return uses;
}
