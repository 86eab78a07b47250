import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type PolicyEntry } from '@tagflow/model';
import { complaintsOf } from './complaints.ts';
import { readYaml } from './document.ts';
import { ConfigError, type FileProblem, invalidPolicy } from './error.ts';
import { formatPath } from './path.ts';
import { buildPolicy } from './policy-build.ts';
import { checkPolicyFile, idsOf } from './policy-check.ts';
import { policyDigest } from './policy-digest.ts';
import { policyFileSchema, policyJsonSchema } from './policy-schema.ts';
import { text as textOf } from './view.ts';
import type { Policy } from './types.ts';

/**
 * Returns what the files of a folder say: every `*.yaml` and `*.yml` in it, but for hidden ones, sorted by name.
 * @param explicit whether somebody named the folder: then it has to exist
 * @throws ConfigError `unreadable`, or `invalid-policy` with everything that is wrong in all of the files
 */
export async function loadPolicy(folder: string, { explicit }: { readonly explicit: boolean }): Promise<Policy> {
  const names = await policyFiles(folder, explicit);
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readable(folder, () => readFile(join(folder, name), 'utf8')) })),
  );
  return parsePolicy(files, folder);
}

/** A file of a policy folder. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Returns what policy files say. Pure.
 * @param folder where they are, for messages
 * @throws ConfigError `invalid-policy` with everything that is wrong in all of them
 */
export function parsePolicy(files: readonly PolicyFile[], folder: string): Policy {
  const ids = new Map<string, string>();
  const read = files.map((file) => readPolicyFile(file, folder, ids));
  const problems = read.flatMap((file) => file.problems);
  if (problems.length > 0) throw invalidPolicy(folder, problems);
  const entries = read.flatMap((file) => file.entries);
  return { entries, digest: policyDigest(entries) };
}

interface ReadFile {
  readonly entries: readonly PolicyEntry[];
  readonly problems: readonly FileProblem[];
}

/** Reads one file, and notes its ids, and where they are, in those of all files. */
function readPolicyFile({ name, text }: PolicyFile, folder: string, ids: Map<string, string>): ReadFile {
  const file = join(folder, name);
  const read = readYaml(text);
  if ('problems' in read) return { entries: [], problems: read.problems.map((problem) => ({ ...problem, file })) };
  const { document } = read;
  // A file whose entries were all taken out, or commented out, is right.
  const data = document.data ?? {};
  const checked = policyFileSchema.safeParse(data, { reportInput: true });
  const view = { path: [], value: data };
  const complaints = [
    ...(checked.success ? [] : complaintsOf(checked.error.issues, policyJsonSchema())),
    ...checkPolicyFile(view),
  ];
  for (const id of idsOf(view)) {
    const value = textOf(id);
    if (value === null) continue;
    const seen = ids.get(value);
    if (seen === undefined) ids.set(value, `${name}:${document.positionOf(id.path).line}`);
    else complaints.push({ path: id.path, message: `id "${value}" is there already, in ${seen}` });
  }
  const problems = complaints.map(({ path, key, message }) => ({
    ...(key === undefined ? document.positionOf(path) : document.positionOfKey(path, key)),
    file,
    path: formatPath(path),
    message,
  }));
  const lineOf = (list: string, index: number): string => `${name}:${document.positionOf([list, index]).line}`;
  return { entries: checked.success && problems.length === 0 ? buildPolicy(checked.data, lineOf) : [], problems };
}

async function policyFiles(folder: string, explicit: boolean): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if (!explicit && (cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(folder, cause);
  }
  const candidates = names.filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
  const files = await Promise.all(
    // A link to a file is a file: that is how a folder is mounted into a container.
    candidates.map(async (name) => ((await readable(folder, () => stat(join(folder, name)))).isFile() ? [name] : [])),
  );
  return files.flat();
}

// A hold that cannot be read would be a hold that does not count.
async function readable<Value>(folder: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function unreadable(folder: string, cause: unknown): ConfigError {
  return new ConfigError('unreadable', `policy ${folder} cannot be read: ${messageOf(cause)}`, {
    cause,
    next: 'Make it a readable folder of *.yaml files, or give the path of one as policy of tagflow.yaml or as policy-dir.',
  });
}
