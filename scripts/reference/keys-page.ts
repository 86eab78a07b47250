import { jsonSchema, policyJsonSchema } from '@tagflow/config';
import { type ExampleOf, readExamples } from './examples.ts';
import { code, page, table } from './markdown.ts';
import { type Key, keysOf, type Schema } from './schema-keys.ts';

/** Returns the page of tagflow.yaml: every key of its JSON Schema. */
export async function configPage(): Promise<string> {
  const keys = keysOf((await jsonSchema()) as Schema);
  const exampleOf = readExamples();
  const tops = keys.filter(({ path }) => /^[\w-]+$/.test(path));
  const groups = tops.filter((top) => belowOf(top, keys).length > 0);
  return page(
    '# tagflow.yaml',
    `One file for each release. What is wrong in it is told with line and column before anything is asked of a server. Editors complete it with [tagflow.schema.json](../../packages/config/tagflow.schema.json). Examples stand in the last column where one of [the examples](../../packages/config/examples) has the key; \`NAME\` is a name that the file chooses, \`[]\` each item of a list.`,
    keyTable(tops, exampleOf, groups),
    ...groups.flatMap((top) => [`## ${top.path}`, top.description, keyTable(belowOf(top, keys), exampleOf)]),
  );
}

/** Returns the page of the files in a policy folder. */
export async function policyPage(): Promise<string> {
  const keys = keysOf((await policyJsonSchema()) as Schema);
  return page(
    '# Policy files',
    'YAML files in the folder `policy` beside `tagflow.yaml`, or where `policy` of it or `policy-dir` says. Each may have any of the lists. While one of them cannot be read, nothing is promoted. [What they do](../promotion.md#how-does-a-person-decide-otherwise); [schema for editors](../../packages/config/policy.schema.json).',
    keyTable(keys, null),
  );
}

function belowOf(top: Key, keys: readonly Key[]): readonly Key[] {
  return keys.filter(({ path }) => path.startsWith(`${top.path}.`) || path.startsWith(`${top.path}[]`));
}

/** Returns the table of some keys; the names of `linked` ones lead to their sections. */
function keyTable(keys: readonly Key[], exampleOf: ExampleOf | null, linked: readonly Key[] = []): string {
  const head = ['Key', 'Type', 'Default', 'For', ...(exampleOf === null ? [] : ['Example'])];
  const rows = keys.map((key) => {
    const example = key.type === 'group' ? null : (exampleOf?.(key.path) ?? null);
    return [
      linked.includes(key) ? `[${code(key.path)}](#${key.path})` : code(key.path),
      key.type,
      key.required ? 'required' : key.default === null ? '' : code(key.default),
      key.description,
      ...(exampleOf === null ? [] : [example === null ? '' : code(example)]),
    ];
  });
  return table(head, rows);
}
