import type { Config, Policy } from './types.ts';

// Zod and the YAML parser are loaded when they are needed and not before: an action that gets all it needs by inputs, or
// prints its help, should not pay for them.

/**
 * Returns the configuration in a file.
 * @throws ConfigError `unreadable`, or `invalid-config` with everything that is wrong in it
 */
export async function loadConfig(path: string): Promise<Config> {
  const { loadConfig: load } = await import('./load.ts');
  return load(path);
}

/**
 * Returns the configuration in a text.
 * @param where the path of the file: named in errors, and relative paths are below its folder
 * @throws ConfigError `invalid-config` with everything that is wrong
 */
export async function parseConfig(text: string, where: string): Promise<Config> {
  const { parseConfig: parse } = await import('./load.ts');
  return parse(text, where);
}

/** Returns the JSON Schema of tagflow.yaml, for editors. */
export async function jsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { jsonSchema: schema } = await import('./schema.ts');
  return schema();
}

/**
 * Returns the waivers, holds and freezes in the `*.yaml` and `*.yml` of a folder, but for hidden ones, sorted by name.
 * @param explicit whether somebody named the folder: then it has to exist
 * @throws ConfigError `unreadable`, or `invalid-policy` with everything that is wrong in all of the files
 */
export async function loadPolicy(folder: string, options: { readonly explicit: boolean }): Promise<Policy> {
  const { loadPolicy: load } = await import('./policy-load.ts');
  return load(folder, options);
}

/** As {@link loadPolicy}, of the folder of a configuration, or of another one that somebody named. */
export function loadPolicyOf({ policyFolder }: Config, folder: string | undefined): Promise<Policy> {
  return folder === undefined ? loadPolicy(policyFolder.path, policyFolder) : loadPolicy(folder, { explicit: true });
}

/** Returns the JSON Schema of a file of the policy folder, for editors. */
export async function policyJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { policyJsonSchema: schema } = await import('./policy-schema.ts');
  return schema();
}
