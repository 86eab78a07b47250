import { hostname, userInfo } from 'node:os';
import { exitCode, TagflowError } from '@tagflow/model';
import { systemClock } from './clock.ts';
import type { AnyAction } from './define.ts';
import { errorLines, reportError } from './error-report.ts';
import { KitError } from './errors.ts';
import { type CliIo, runCli } from './host-cli.ts';
import { runGithub } from './host-github.ts';
import { waitForDebugger } from './inspect.ts';
import { openOutput } from './output.ts';
import { abortOnSignals } from './signals.ts';

/** Runs an action as whatever started this process wants it: a step of a workflow, or a command. */
export async function runAction(action: AnyAction): Promise<void> {
  await runProcess(async (argv, io) => {
    const isStep = io.env['GITHUB_ACTIONS'] === 'true' && (io.env['GITHUB_ACTION'] ?? '') !== '' && argv.length === 0;
    if (!isStep) return runCli(action, argv, io);
    // stderr: a step's stdout is read for commands
    const say = (line: string): void => void io.stderr.write(`${line}\n`);
    await waitForDebugger([action.name, io.env['GITHUB_JOB']], { env: io.env, say });
    // @actions/core writes to the stream itself; a reader that went away must not end the step in the middle.
    process.stdout.on('error', () => undefined);
    const core = await import('./github-core.ts');
    return runGithub(action, { ...io, core });
  });
}

// Long enough to close connections, short enough for a person.
const graceMs = 5000;

/**
 * Runs `main` as this process: gives it the process's words, streams and signals, and ends with the exit code that it
 * returns, or with that of a {@link TagflowError} that it throws. SIGINT and SIGTERM abort `io.signal`. An error that
 * nobody awaited, or a `main` that never comes back, ends with the code of `half-done`: nobody knows what was written.
 * The only place that reads `process`.
 */
export async function runProcess(main: (argv: readonly string[], io: CliIo) => Promise<number>): Promise<void> {
  // What counts until `main` returns, whatever ends the process before.
  process.exitCode = exitCode('half-done');
  const controller = new AbortController();
  const stdout = openOutput(1, () => process.stdout);
  const stderr = openOutput(2, () => process.stderr);
  const say = (text: string): void => void stderr.write(`${text}\n`);
  const stopListening = abortOnSignals(process, controller, say);
  const crash = new AbortController();
  const onCrash = (error: unknown): void => {
    crash.abort(
      new KitError('crashed', ['a defect of tagflow ended the work in the middle'], {
        outcome: 'half-done',
        next: 'After a promotion, run tagflow resume LABEL; any other command, once more.',
        cause: error,
      }),
    );
    controller.abort(crash.signal.reason);
    setTimeout(() => process.exit(exitCode('half-done')), graceMs).unref();
  };
  process.on('uncaughtException', onCrash);
  const onIdle = (): void => onCrash(new Error('it waits for something that can never happen'));
  process.once('beforeExit', onIdle);

  let code: number;
  try {
    code = await main(process.argv.slice(2), {
      stdout,
      stderr,
      env: { ...process.env },
      cwd: process.cwd(),
      isTTY: stderr.isTTY,
      clock: systemClock,
      signal: controller.signal,
      crash: crash.signal,
      random: Math.random,
      actor: `cli:${userName()}@${hostname()}`,
    });
  } catch (error) {
    const outcome = error instanceof TagflowError ? error.outcome : 'half-done';
    for (const line of errorLines(outcome, reportError(error))) say(line);
    code = exitCode(outcome);
  } finally {
    stopListening();
    process.off('beforeExit', onIdle);
    process.off('uncaughtException', onCrash);
    // The result is told: what breaks while the process ends does not change it.
    process.on('uncaughtException', () => say('warning: an error came after the end'));
  }
  const crashed = crash.signal.aborted;
  process.exitCode = crashed ? exitCode('half-done') : code;
  // A connection that somebody forgot must not keep a finished step alive. This timer alone does not either.
  setTimeout(() => process.exit(), crashed ? 100 : graceMs).unref();
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user id may have no name.
    return `uid ${String(process.getuid?.() ?? 'unknown')}`;
  }
}
