import { reservedFlags, secretFlags } from './cli-flags.ts';
import type { AnyAction, InputSpec, InputSpecs } from './define.ts';
import { KitError } from './errors.ts';
import { allInputs } from './execute-action.ts';
import { defaultOf } from './parse-inputs.ts';
import { parseValue } from './parse-value.ts';

// These the hosts read themselves; of `config` and `phase` an action may say more, such as that it needs them.
const hostInputs: readonly string[] = ['dry-run', 'ok-outcomes', 'log-level'];
const kebabCase = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
// An output may have the name that a predecessor's has: GitHub allows both.
const snakeCase = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/**
 * Returns the action when its definition can be turned into action.yml, flags and tables.
 * @throws KitError `bad-definition` with one sentence for each thing that is wrong: a name that is not kebab-case, an
 * empty description, a default that the input itself would refuse, a name that a common input, a flag of the command
 * line or the output `outcome` has.
 */
export function checkDefinition(action: AnyAction): AnyAction {
  const problems: string[] = [];
  const own = action.inputs as InputSpecs;
  checkName('action', action.name, action.description, problems);
  for (const [name, spec] of Object.entries(own)) {
    if (hostInputs.includes(name)) problems.push(`input "${name}" is one of the inputs that every action has`);
    problems.push(...flagProblems(name, spec, own));
  }
  for (const [name, spec] of Object.entries(allInputs(action))) {
    checkName('input', name, spec.description, problems);
    problems.push(...defaultProblems(name, spec));
  }
  for (const [name, description] of Object.entries(action.outputs)) {
    checkName('output', name, description, problems);
    if (name === 'outcome') problems.push('output "outcome" is added by the kit');
  }
  if (problems.length > 0) {
    throw new KitError(
      'bad-definition',
      problems.map((problem) => `action ${action.name}: ${problem}`),
    );
  }
  return action;
}

function checkName(kind: string, name: string, description: string, problems: string[]): void {
  const isNamedWell = kebabCase.test(name) || (kind === 'output' && snakeCase.test(name));
  if (!isNamedWell) problems.push(`${kind} "${name}" is not named in kebab-case`);
  if (description.trim() === '') problems.push(`${kind} "${name}" has no description`);
}

function flagProblems(name: string, spec: InputSpec, specs: InputSpecs): readonly string[] {
  if (reservedFlags.includes(name)) return [`input "${name}" has the name of a flag that every command has`];
  if (spec.type !== 'secret') return [];
  return secretFlags(name)
    .filter((flag) => Object.hasOwn(specs, flag))
    .map((flag) => `input "${flag}" has the name of a flag of the secret "${name}"`);
}

function defaultProblems(name: string, spec: InputSpec): readonly string[] {
  const text = defaultOf(spec);
  if (text === undefined) return [];
  if (spec.required === true) return [`input "${name}" is required and has a default: only one of them can count`];
  // Whether a default file is there is for the machine that runs the action to say.
  const parsed = parseValue(spec, text, { cwd: '/', isFile: () => true });
  return 'problem' in parsed ? [`input "${name}": the default ${parsed.problem}`] : [];
}
