// The builder of the tests: leaves what its arguments say. `name=text` is a file whose lines "/" separates, `log=NAME`
// prints what it was told, `read=NAME` the file, `repo` leaves the repository file that it was given, `link=name=target` a link, `hang` stays.
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';

const out = (name: string): string => join(env['TAGFLOW_OUT_DIR'] ?? '', name);

for (const argument of argv.slice(2)) {
  const [name = '', text = '', target = ''] = argument.split('=');
  if (name === 'exit') exit(Number(text));
  else if (name === 'log') console.log(`${text}: ${env[text] ?? 'nothing'}`);
  else if (name === 'read') console.log(`${text}: ${JSON.stringify(readFileSync(env[text] ?? '', 'utf8'))}`);
  else if (name === 'repo') copyFileSync(env['TAGFLOW_REPO_FILE'] ?? '', out('delorean.repo'));
  else if (name === 'link') symlinkSync(target, out(text));
  else if (name === 'hang') setInterval(() => undefined, 1000);
  else writeFileSync(out(name), text.replaceAll('/', '\n'));
}
