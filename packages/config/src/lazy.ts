import type { Config } from './types.ts';

/**
 * Returns the configuration in a file. Zod and the YAML parser are loaded now and not before: an action that gets all
 * it needs by inputs, or prints its help, should not pay for them.
 * @throws ConfigError `unreadable`, or `invalid-config` with everything that is wrong in it
 */
export async function loadConfig(path: string): Promise<Config> {
  const { loadConfig: load } = await import('./load.ts');
  return load(path);
}
