import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exitCode } from '@tagflow/model';
import { type CliFlags, parseFlags, type SecretSource } from './cli-flags.ts';
import type { AnyAction } from './define.ts';
import { errorLines } from './error-report.ts';
import { allInputs, executeAction, type ExecuteParts, type ExecutionResult } from './execute-action.ts';
import { helpText } from './help-text.ts';
import { waitForDebugger } from './inspect.ts';
import { removeIfEmpty } from './remove-if-empty.ts';
import { createTerminal, type TextSink } from './terminal.ts';

/** The world of a command. */
export interface CliIo extends Pick<ExecuteParts, 'env' | 'cwd' | 'clock' | 'signal' | 'crash' | 'random' | 'actor'> {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Whether a person watches stderr. */
  readonly isTTY: boolean;
}

/**
 * Runs an action as a command: inputs are flags, stdout gets exactly one JSON object, words go to stderr. (`--help` is
 * no run: it writes words to stdout.)
 * @param argv the words after the command's name
 * @param command what the help calls the command
 * @returns the exit code. With `--ok-outcomes`, 0 for the outcomes in it, and never 0 for another one.
 */
export async function runCli(
  action: AnyAction,
  argv: readonly string[],
  io: CliIo,
  command = `tagflow ${action.name}`,
): Promise<number> {
  const flags = parseFlags(allInputs(action), argv);
  if (flags.help) {
    io.stdout.write(helpText(action, command));
    return 0;
  }
  const terminal = createTerminal(io);
  await waitForDebugger([action.name], { env: io.env, say: terminal.say });
  const { texts, problems } = readSecrets(flags, io);
  // One that is named is looked at with the inputs, so that all that is wrong is told at once; ours needs good inputs.
  const named = flags.outDir === null ? null : namedFolder(resolve(io.cwd, flags.outDir));
  const made: string[] = [];
  const ownFolder = (): OutFolder => {
    const folder = temporaryFolder(join(io.env['RUNNER_TEMP'] || tmpdir(), `tagflow-${action.name}-`));
    if ('path' in folder) made.push(folder.path);
    return folder;
  };
  const result = await executeAction(action, texts, {
    ...io,
    log: terminal.log,
    progress: terminal.progress,
    outDir: named === null ? ownFolder : 'path' in named ? named.path : '',
    problems: named !== null && 'problem' in named ? [...problems, named.problem] : problems,
  });
  for (const folder of made) removeIfEmpty(folder);
  for (const line of closingLines(result)) terminal.say(line);
  const { outcome, outputs, error } = result;
  io.stdout.write(`${JSON.stringify({ outcome, outputs, ...(error === undefined ? {} : { error }) })}\n`);
  if (!flags.texts.has('ok-outcomes')) return exitCode(outcome);
  return result.ok ? 0 : exitCode(outcome) || exitCode('failed');
}

function closingLines(result: ExecutionResult): readonly string[] {
  const { outcome, message, error, problems } = result;
  if (error === undefined) return [message === undefined ? outcome : `${outcome}: ${message}`];
  return errorLines(outcome, error, problems.length > 1 ? problems : undefined);
}

interface ReadTexts {
  readonly texts: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

function readSecrets(flags: CliFlags, io: Pick<CliIo, 'env' | 'cwd'>): ReadTexts {
  const texts = new Map(flags.texts);
  const problems = [...flags.problems];
  for (const source of flags.secrets) {
    const read = source.kind === 'env' ? readVariable(source, io.env) : readSecretFile(source, io.cwd);
    if ('problem' in read) problems.push(`input "${source.input}": ${read.problem}`);
    else texts.set(source.input, read.text);
  }
  return { texts, problems };
}

type ReadText = { readonly text: string } | { readonly problem: string };

function readVariable({ flag, from }: SecretSource, env: CliIo['env']): ReadText {
  const text = env[from];
  if (text !== undefined && text.trim() !== '') return { text };
  // A person may have put the secret itself here; what cannot be a variable's name is not shown.
  const which = /^[A-Za-z_][A-Za-z0-9_]*$/.test(from) ? `${from}, ` : '';
  return { problem: `the variable ${which}which --${flag} names, is ${text === undefined ? 'not set' : 'empty'}` };
}

function readSecretFile({ flag, from }: SecretSource, cwd: string): ReadText {
  try {
    const text = readFileSync(resolve(cwd, from), 'utf8');
    return text.trim() === '' ? { problem: `the file that --${flag} names, ${from}, is empty` } : { text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: `the file that --${flag} names, ${from}, cannot be read (${code})` };
  }
}

type OutFolder = { readonly path: string } | { readonly problem: string };

// Synchronous, as all of this: the first asynchronous call starts Node's threads, which takes as long as all checks.
function namedFolder(path: string): OutFolder {
  try {
    mkdirSync(path, { recursive: true });
    return { path };
  } catch (error) {
    return notMade(path, error);
  }
}

function temporaryFolder(prefix: string): OutFolder {
  try {
    return { path: mkdtempSync(prefix) };
  } catch (error) {
    return notMade(prefix, error);
  }
}

function notMade(path: string, error: unknown): OutFolder {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return { problem: `the folder ${path} for output files cannot be made (${code}): give another --out-dir` };
}
