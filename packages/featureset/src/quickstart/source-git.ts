import { FeaturesetError } from '../error.ts';
import type { FeaturesetSource } from './source.ts';
import { maxFileBytes, tooLong } from './source-limits.ts';

/** Runs a program to its end and returns what it wrote. Rejects when it cannot be started. */
export type Exec = (
  program: string,
  args: readonly string[],
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

/** Returns the files of a commit of a git checkout: what is edited or checked out there does not matter. */
export function gitSource(folder: string, commit: string, exec: Exec): FeaturesetSource {
  const git = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await exec('git', ['-C', folder, ...args]);
    if (exitCode === 0) return stdout;
    const said = stderr.trim().split('\n').at(-1) ?? '';
    throw new FeaturesetError('bad-source', `git cannot read commit ${commit} in ${folder}: ${said}`, {
      next: `Is ${folder} a checkout that has the commit? Otherwise: git -C ${folder} fetch origin`,
    });
  };
  return {
    name: `${folder} at ${commit}`,
    read: async (path) => {
      // What a tree says of a file: `100644 blob <id> <bytes>`, a tab, the path.
      const entry = await git('ls-tree', '-l', '-z', '--full-tree', commit, '--', path);
      const [, mode, size] = /^(\d+) blob [0-9a-f]+ +(\d+)\t/u.exec(entry) ?? [];
      if (mode === undefined) return null;
      if (!mode.startsWith('100'))
        throw new FeaturesetError('bad-source', `${path} of ${commit} is a link, not a file`);
      if (Number(size) > maxFileBytes) throw tooLong(`${path} of ${commit}`);
      return await git('show', `${commit}:${path}`);
    },
  };
}
