import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode, type Log } from '@tagflow/model';
import type { AnyAction, InputSpecs } from './define.ts';
import { allInputs, executeAction, type ExecuteParts, type ExecutionResult } from './execute-action.ts';
import { createMasker, maskForms } from './masks.ts';
import { createProgressLines } from './progress.ts';
import { removeIfEmpty } from './remove-if-empty.ts';
import { confidentialInputs } from './secret-inputs.ts';
import { defused, oneLine, quoteValue } from './show-text.ts';

/** The part of @actions/core that the host uses. */
export interface GithubCore {
  getInput(name: string, options: { trimWhitespace: boolean }): string;
  setSecret(secret: string): void;
  setOutput(name: string, value: string): void;
  startGroup(name: string): void;
  endGroup(): void;
  debug(message: string): void;
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  isDebug(): boolean;
  readonly summary: { addRaw(text: string): { write(): Promise<unknown> } };
}

export interface GithubIo extends Pick<ExecuteParts, 'clock' | 'signal' | 'crash' | 'random' | 'env' | 'cwd'> {
  readonly core: GithubCore;
}

/**
 * Runs an action as a step of a GitHub workflow (or of act, or of any host that speaks GitHub's files and commands).
 * The output `outcome` is always set.
 * @returns the exit code: 0 when the outcome is one of `ok-outcomes`, else not 0, which fails the step
 */
export async function runGithub(action: AnyAction, io: GithubIo): Promise<number> {
  const { core, env } = io;
  const specs = allInputs(action);
  const texts = readTexts(specs, core);
  // Before any other line. Runners hide what they know as a secret, but not its lines or encodings.
  const forms = maskForms(confidentialInputs(specs, texts));
  for (const form of forms) if (!/[\r\n]/.test(form)) core.setSecret(form);
  tellInputs(action.name, specs, texts, core, createMasker(forms));

  const made: string[] = [];
  const result = await executeAction(action, texts, {
    ...io,
    log: githubLog(core),
    progress: createProgressLines({ clock: io.clock, intervalMs: 30_000, write: (line) => core.info(defused(line)) }),
    outDir: () => {
      const folder = makeFolder(env['RUNNER_TEMP'], action.name);
      if ('path' in folder) made.push(folder.path);
      return folder;
    },
    actor: `github:${env['GITHUB_ACTOR'] || 'unknown'}`,
  });
  for (const folder of made) removeIfEmpty(folder);

  core.setOutput('outcome', result.outcome);
  for (const [name, value] of Object.entries(result.outputs)) core.setOutput(name, value);
  tellResult(action.name, result, core);
  if (env['GITHUB_STEP_SUMMARY']) await writeSummary(action.name, result, core);
  return result.ok ? 0 : exitCode(result.outcome) || exitCode('failed');
}

function readTexts(specs: InputSpecs, core: GithubCore): Map<string, string> {
  const texts = new Map<string, string>();
  for (const name of Object.keys(specs)) texts.set(name, core.getInput(name, { trimWhitespace: false }));
  // A person who ticks «enable debug logging» wants ours as well.
  if (core.isDebug()) texts.set('log-level', 'debug');
  return texts;
}

function tellInputs(
  name: string,
  specs: InputSpecs,
  texts: ReadonlyMap<string, string>,
  core: GithubCore,
  mask: (text: string) => string,
): void {
  core.startGroup(`${name}: inputs`);
  for (const [input, spec] of Object.entries(specs)) {
    const text = texts.get(input)?.trim() ?? '';
    if (text !== '') core.info(defused(`${input}: ${spec.type === 'secret' ? '***' : mask(quoteValue(mask(text)))}`));
  }
  core.endGroup();
}

function githubLog(core: GithubCore): Log {
  return {
    // What the input log-level lets through is to be seen; the runner's own debug lines are not, unless asked for.
    debug: (message) => (core.isDebug() ? core.debug(defused(message)) : core.info(defused(`debug: ${message}`))),
    info: (message) => core.info(defused(message)),
    warning: (message) => core.warning(oneLine(defused(message))),
  };
}

function tellResult(name: string, result: ExecutionResult, core: GithubCore): void {
  const { outcome, error, message } = result;
  if (error === undefined && result.ok) {
    core.info(defused(`${name}: ${outcome}${message === undefined ? '' : `: ${message}`}`));
    return;
  }
  const annotate = result.ok ? core.notice : core.error;
  const sentences = result.problems.length > 0 ? result.problems : [message ?? `${outcome} is not one of ok-outcomes`];
  for (const sentence of sentences) annotate(oneLine(defused(`${name}: ${outcome}: ${sentence}`)));
  for (const cause of error?.causes ?? []) core.info(defused(`  because: ${cause}`));
  if (error?.next !== undefined) core.info(defused(`  next: ${error.next}`));
}

/** Runners refuse a summary of more than 1 MiB. */
const longestSummary = 1_000_000;

async function writeSummary(name: string, result: ExecutionResult, core: GithubCore): Promise<void> {
  const parts = [`### ${name}: ${result.outcome}`];
  if (result.error !== undefined) {
    const sentences = result.problems.length > 0 ? result.problems : [result.error.message];
    parts.push(sentences.map((sentence) => `- ${markdownText(sentence)}`).join('\n'));
    if (result.error.next !== undefined) parts.push(markdownText(result.error.next));
  }
  if (result.summary !== undefined) parts.push(result.summary);
  const text = `${parts.join('\n\n')}\n\n`;
  const bytes = Buffer.from(text);
  const fitting = bytes.length <= longestSummary ? text : bytes.subarray(0, longestSummary).toString();
  try {
    await core.summary.addRaw(fitting).write();
  } catch (error) {
    // What was done is done: a page that cannot be written does not change how it ended.
    core.warning(oneLine(defused(`the job summary cannot be written: ${String(error)}`)));
  }
}

function markdownText(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>#|~]/g, '\\$&');
}

// Synchronous: the first asynchronous call starts the threads of Node, which takes as long as to check all inputs.
function makeFolder(temp: string | undefined, name: string): { path: string } | { problem: string } {
  const base = join(temp || tmpdir(), 'tagflow');
  try {
    // The common folder of temporary files is everybody's: a name in it that others can guess may be theirs already.
    if (!temp) return { path: mkdtempSync(`${base}-${name}-`) };
    mkdirSync(base, { recursive: true });
    for (let number = 1; ; number += 1) {
      const path = join(base, `${name}-${String(number)}`);
      if (makeNew(path)) return { path };
    }
  } catch (error) {
    return {
      problem: `no folder for output files can be made below ${temp ? 'RUNNER_TEMP, ' : ''}${base}: ${String(error)}`,
    };
  }
}

/** Returns whether the folder is new, and this run's own. */
function makeNew(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
