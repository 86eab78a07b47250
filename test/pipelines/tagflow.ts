import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../../scripts/workspaces.ts';

// What another process compiled already.
const { NODE_COMPILE_CACHE: cache } = process.env;
const codeCache: Env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

/** How a command line of this tagflow begins. */
export const self: readonly string[] = [process.execPath, join(root, 'packages/cli/src/main.ts')];

/** How a run of tagflow ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output as it was written. */
  readonly stdout: string;
  /** What a person would have read. */
  readonly stderr: string;
}

/** The JSON object that a run leaves on standard output. */
export interface Answer {
  readonly outcome: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly error: { readonly code: string; readonly message: string; readonly next: string } | null;
}

export interface StartedTagflow {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export type Env = Readonly<Record<string, string>>;

/** Starts tagflow as a user would: a process of its own, with nothing of this one's environment but PATH. */
export function startTagflow(args: readonly string[], env: Env, cwd: string): StartedTagflow {
  const [program = '', ...words] = self;
  const child = spawn(program, [...words, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, TMPDIR: cwd, ...codeCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr]): Ended => ({ exitCode: child.exitCode, signal: child.signalCode, stdout, stderr }),
  );
  return { child, ended };
}

/**
 * Returns what a run answered.
 * @throws Error with everything that it wrote, when standard output is not exactly one line with one JSON object
 */
export function answerOf({ exitCode, stdout, stderr }: Ended): Answer {
  const fail = (why: string): Error =>
    new Error(`tagflow (exit ${exitCode}): ${why}\n${stderr}\n--- stdout\n${stdout}`);
  if (!/^\{.*\}\n$/.test(stdout)) throw fail('standard output is not one line with one JSON object');
  const top = fields(JSON.parse(stdout));
  const { outcome, outputs, error, ...more } = top;
  if (typeof outcome !== 'string' || Object.keys(more).length > 0) throw fail('not {outcome, outputs, error?}');
  const texts = Object.entries(fields(outputs)).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw fail(`output ${name} is not a text`);
    return [name, value];
  });
  const { code, message, next } = fields(error);
  return {
    outcome,
    outputs: Object.fromEntries(texts),
    error: error === undefined ? null : { code: `${code}`, message: `${message}`, next: `${next ?? ''}` },
  };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
