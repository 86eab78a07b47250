import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { tool } from '../../scripts/tools.ts';

const run = promisify(execFile);

/** A git repository that Zuul reads, with the branch `main`. */
export interface Repository {
  readonly folder: string;
  /** Writes files (path → text, null takes it away) and commits all that changed. */
  commit(files?: Readonly<Record<string, string | null>>): Promise<void>;
}

/** Makes a repository of what is in a folder. */
export async function makeRepository(folder: string): Promise<Repository> {
  const settings = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];
  const git = (...args: readonly string[]) => run(tool('git'), [...settings, ...args], { cwd: folder });
  await mkdir(folder, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  const commit: Repository['commit'] = async (files = {}) => {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await (text === null ? rm(path) : writeFile(path, text));
    }
    await git('add', '--all', '--force');
    await git('commit', '--quiet', '--allow-empty', '--message=test');
  };
  await commit();
  return { folder, commit };
}
