import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { RigRun, RoleResult } from './role-rig.ts';

/** What the program was called with. */
export interface Called {
  readonly action: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Input → what its file held, and the mode of the file. */
  readonly files: Readonly<Record<string, { readonly text: string; readonly mode: string }>>;
}

/**
 * Writes a program that stands for tagflow where a test wants to see what it gets: it tells its flags and files in the
 * output `called`, and ends as the action's name says.
 */
export function writeProgram(folder: string, outputs: Readonly<Record<string, string>> = {}): string {
  const path = join(folder, 'program.mjs');
  writeFileSync(
    path,
    `import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
const [action, ...words] = process.argv.slice(2);
const flags = Object.fromEntries(words.map((word) => [word.slice(2, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
const files = Object.fromEntries(Object.entries(flags).filter(([name, path]) => name !== 'out-dir' && existsSync(path))
  .map(([name, path]) => [name, { text: readFileSync(path, 'utf8'), mode: (statSync(path).mode & 0o777).toString(8) }]));
console.error('progress of ' + action);
if (action === 'silent') process.exit(0);
if (action === 'killed') process.kill(process.pid, 'SIGKILL');
if (action === 'slow') await new Promise((resolve) => setTimeout(resolve, 3000));
writeFileSync(flags['out-dir'] + '/set.json', ${JSON.stringify(outputs['set'] ?? '{}')});
const own = ${JSON.stringify(outputs)};
const answer = { outcome: action === 'blocked' ? 'blocked' : 'done',
  outputs: { ...own, called: JSON.stringify({ action, flags, files }), set: flags['out-dir'] + '/set.json' } };
if (action === 'blocked') answer.error = { code: 'c', message: 'two votes are missing', next: 'Wait for them.', causes: [] };
console.log(JSON.stringify(answer));
process.exit(action === 'blocked' ? 5 : 0);
`,
  );
  return path;
}

/** Returns what a job returned as `result`. */
export const resultOf = (ran: RigRun): RoleResult | undefined => ran.data['result'];

/** Returns what the program of a job was called with. */
export function calledIn(ran: RigRun): Called {
  const entry = resultOf(ran)?.files['called'];
  const packed = entry === undefined ? null : Buffer.from(entry.zlib ?? '', 'base64');
  const text = packed === null ? resultOf(ran)?.outputs['called'] : inflateSync(packed).toString();
  return JSON.parse(text ?? '{}') as Called;
}
