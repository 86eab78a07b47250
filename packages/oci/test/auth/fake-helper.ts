import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a program `docker-credential-<name>` behaves. */
export interface HelperScript {
  readonly name: string;
  /** By address: an answer, or a text that is said with exit code 1. Any other address is not found. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** It never ends by itself. */
  readonly hangs?: boolean;
}

export interface FakeHelper {
  /** Where the program lies; a PATH. */
  readonly folder: string;
  /** What it was asked, such as `get quay.io`. */
  calls(): Promise<readonly string[]>;
}

/** Makes the program. */
export async function fakeHelper({ name, answers = {}, hangs = false }: HelperScript): Promise<FakeHelper> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-helper-'));
  const calls = join(folder, 'calls');
  const program = join(folder, `docker-credential-${name}`);
  await writeFile(calls, '');
  await writeFile(
    program,
    `#!${process.execPath}
    const { appendFileSync, readFileSync } = require('node:fs');
    const address = readFileSync(0, 'utf8');
    appendFileSync(${JSON.stringify(calls)}, process.argv.slice(2).join(' ') + ' ' + address + '\\n');
    if (${hangs}) setInterval(() => {}, 1000);
    else {
      const answer = (${JSON.stringify(answers)})[address] ?? 'credentials not found in native keychain';
      process.exitCode = typeof answer === 'string' ? 1 : 0;
      process.stdout.write(typeof answer === 'string' ? answer + '\\n' : JSON.stringify(answer));
    }
    `,
  );
  await chmod(program, 0o755);
  return {
    folder,
    calls: async () => (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}
