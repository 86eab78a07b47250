import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { anonymous, type CredentialsProvider, parseDockerConfig } from '@tagflow/oci';

/**
 * Returns the registry credentials: those of the given docker config JSON, else those of the docker config file
 * (`$DOCKER_CONFIG/config.json`, `~/.docker/config.json`), else none.
 */
export async function registryCredentials(
  text: string | undefined,
  env: (name: string) => string | undefined,
): Promise<CredentialsProvider> {
  if (text !== undefined) return parseDockerConfig(text, 'registry-auth');
  const file = join(env('DOCKER_CONFIG') ?? join(env('HOME') ?? homedir(), '.docker'), 'config.json');
  try {
    return parseDockerConfig(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return anonymous;
    throw error;
  }
}
