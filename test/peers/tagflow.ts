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

/**
 * Runs tagflow as a user would: a process with its own environment, one JSON object on standard output.
 * @throws Error with everything that it wrote when that is no JSON object
 */
export async function runTagflow(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<TagflowRun> {
  const [program = '', ...words] = self;
  const child = spawn(program, [...words, ...args], {
    cwd,
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
  const [out, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const answer = parseAnswer(out);
  if (typeof code !== 'number' || answer === null) {
    throw new Error(`tagflow ${args[0] ?? ''} ended with ${String(code)}:\n${stderr}${out}`);
  }
  const { outcome = '', outputs = {}, message, error } = answer;
  return { exitCode: code, outcome, outputs, message: message ?? error?.message ?? '', stderr };
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
