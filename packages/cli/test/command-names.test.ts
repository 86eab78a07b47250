import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { labCommands } from '@tagflow/lab';
import { actionNames } from '../src/catalogue.ts';
import { commands as ownCommands } from '../src/commands.ts';

const root = join(import.meta.dirname, '../../..');
const commands = ['run', 'demo', 'lab', 'help', ...Object.keys(ownCommands), ...actionNames];

/**
 * Where a text tells a command line, and not of tagflow: at its begin, after the words and signs that lead to one, or
 * where npx does. `The newer tagflow that wrote it` is no command line.
 */
const told = /(?:^|['"`([]|[Rr]un |[Ss]ee |or |with |npx |: )tagflow ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g;

function commandsIn(line: string): readonly (readonly [command: string, next: string])[] {
  return [...line.trim().matchAll(told)].map(([, command = '', next = '']) => [command, next]);
}

test('commands are found in texts, and prose is not taken for one', (t) => {
  const words = (line: string) => commandsIn(line).map(([command]) => command);
  t.deepEqual(words("next: 'Run tagflow doctor to see it, or tagflow resume after it.',"), ['doctor', 'resume']);
  t.deepEqual(words('Look at the label (tagflow show), then'), ['show']);
  t.deepEqual(words("'half-done': 'kinds differ: tagflow resume',"), ['resume']);
  t.deepEqual(words('  tagflow lab up [-- COMMAND ...]'), ['lab']);
  t.deepEqual(words('Use the newer tagflow that wrote it; this tagflow reads others'), []);
});

test('every command that a text names exists', (t) => {
  const files = globSync(['packages/*/src/**/*.ts', 'actions/*/src/**/*.ts'], { cwd: root });
  t.true(files.length > 100, 'the sources were found');
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        commandsIn(line).map(([command, next]) => ({ place: `${file}:${index + 1}`, command, next })),
      ),
  );
  t.true(found.length > 5, 'commands were found');
  const unknown = found.filter(({ command, next }) => {
    if (!commands.includes(command)) return true;
    return command === 'lab' && next !== '' && !['up', ...labCommands].includes(next);
  });
  t.deepEqual(
    unknown.map(({ place, command, next }) => `${place}: tagflow ${command} ${next}`),
    [],
  );
});
