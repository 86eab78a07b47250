import { type AnyAction, type CliIo, systemClock } from '@tagflow/action-kit';
import { commands } from '../../packages/cli/src/commands.ts';
import { demoHelp } from '../../packages/cli/src/demo.ts';
import { labHelp } from '../../packages/cli/src/lab-up.ts';
import { createRunAction } from '../../packages/cli/src/run.ts';
import { allActions } from './actions.ts';
import { commonTable, definitionTables } from './input-rows.ts';
import { page } from './markdown.ts';

// Definitions are only looked at here, and nothing of them is run.
const host: CliIo = {
  ...{ env: {}, cwd: '/', clock: systemClock, random: () => 0, actor: 'reference', isTTY: false },
  signal: new AbortController().signal,
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
};

interface Described {
  readonly name: string;
  readonly usage: string;
  readonly action: AnyAction;
  /** The flags that the first words stand for. */
  readonly words: readonly string[];
}

/** Returns every command that is no action, as its definition has it. */
export async function allCommands(): Promise<readonly Described[]> {
  const display = (): never => {
    throw new Error('nothing is shown here');
  };
  const run = createRunAction({ ...host, display });
  const others = Object.entries(commands).map(async ([name, command]) => ({
    ...{ name, usage: command.usage, words: command.words },
    action: await command.load(host),
  }));
  return [{ name: 'run', usage: 'tagflow run [PHASE ...]', action: run, words: [] }, ...(await Promise.all(others))];
}

/** Returns the page of all commands and their flags. */
export async function commandsPage(): Promise<string> {
  const actions = await allActions();
  return page(
    '# Commands',
    'Every command prints one JSON object `{outcome, outputs, error?}` on stdout and words on stderr; its exit code is that of its [outcome](actions.md#how-each-of-them-ends). `--help` prints what is here.',
    '## Flags of every command',
    commonTable({ asFlags: true }),
    '`--out-dir PATH` says where files go that outputs name. Default: a new folder of temporary files.',
    ...(await allCommands()).flatMap(({ name, usage, action, words }) => {
      const { inputs, outputs } = definitionTables(action, { asFlags: true });
      const stand =
        words.length === 0 ? [] : [`The first words are ${[...new Set(words)].map((w) => `\`--${w}\``).join(', ')}.`];
      return [
        `## ${name}`,
        `\`${usage}\``,
        [action.description, ...stand].join(' '),
        inputs === '' ? 'No flags of its own.' : inputs,
        outputs,
      ];
    }),
    '## Actions as commands',
    `${actions.map(({ name }) => `[\`tagflow ${name}\`](actions.md#${name})`).join(', ')}: their inputs are the flags.`,
    '## lab',
    ['```text', labHelp.trim(), '```'].join('\n'),
    '## demo',
    ['```text', demoHelp.trim(), '```'].join('\n'),
  );
}
