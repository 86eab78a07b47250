import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ChildResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment that Node needs, and nothing of the machine that the test runs on. */
export const bareEnv: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1' };

export const sampleMain = fileURLToPath(new URL('sample-main.ts', import.meta.url));

/** Runs a script in a Node of its own to its end. `onStart` may send signals. */
export async function runChild(
  script: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  onStart: (child: ChildProcessWithoutNullStreams) => void = () => undefined,
): Promise<ChildResult> {
  const child = spawn(process.execPath, [script, ...argv], { env: { ...bareEnv, ...env } });
  child.stdin.end();
  const { promise: code, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  onStart(child);
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  return { code: await code, ...written };
}
