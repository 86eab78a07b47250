import { createRedactor } from './redact.ts';
import { statSync } from 'node:fs';
import { type Effects, exitCode, type Outcome, TagflowError } from '@tagflow/model';
import { childEnv } from './child-env.ts';
import {
  type ActionContext,
  type ActionResult,
  type AnyAction,
  commonInputs,
  type InputSpec,
  type InputSpecs,
  type InputValues,
} from './define.ts';
import { type ErrorReport, reportError, stacksOf } from './error-report.ts';
import { KitError } from './errors.ts';
import { atLevel, mapLog } from './log.ts';
import { type Confidential, createMasker, maskForms } from './masks.ts';
import { parseInputs } from './parse-inputs.ts';
import { parseValue } from './parse-value.ts';
import { confidentialInputs } from './secret-inputs.ts';

/** What a host gives to the action that it runs. */
export interface ExecuteParts extends Effects {
  /**
   * An existing folder of this run's own, absolute; or what makes it when the inputs are good, or says what is wrong
   * with it.
   */
  readonly outDir: string | (() => { readonly path: string } | { readonly problem: string });
  /** What relative paths of inputs are below. Absolute. */
  readonly cwd: string;
  readonly actor: string;
  /** Between 0 and 1, as Math.random. */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted, with the error, when the process cannot go on: then the work is not waited for any longer. */
  readonly crash?: AbortSignal;
  /**
   * What must not be seen besides the action's own secrets: those of a run that this action is a part of. They are
   * masked, and kept from tested commands, like its own.
   */
  readonly confidential?: Confidential;
  /** What the host found wrong already; told together with what is wrong with the inputs. */
  readonly problems?: readonly string[];
}

/** How an action ended. Nothing in it shows a secret. */
export interface ExecutionResult {
  readonly outcome: Outcome;
  /** Whether the outcome is one of the input `ok-outcomes`. */
  readonly ok: boolean;
  /** Without `outcome`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly message?: string;
  /** There when the outcome is not a good one; its code is the outcome itself when nothing was thrown. */
  readonly error?: ErrorReport;
  /** Markdown. */
  readonly summary?: string;
  /** One sentence for each wrong input, when that is why it ended. */
  readonly problems: readonly string[];
}

/** Returns the specs of all inputs of an action: its own first, which win over the common ones of the same name. */
export function allInputs(action: AnyAction): InputSpecs {
  const own = action.inputs as InputSpecs;
  return { ...own, ...Object.fromEntries(Object.entries(commonInputs).filter(([name]) => !Object.hasOwn(own, name))) };
}

// A shorter secret is in an output by accident; replacing it there would break what the next job reads.
const shortestInOutput = 8;

/**
 * Runs an action on raw texts of inputs, in this process, and returns how it ended. Never throws: a
 * {@link TagflowError} becomes its own outcome, any other error `failed`. What goes to the log, the progress and the
 * result is masked.
 * @param texts input name → text; missing and empty are both absent
 */
export async function executeAction(
  action: AnyAction,
  texts: ReadonlyMap<string, string>,
  parts: ExecuteParts,
): Promise<ExecutionResult> {
  const specs = allInputs(action);
  const confidential = joinConfidential(confidentialInputs(specs, texts), parts.confidential);
  const forms = maskForms(confidential);
  const mask = createMasker(forms);
  const maskOutput = createMasker(forms.filter((form) => form.length >= shortestInOutput));
  const common = commonValues(texts);
  const log = atLevel(mapLog(parts.log, mask), common['log-level']);

  const fail = (error: unknown): ExecutionResult => {
    log.debug(stacksOf(error));
    const report = reportError(error);
    const outcome = error instanceof TagflowError ? error.outcome : 'failed';
    return {
      outcome,
      ok: common['ok-outcomes'].includes(outcome),
      outputs: {},
      message: mask(report.message),
      error: maskReport(report, mask),
      problems: error instanceof KitError && error.code === 'invalid-inputs' ? error.problems.map(mask) : [],
    };
  };

  // Made when it is asked for, and once: it is an automaton of all forms of all secrets.
  let redactor: ReturnType<typeof createRedactor> | null = null;
  try {
    const parsed = parseInputs(specs, texts, { cwd: parts.cwd, isFile });
    const problems = [...(parts.problems ?? []), ...(parsed.ok ? [] : parsed.problems)];
    if (!parsed.ok || problems.length > 0) throw invalidInputs(action, problems);
    parts.signal.throwIfAborted();
    const folder = typeof parts.outDir === 'string' ? { path: parts.outDir } : parts.outDir();
    if ('problem' in folder) throw invalidInputs(action, [folder.problem]);
    const result = await unlessCrash(
      parts.crash,
      action.run(parsed.values, {
        clock: parts.clock,
        log,
        progress: (event) => parts.progress({ ...event, what: mask(event.what) }),
        signal: parts.signal,
        random: parts.random,
        dryRun: common['dry-run'],
        outDir: folder.path,
        actor: parts.actor,
        childEnv: childEnv(parts.env, confidential),
        env: (name) => parts.env[name] || undefined,
        redact: () => (redactor ??= createRedactor(confidential))(),
      } satisfies ActionContext),
    );
    const outputs: Record<string, string> = {};
    for (const [name, value] of Object.entries(result.outputs)) {
      if (value === undefined) continue;
      outputs[name] = maskOutput(value);
      if (outputs[name] !== value) log.warning(`output ${name} held a secret, which was replaced with ***`);
    }
    if (result.error !== undefined) {
      const summary = result.summary === undefined ? {} : { summary: mask(result.summary) };
      return { ...fail(interruptionOf(result.error, parts.signal)), ...summary, outputs };
    }
    return {
      outcome: result.outcome,
      ok: common['ok-outcomes'].includes(result.outcome),
      outputs,
      ...described(result, mask),
      problems: [],
    };
  } catch (error) {
    return fail(interruptionOf(error, parts.signal));
  }
}

function invalidInputs({ name }: AnyAction, problems: readonly string[]): KitError {
  return new KitError('invalid-inputs', problems, {
    outcome: 'invalid',
    next: `See the inputs of ${name}: its README, or --help on the command line.`,
  });
}

function joinConfidential(own: Confidential, others: Confidential | undefined): Confidential {
  return {
    secrets: [...own.secrets, ...(others?.secrets ?? [])],
    usernames: [...(own.usernames ?? []), ...(others?.usernames ?? [])],
  };
}

/** The common inputs, even where other inputs are wrong: they decide how that is told. */
function commonValues(texts: ReadonlyMap<string, string>): InputValues<typeof commonInputs> {
  const place = { cwd: '/', isFile };
  const good = Object.entries<InputSpec>(commonInputs).flatMap(([name, spec]) => {
    const text = texts.get(name);
    return text === undefined || 'problem' in parseValue(spec, text, place) ? [] : [[name, text] as const];
  });
  const parsed = parseInputs(commonInputs, new Map(good), place);
  if (!parsed.ok) throw new KitError('bad-definition', parsed.problems);
  return parsed.values;
}

function described(
  result: ActionResult<string>,
  mask: (text: string) => string,
): Pick<ExecutionResult, 'message' | 'error' | 'summary'> {
  const summary = result.summary === undefined ? {} : { summary: mask(result.summary) };
  if (exitCode(result.outcome) === 0) {
    return { ...summary, ...(result.message === undefined ? {} : { message: mask(result.message) }) };
  }
  const message = mask(result.message ?? `it ended as ${result.outcome} and gave no reason`);
  return { ...summary, message, error: { code: result.outcome, message, causes: [] } };
}

function maskReport(report: ErrorReport, mask: (text: string) => string): ErrorReport {
  return {
    code: report.code,
    message: mask(report.message),
    ...(report.next === undefined ? {} : { next: mask(report.next) }),
    causes: report.causes.map(mask),
  };
}

/** A library that was aborted throws an error of its own: what counts is why it was aborted. */
function interruptionOf(error: unknown, signal: AbortSignal): unknown {
  const isAbort = error instanceof Error && (error.name === 'AbortError' || error.name === 'CanceledError');
  return isAbort && signal.aborted ? signal.reason : error;
}

/** Settles as `work`, or rejects with the crash when that comes first. */
async function unlessCrash<Value>(crash: AbortSignal | undefined, work: Promise<Value>): Promise<Value> {
  const { promise: crashed, reject } = Promise.withResolvers<never>();
  const onCrash = (): void => reject(crash?.reason);
  if (crash?.aborted === true) onCrash();
  else crash?.addEventListener('abort', onCrash);
  try {
    return await Promise.race([work, crashed]);
  } finally {
    crash?.removeEventListener('abort', onCrash);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
