import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { tool } from '../../../scripts/tools.ts';

/** How DLRN's own client ended. */
export interface ClientRun {
  readonly code: number;
  readonly out: string;
  /** What a user would look for: the words of the answer, or of the client itself. */
  readonly problem: string;
}

export interface ClientOptions {
  /** The part before `/api`. */
  readonly url: string;
  readonly username?: string;
  readonly password: string;
}

/** Runs the unmodified `dlrnapi`. The password goes by the environment. */
export async function runDlrnapi(args: readonly string[], options: ClientOptions): Promise<ClientRun> {
  const { url, username = 'ciuser', password } = options;
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', DLRNAPI_USERNAME: username, DLRNAPI_PASSWORD: password };
  const child = spawn(tool('dlrn/dlrnapi'), ['--url', url, ...args], {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  });
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: Number(code), out, problem: problemIn(errors) };
}

// A traceback tells where Python's files are; its end tells what was wrong.
function problemIn(errors: string): string {
  const answer = /ApiException: \((\d+)\)\nReason: (.*)\n(?:.*\n)*?HTTP response body: ([^]*)/.exec(errors);
  if (answer === null) return errors.trim().split('\n').at(-1) ?? '';
  const [, status, reason, body] = answer;
  return `${status} ${reason?.toLowerCase()}: ${body?.trim()}`;
}
