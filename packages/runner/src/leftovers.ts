import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnerError } from './error.ts';

const next = 'The command writes into the folder that TAGFLOW_OUT_DIR names; look at its log.';

/**
 * Returns when the job left every one of these files, none of them empty.
 * @throws RunnerError `nothing-left` that names each one that is missing or empty.
 */
export async function expectFiles(folder: string, files: readonly string[]): Promise<void> {
  const states = await Promise.all(files.map(async (file) => ({ file, problem: await problemOf(join(folder, file)) })));
  const problems = states.flatMap(({ file, problem }) => (problem === null ? [] : [`${file} ${problem}`]));
  if (problems.length > 0) {
    throw new RunnerError('nothing-left', `the command ended well, but in ${folder} ${problems.join(', ')}`, { next });
  }
}

async function problemOf(path: string): Promise<string | null> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return 'is no file';
    return found.size === 0 ? 'is empty' : null;
  } catch {
    return 'is missing';
  }
}

/**
 * Returns the lines of a list that the job left, without empty ones.
 * @throws RunnerError `nothing-left` when it is missing, has no line, or has one that does not match.
 */
export async function expectLines(path: string, pattern: RegExp, form: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new RunnerError('nothing-left', `the command ended well, but did not leave ${path}`, { next });
  });
  const lines = text.split('\n').map((line) => line.trim());
  const full = lines.filter((line) => line !== '');
  if (full.length === 0) {
    throw new RunnerError('nothing-left', `the command ended well, but ${path} has no line "${form}"`, { next });
  }
  const wrong = full.find((line) => !pattern.test(line));
  if (wrong !== undefined) {
    throw new RunnerError(
      'nothing-left',
      `${path} has the line ${JSON.stringify(wrong.slice(0, 200))}, not "${form}"`,
      { next },
    );
  }
  return full;
}
