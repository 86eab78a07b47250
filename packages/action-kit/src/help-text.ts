import { exitCode, type Outcome, outcomes } from '@tagflow/model';
import { secretFlags } from './cli-flags.ts';
import type { AnyAction, InputSpec } from './define.ts';
import { allInputs } from './execute-action.ts';
import { allowedValue, typeWord } from './input-types.ts';
import { outcomeDescription, outcomeMeanings } from './outcome-words.ts';
import { defaultOf } from './parse-inputs.ts';

const width = 80;

/** Returns the words of `--help`. `command` is what a person types to run the action. */
export function helpText(action: AnyAction, command: string): string {
  const specs = Object.entries(allInputs(action));
  const required = specs.filter(([, spec]) => spec.required === true).map(([name, spec]) => usageOf(name, spec));
  return [
    wrap(action.description, 0),
    '',
    'Usage:',
    wrap([command, ...required, '[flags]'].join(' '), 2),
    '',
    'Inputs:',
    ...specs.flatMap(([name, spec]) => entry(flagOf(name, spec), inputWords(spec))),
    '',
    'Command line:',
    ...entry('--out-dir PATH', 'Where files go that outputs name. Default: a new folder of temporary files.'),
    ...entry('--help', 'Write this, and run nothing.'),
    '',
    'Outputs, as one JSON object {outcome, outputs, error?} on stdout:',
    ...entry('outcome', outcomeDescription),
    ...Object.entries(action.outputs).flatMap(([name, description]) => entry(name, description)),
    '',
    'Exit codes, and the outcomes that they stand for:',
    ...outcomes.flatMap((outcome: Outcome) =>
      entry(`${String(exitCode(outcome))} ${outcome}`, outcomeMeanings[outcome]),
    ),
    ...entry('', 'With --ok-outcomes, 0 for the outcomes in it, and never 0 for another one.'),
    '',
  ].join('\n');
}

function usageOf(name: string, spec: InputSpec): string {
  if (spec.type !== 'secret') return flagOf(name, spec);
  const [file, env] = secretFlags(name);
  return `(--${file} PATH | --${env} NAME)`;
}

function flagOf(name: string, spec: InputSpec): string {
  if (spec.type === 'boolean') return `--${name}[=false]`;
  if (spec.type !== 'secret') return `--${name} ${typeWord(spec).split(' ')[0]?.toUpperCase() ?? ''}`;
  const [file, env] = secretFlags(name);
  return `--${file} PATH, --${env} NAME`;
}

function inputWords(spec: InputSpec): string {
  const text = defaultOf(spec);
  const isClear = ['string', 'boolean', 'path'].includes(spec.type);
  const facts = [
    ...(spec.required === true ? ['required'] : []),
    ...(spec.type === 'secret' ? ['secret, never taken from the command line itself'] : []),
    ...(isClear || spec.type === 'secret' ? [] : [allowedValue(spec)]),
    ...(text === undefined ? [] : [`default ${text}`]),
  ];
  return facts.length === 0 ? spec.description : `${spec.description} (${facts.join('; ')})`;
}

function entry(left: string, right: string): readonly string[] {
  return [...(left === '' ? [] : [`  ${left}`]), wrap(right, 6)];
}

function wrap(text: string, indent: number): string {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(margin + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, margin + line].join('\n');
}
