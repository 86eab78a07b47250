import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anonymous, type CredentialsProvider, parseDockerConfig } from './docker-config.ts';
import { OciError } from '../error.ts';

/**
 * Returns the credentials of the docker config file: `REGISTRY_AUTH_FILE`,
 * `DOCKER_CONFIG/config.json` or `~/.docker/config.json`, the first that is named. None is there: no credentials.
 * @param env an environment variable by name
 * @throws OciError `bad-auth-file`
 */
export async function findDockerConfig(env: (name: string) => string | undefined): Promise<CredentialsProvider> {
  const named = env('REGISTRY_AUTH_FILE');
  const folder = env('DOCKER_CONFIG') ?? (env('HOME') === undefined ? undefined : join(env('HOME') ?? '', '.docker'));
  const file = named ?? (folder === undefined ? undefined : join(folder, 'config.json'));
  if (file === undefined) return anonymous;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
    if (isAbsent && named === undefined) return anonymous;
    throw new OciError('bad-auth-file', `${file} cannot be read`, {
      outcome: 'invalid',
      cause,
      next: 'Give registry-auth, or let REGISTRY_AUTH_FILE name a docker config JSON.',
    });
  }
  return parseDockerConfig(text, file);
}
