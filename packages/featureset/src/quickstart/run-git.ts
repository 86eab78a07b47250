import { execFile } from 'node:child_process';
import { FeaturesetError } from '../error.ts';
import type { Exec } from './source-git.ts';

/**
 * Returns what runs git, without what the caller's shell says of repositories.
 * @param env all of its environment: PATH, and HOME for its configuration
 */
export function runGit(env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Exec {
  const options = { env: { ...env, LC_ALL: 'C' }, signal, maxBuffer: 4 * 1024 * 1024 };
  return (program, args) =>
    new Promise((done, fail) => {
      execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
        if (error === null) done({ exitCode: 0, stdout, stderr });
        else if (typeof error.code === 'number') done({ exitCode: error.code, stdout, stderr });
        else fail(new FeaturesetError('bad-source', `${program} cannot be run: ${error.message}`, { cause: error }));
      });
    });
}
