import { checkDefinition } from './check-definition.ts';
import type { AnyAction, InputSpec } from './define.ts';
import { allInputs } from './execute-action.ts';
import { outcomeDescription } from './outcome-words.ts';
import { defaultOf } from './parse-inputs.ts';

/** The tables of an action's README, in Markdown as Prettier would lay it out, without headings. */
export interface ReadmeTables {
  readonly inputs: string;
  readonly outputs: string;
}

/**
 * Returns the tables of an action's inputs and outputs.
 * @throws KitError `bad-definition`
 */
export function readmeTables(action: AnyAction): ReadmeTables {
  checkDefinition(action);
  const inputs = Object.entries(allInputs(action)).map(([name, spec]) => {
    const text = defaultOf(spec);
    const required = spec.required === true ? 'yes' : '';
    return [`\`${name}\``, typeCell(spec), text === undefined ? '' : `\`${text}\``, required, spec.description];
  });
  const outputs = Object.entries(action.outputs).map(([name, description]) => [`\`${name}\``, description]);
  return {
    inputs: table(['Name', 'Type', 'Default', 'Required', 'Description'], inputs),
    outputs: table(['Name', 'Description'], [['`outcome`', outcomeDescription], ...outputs]),
  };
}

function typeCell(spec: InputSpec): string {
  const options = 'options' in spec ? spec.options : undefined;
  if (options === undefined) return spec.type;
  const choice = options.map((option) => `\`${option}\``).join(', ');
  return spec.type === 'list' ? `list of ${choice}` : choice;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body].map((row) => row.map(cell));
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = rows;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n') + '\n';
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
