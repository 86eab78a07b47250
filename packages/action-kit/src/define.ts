import type { ByteRewriter } from './redact.ts';
import { type Effects, type Outcome, outcomes } from '@tagflow/model';
import type { Secret } from './secret.ts';

interface InputBase {
  /** One or two sentences for people; goes to action.yml, the README and `--help`. Never empty. */
  readonly description: string;
  readonly required?: true;
}

interface DefaultText {
  /** As the user would write it. */
  readonly default?: string;
}

/** How one input is read. The type decides what is allowed and what `run` receives. */
export type InputSpec =
  | (InputBase & DefaultText & { readonly type: 'string' | 'duration' | 'path' | 'file' })
  /** `min` and `max` are allowed themselves. */
  | (InputBase & DefaultText & { readonly type: 'integer'; readonly min?: number; readonly max?: number })
  /** `schemes`: which URL schemes are allowed, without the colon; default http and https. */
  | (InputBase & DefaultText & { readonly type: 'url'; readonly schemes?: readonly string[] })
  | (InputBase & DefaultText & { readonly type: 'enum'; readonly options: readonly string[] })
  | (InputBase & { readonly type: 'boolean'; readonly default?: 'true' | 'false' })
  /** Commas or line ends between items; empty items are dropped. */
  | (InputBase & DefaultText & { readonly type: 'list'; readonly options?: readonly string[] })
  | (InputBase & { readonly type: 'secret' });

export type InputSpecs = Readonly<Record<string, InputSpec>>;

type ValueOf<Spec extends InputSpec> = Spec extends { type: 'enum'; options: infer Options extends readonly string[] }
  ? Options[number]
  : Spec extends { type: 'boolean' }
    ? boolean
    : Spec extends { type: 'integer' | 'duration' }
      ? number
      : Spec extends { type: 'list' }
        ? readonly string[]
        : Spec extends { type: 'secret' }
          ? Secret
          : Spec extends { type: 'url' }
            ? URL
            : string;

// Lists and booleans always have a value; the others only when they are required or have a default.
type IsPresent<Spec extends InputSpec> = Spec extends
  { required: true } | { default: string } | { type: 'list' | 'boolean' }
  ? true
  : false;

/** What `run` receives: enums are unions, durations are milliseconds, an optional input may be undefined. */
export type InputValues<Specs extends InputSpecs> = {
  readonly [Name in keyof Specs]: IsPresent<Specs[Name]> extends true
    ? ValueOf<Specs[Name]>
    : ValueOf<Specs[Name]> | undefined;
};

/** What an action gets from its host besides its inputs. */
export interface ActionContext extends Effects {
  /** True when nothing may be written outside `outDir`. */
  readonly dryRun: boolean;
  /** An existing folder of this action run's own, for files that outputs name (plan, set, results). Absolute. */
  readonly outDir: string;
  /** Who started this, for plans and journals, such as `github:octocat` or `cli:root@host`. */
  readonly actor: string;
  /** Between 0 and 1, as Math.random. */
  readonly random: () => number;
  /**
   * The environment that a tested command may inherit: without the credentials that this action was given, and
   * without the host's own tokens.
   */
  readonly childEnv: Readonly<Record<string, string>>;
  /** Returns a rewriter for one stream of bytes, such as a log that others will read: it masks what is confidential. */
  readonly redact: () => ByteRewriter;
  /** An environment variable by name, for the few facts that are neither input nor secret (cache homes, CI links). */
  readonly env: (name: string) => string | undefined;
}

/** How `run` ended. `blocked`, `waiting` and `failed` may be returned with outputs; errors may be thrown as well. */
export interface ActionResult<Output extends string> {
  readonly outcome: Outcome;
  readonly outputs: { readonly [Name in Output]?: string };
  /** Markdown for the job summary. */
  readonly summary?: string;
  /** What was done, or why it is not good: one sentence. */
  readonly message?: string;
  /** What went wrong, told as if it had been thrown, with its own outcome; the outputs are kept. */
  readonly error?: unknown;
}

export interface ActionDefinition<Specs extends InputSpecs, Output extends string> {
  readonly name: string;
  /** One sentence that begins with a verb. */
  readonly description: string;
  readonly inputs: Specs;
  /** Name → description. `outcome` is added by the kit. */
  readonly outputs: Readonly<Record<Output, string>>;
  run(
    inputs: InputValues<Specs & Omit<CommonInputs, keyof Specs>>,
    context: ActionContext,
  ): Promise<ActionResult<Output>>;
}

/** An action of any inputs: what hosts, generators and the command line work with. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a definition's inputs are checked where it is defined
export type AnyAction = ActionDefinition<any, string>;

/** The inputs that every action has. An action may say more of one of them, by an input of the same name. */
export const commonInputs = {
  config: {
    type: 'path',
    description: 'The tagflow.yaml of the release. Inputs that are given win over what it says.',
  },
  phase: {
    type: 'string',
    description: 'The phase of tagflow.yaml whose settings this action takes, such as upstream or rdo-phase-1.',
  },
  'dry-run': {
    type: 'boolean',
    default: 'false',
    description: 'Write nothing. Where something would be written, say what, and end with the outcome planned.',
  },
  'ok-outcomes': {
    type: 'list',
    options: outcomes,
    default: 'done, nothing-to-do, planned',
    description: 'The outcomes that count as success for the step; the outcome output tells them apart.',
  },
  'log-level': {
    type: 'enum',
    options: ['debug', 'info', 'warning'],
    default: 'info',
    description: 'How much to say.',
  },
} as const satisfies InputSpecs;

export type CommonInputs = typeof commonInputs;

/**
 * Returns the definition with its inputs' types inferred; it is the single source of action.yml, of the README's
 * tables, of `--help` and of the check of inputs.
 */
export function defineAction<const Specs extends InputSpecs, const Output extends string>(
  definition: ActionDefinition<Specs, Output>,
): ActionDefinition<Specs, Output> {
  return definition;
}
