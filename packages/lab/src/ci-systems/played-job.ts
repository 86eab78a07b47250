import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchPlain } from '../fetch.ts';
import type { LabCiJob, LabCiRun } from './job.ts';

export interface PlayedJob {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Where the directories of hashes are served; `{hash}` stands for the hash. Their set.json tells what to test. */
  readonly imagesUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The parameters that such a job declares. */
export const playedParameters = ['TAGFLOW_KEY', 'TAGFLOW_JOB', 'TAGFLOW_FULL_HASH', 'TAGFLOW_REPO_URL'] as const;

/**
 * Returns a job of another CI system that runs a command, on a machine of its own as it were: it knows what its
 * parameters say and what anybody can read, keeps its reports, and is ended when its run is.
 */
export function playedJob({ command, imagesUrl, env }: PlayedJob): LabCiJob {
  return async (run) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagflow-lab-job-'));
    try {
      const results = join(folder, 'results');
      await mkdir(results);
      const set = await fetchSet(imagesUrl, run, folder);
      const known = { PATH: env['PATH'], HOME: folder, TMPDIR: folder, NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] };
      const code = await play(command, { ...known, ...run.parameters, ...set, TAGFLOW_RESULTS_DIR: results }, run);
      for (const name of await readdir(results)) run.keep(`results/${name}`, await readFile(join(results, name)));
      return code === 0 ? 'SUCCESS' : 'FAILURE';
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function fetchSet(imagesUrl: string, { parameters, signal }: LabCiRun, folder: string) {
  const hash = parameters['TAGFLOW_FULL_HASH'] ?? '';
  const answer = await fetchPlain(`${imagesUrl.replaceAll('{hash}', hash)}/set.json`, { signal });
  if (answer.status !== 200) return {};
  const file = join(folder, 'set.json');
  await writeFile(file, answer.body);
  return { TAGFLOW_SET: file };
}

async function play(
  [program = '', ...words]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  run: LabCiRun,
): Promise<number | null> {
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], signal: run.signal });
  child.on('error', () => undefined); // its end tells as much
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => run.write(text));
  }
  await once(child, 'close');
  return child.exitCode;
}
