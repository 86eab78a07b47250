import { allInputs, type AnyAction } from '@tagflow/action-kit';
import { exitCode, outcomes } from '@tagflow/model';

/** One input, as those who give it depend on it. */
export interface InputForm {
  readonly type: string;
  readonly required?: true;
  readonly default?: string;
  readonly options?: readonly string[];
  readonly schemes?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/**
 * What the users of an action, or of the pipelines, depend on. It is kept with every release: action.yml knows no
 * types, no options and no exit codes, and a README's tables are text for people.
 */
export interface Definition {
  /** Input → form. An input of a workflow is `phase-x.yml: name`, a secret of it `phase-x.yml: secret NAME`. */
  readonly inputs: Readonly<Record<string, InputForm>>;
  readonly outputs: readonly string[];
  /** Outcome → exit code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What it runs on, such as `node24`; null for workflows. */
  readonly runs: string | null;
  /** The workflows that others can call. */
  readonly workflows: readonly string[];
  /** What a caller has to grant: `phase-x.yml: contents` → `read` or `write`. */
  readonly permissions: Readonly<Record<string, string>>;
}

// What a URL may begin with where an input does not say it.
const usualSchemes = ['http', 'https'];

/** Returns what users of an action depend on. `runs` is that of its action.yml. */
export function definitionOf(action: AnyAction, runs: string): Definition {
  const inputs = Object.entries(allInputs(action)).map(([name, { description: _, ...form }]) => {
    return [name, form.type === 'url' ? { ...form, schemes: form.schemes ?? usualSchemes } : form];
  });
  return {
    inputs: Object.fromEntries(inputs) as Definition['inputs'],
    outputs: ['outcome', ...Object.keys(action.outputs)],
    outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome, exitCode(outcome)])),
    runs,
    workflows: [],
    permissions: {},
  };
}
