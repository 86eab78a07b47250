import { type AnyAction, commonInputs, type InputSpec, readmeTables } from '@tagflow/action-kit';

/** The lines of a definition's tables, without the inputs that everything has. */
export interface DefinitionTables {
  readonly inputs: string;
  readonly outputs: string;
}

/** Returns the tables of a definition as its README has them; as `flags` they are what a person types. */
export function definitionTables(action: AnyAction, { asFlags = false } = {}): DefinitionTables {
  const { inputs, outputs } = readmeTables(action);
  const own = action.inputs as Readonly<Record<string, InputSpec>>;
  const kept = inputs
    .trim()
    .split('\n')
    .filter((line) => {
      const name = nameOf(line);
      return name === '' || Object.hasOwn(own, name) || !Object.hasOwn(commonInputs, name);
    });
  const shown = asFlags ? kept.map((line) => asFlag(line, own)) : kept;
  return { inputs: shown.length > 2 ? shown.join('\n') : '', outputs: outputs.trim() };
}

/** Returns the table of the inputs that everything has. */
export function commonTable({ asFlags = false } = {}): string {
  const nothing = { name: 'common', description: 'Everything.', inputs: {}, outputs: {} };
  const lines = readmeTables({ ...nothing, run: () => Promise.reject(new Error('it is only looked at')) })
    .inputs.trim()
    .split('\n');
  return (asFlags ? lines.map((line) => asFlag(line, commonInputs)) : lines).join('\n');
}

/** Returns the names of the secrets of a definition. */
export function secretsOf(action: AnyAction): readonly string[] {
  const own = action.inputs as Readonly<Record<string, InputSpec>>;
  return Object.keys(own).filter((name) => own[name]?.type === 'secret');
}

function nameOf(line: string): string {
  return /^\| `([^`]+)`/.exec(line)?.[1] ?? '';
}

function asFlag(line: string, specs: Readonly<Record<string, InputSpec>>): string {
  const name = nameOf(line);
  if (name === '') return line.replace('| Name', '| Flag');
  const flags = specs[name]?.type === 'secret' ? [`${name}-file`, `${name}-env`] : [name];
  return line.replace(`\`${name}\``, flags.map((flag) => `\`--${flag}\``).join(', '));
}
