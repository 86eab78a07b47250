import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath, kill } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { createCommandRunner, type RunRequest } from '../src/index.ts';
import { statOf } from '../src/process-identity.ts';
import { manualClock } from './clocks.ts';
import type { Rig, RigJob } from './runner-suite.ts';

/** Resolves when the condition holds. */
export async function until(t: ExecutionContext, what: string, holds: () => boolean): Promise<void> {
  t.timeout(20_000, `never: ${what}`);
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const script = (job: RigJob, folder: string) => `
  cd ${folder}; echo begun >>begun; mkfifo end 2>/dev/null; echo $$ >pid
  ${Object.entries(job.reports ?? {})
    .map(([name, text]) => `printf '%s' '${text}' >"$RESULTS/${name}"`)
    .join('; ')}
  ${job.lines.map((line) => `echo ${line}`).join('; ')}
  ${job.ends === 'never' ? 'read how <end' : `how=${job.ends}`}
  [ $how = success ] || exit 7`;

/** Runs the jobs of the suite as processes of this machine. */
export async function commandRig(t: ExecutionContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-command-rig-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock();
  const numberIn = (file: string) => Number(readFileSync(join(folder, file), 'utf8'));
  const goesOn = () => existsSync(join(folder, 'pid')) && statOf(numberIn('pid')) !== null;
  let leader = 0;
  t.teardown(() => {
    if (leader !== 0 && goesOn()) kill(-leader, 'SIGKILL');
  });
  return {
    clock,
    timeoutMs: 3_600_000,
    exitCodes: { success: 0, failure: 7 },
    failureReason: /^it ended with exit code 7$/,
    url: null,
    prepare: (_key, job) => ({
      command: ['/bin/sh', '-c', script(job, folder)],
      env: { PATH: env['PATH'] ?? '', RESULTS: 'set below' },
    }),
    newRunner: () => {
      const runner = createCommandRunner({ graceMs: 5000 });
      return { run: (request, effects) => runner.run(withResults(request), effects) };
    },
    startAndDie: async (request, lines) => {
      leader = await startAndDie(withResults(request), lines.length, clock.now());
    },
    finish: async (_key, how) => {
      await writeFile(join(folder, 'end'), `${how}\n`);
      await until(t, 'the job ends', () => !goesOn() && (leader === 0 || statOf(leader) === null));
    },
    lose: async () => {
      kill(-leader, 'SIGKILL');
      await until(t, 'the job is killed', () => !goesOn() && statOf(leader) === null);
    },
    begun: () => (existsSync(join(folder, 'begun')) ? readFileSync(join(folder, 'begun'), 'utf8').length / 6 : 0),
    goesOn,
  };
}

function withResults(request: RunRequest): RunRequest {
  return { ...request, env: { ...request.env, RESULTS: request.resultsDir } };
}

/** Has another process start the job, and kills that process after so many lines. Returns the leader of its group. */
export async function startAndDie(request: RunRequest, lineCount: number, now: number): Promise<number> {
  const script = fileURLToPath(new URL('start-and-die.ts', import.meta.url));
  const child = spawn(execPath, [script, JSON.stringify(request), String(now)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  });
  const exited = once(child, 'exit');
  let left = lineCount;
  for await (const line of createInterface({ input: child.stdout })) {
    left -= line === '' ? 0 : 1;
    if (left === 0) break;
  }
  child.kill('SIGKILL');
  await exited;
  const record = JSON.parse(await readFile(join(`${request.logFile}.run`, '1.json'), 'utf8')) as {
    job: { pid: number };
  };
  return record.job.pid;
}
