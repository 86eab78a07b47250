import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../../scripts/workspaces.ts';

/** How a command line of this tagflow begins. */
export const self: readonly string[] = [process.execPath, join(root, 'packages/cli/src/main.ts')];

export interface TagflowRun {
  readonly exitCode: number;
  readonly outcome: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message: string;
  /** What a person would have read. */
  readonly stderr: string;
}

export interface RunningTagflow {
  /** Rejects with everything that it wrote when that is no JSON object. */
  readonly ended: Promise<TagflowRun>;
  /** Ends it as a lost machine would, with no chance to clean up. */
  kill(): Promise<void>;
}

/** Starts tagflow as a user would: a process with its own environment, one JSON object on standard output. */
export function startTagflow(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): RunningTagflow {
  const [program = '', ...words] = self;
  const child = spawn(program, [...words, ...args], {
    cwd,
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
  const closed = once(child, 'close');
  const read = async (): Promise<TagflowRun> => {
    const [out, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    const answer = parseAnswer(out);
    if (typeof code !== 'number' || answer === null) {
      throw new Error(`tagflow ${args[0] ?? ''} ended with ${String(code)}:\n${stderr}${out}`);
    }
    const { outcome = '', outputs = {}, message, error } = answer;
    return { exitCode: code, outcome, outputs, message: message ?? error?.message ?? '', stderr };
  };
  const ended = read();
  return {
    ended,
    kill: async () => {
      ended.catch(() => undefined); // it was asked to end without an answer
      child.kill('SIGKILL');
      await closed;
    },
  };
}

interface Answer {
  readonly outcome?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly error?: { readonly message?: string };
}

function parseAnswer(out: string): Answer | null {
  try {
    const answer: unknown = JSON.parse(out);
    return typeof answer === 'object' && answer !== null ? answer : null;
  } catch {
    return null;
  }
}
