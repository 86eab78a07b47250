// The builder of the tests: leaves what its arguments say. `name=text` is a file, `log` prints what it was told.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';

for (const argument of argv.slice(2)) {
  const [name = '', text = ''] = argument.split('=');
  if (name === 'exit') exit(Number(text));
  else if (name === 'log') console.log(`${text}: ${env[text] ?? 'nothing'}`);
  else writeFileSync(join(env['TAGFLOW_OUT_DIR'] ?? '', name), text.replaceAll('/', '\n'));
}
