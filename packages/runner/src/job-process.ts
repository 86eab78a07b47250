import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import type { RunRequest } from './runner.ts';

/** How a job ended by itself. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** By the time of the file system; infinite: when this process saw it. */
  readonly at: number;
}

/** A job that waits to be let go. */
export interface JobProcess {
  /** Of what leads its group: the shell that watches over it, or the job itself where there is none. */
  readonly pid: number;
  /** Lets it begin. Before that it never does, whatever becomes of this process. */
  go(): void;
  /** Resolves when the leader is gone, with its exit where it is the job itself, and else null. */
  readonly gone: Promise<Exit | null>;
}

/*
 * What watches over a job, and outlives us: a shell that starts it when we say so, writes down its exit status, and
 * then kills the whole group, itself included. The words of the job are its arguments; it reads none of them. It needs
 * no program but the job, because the PATH is the job's, and says nothing of its own in the log. An exit record counts when its line is whole. PWD, OLDPWD and
 * SHLVL are the shell's own; a name that is none for a shell (with a hyphen) may not reach the job through it.
 */
const watcher = (unset: readonly string[]) => `
trap : TERM INT HUP
exec 3>&2 2>/dev/null
tagflow_exit=$1
shift
if ! IFS= read -r tagflow_go; then printf 'void\\n' >"$tagflow_exit"; exit; fi
(unset tagflow_exit tagflow_go ${unset.join(' ')}; exec "$@") </dev/null 2>&3 3>&-
printf 'exit %s\\n' "$?" >"$tagflow_exit"
kill -s KILL 0
`;

/**
 * Starts what runs the job of the request, in a process group of its own, so that one signal reaches whatever the job
 * has started. Its output goes into the log without passing through this process.
 * @param log the log, open for appending
 * @param shell a POSIX shell; null where there is none: then the job ends unknown to us when this process dies
 * @throws what the system says when it cannot be started
 */
export async function startJob(
  request: RunRequest,
  log: number,
  exitFile: string,
  shell: string | null,
): Promise<JobProcess> {
  const { command, env, cwd } = request;
  const [program = '', ...args] = command;
  const unset = ['PWD', 'OLDPWD', 'SHLVL'].filter((name) => env[name] === undefined);
  const options = { env, detached: true, ...(cwd === undefined ? {} : { cwd }) };
  const child =
    shell === null
      ? spawn(program, args, { ...options, stdio: ['ignore', log, log] })
      : spawn(shell, ['-c', watcher(unset), 'tagflow', exitFile, ...command], {
          ...options,
          stdio: ['pipe', log, log],
        });
  const gone = exitOf(child, shell === null);
  // It may be gone before it is told to go.
  child.stdin?.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { pid: child.pid ?? 0, gone, go: () => void child.stdin?.end('go\n') };
}

function exitOf(child: ChildProcess, isJob: boolean): Promise<Exit | null> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(isJob ? { code, signal, at: Infinity } : null);
    });
  });
}

/** Returns what the watcher wrote down: how the job ended, `void` when it never began, null when nothing is there. */
export async function readExit(file: string): Promise<Exit | 'void' | null> {
  try {
    const text = await readFile(file, 'utf8');
    if (text === 'void\n') return 'void';
    const code = /^exit (?<code>\d+)\n$/.exec(text)?.groups?.['code'];
    return code === undefined ? null : { code: Number(code), signal: null, at: (await stat(file)).mtimeMs };
  } catch {
    return null;
  }
}

/** Returns how it ended as words, after `it `. */
export function formatExit({ code, signal }: Exit): string {
  if (code === null) return `was ended by ${signal ?? 'a signal'}`;
  // A shell tells a signal as its number and 128; a job may end with the same number by itself.
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return `ended with exit code ${String(code)}${name === undefined ? '' : `, as after ${name}`}`;
}
