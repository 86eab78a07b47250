import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { tool } from '../../scripts/tools.ts';

export interface ForeignOptions {
  /** The whole environment besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** False keeps white space at both ends. Default true. */
  readonly trim?: boolean;
}

/**
 * Runs a tool that is none of ours and returns its standard output.
 * @throws Error with the command and what the tool wrote when its exit code is not 0
 */
export async function runForeign(
  name: string,
  args: readonly string[],
  { env = {}, stdin = '', cwd = '/', trim = true }: ForeignOptions = {},
): Promise<string> {
  const child = spawn(tool(name), args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', ...env },
    cwd,
    stdio: 'pipe',
    timeout: 60_000,
  });
  // Some end before they have read it, or never read it.
  child.stdin.on('error', () => undefined).end(stdin);
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${String(code)}:\n${errors}${out}`);
  return trim ? out.trim() : out;
}
