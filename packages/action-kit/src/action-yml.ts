import { checkDefinition } from './check-definition.ts';
import type { AnyAction, InputSpec } from './define.ts';
import { allInputs } from './execute-action.ts';
import { allowedValue } from './input-types.ts';
import { outcomeDescription } from './outcome-words.ts';
import { defaultOf } from './parse-inputs.ts';

/**
 * Returns the text of an action's action.yml, laid out as Prettier would. It names the built file in the repository's
 * one dist folder.
 * @throws KitError `bad-definition`
 */
export function actionYml(action: AnyAction): string {
  checkDefinition(action);
  const lines = [
    '# Generated from src/action.ts: npm run generate',
    `name: ${scalar(`tagflow ${action.name}`)}`,
    `description: ${scalar(action.description)}`,
    `author: ${scalar('tagflow')}`,
    'inputs:',
  ];
  for (const [name, spec] of Object.entries(allInputs(action))) {
    lines.push(`  ${name}:`, `    description: ${scalar(describeInput(spec))}`);
    lines.push(`    required: ${String(spec.required === true)}`);
    const text = defaultOf(spec);
    if (text !== undefined) lines.push(`    default: ${scalar(text)}`);
  }
  lines.push('outputs:');
  for (const [name, description] of [['outcome', outcomeDescription] as const, ...Object.entries(action.outputs)]) {
    lines.push(`  ${name}:`, `    description: ${scalar(description)}`);
  }
  lines.push('runs:', '  using: node24', `  main: ${scalar(`../../dist/${action.name}.js`)}`);
  return `${lines.join('\n')}\n`;
}

/** GitHub shows a description and no type, so what is allowed is said there, where the type leaves a question. */
function describeInput(spec: InputSpec): string {
  const isClear = ['string', 'secret', 'path', 'file', 'url'].includes(spec.type);
  return isClear ? spec.description : `${spec.description} (${allowedValue(spec)})`;
}

/** Returns a YAML scalar in quotes: single ones unless the text itself holds some. */
function scalar(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.includes("'") && !/["\\]/.test(line) ? `"${line}"` : `'${line.replaceAll("'", "''")}'`;
}
