import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const name = process.env['INPUT_NAME'] ?? '';
const from = (process.env['INPUT_PATH'] ?? '').trim();
const kept = join(process.env['TAGFLOW_ARTIFACTS'] ?? '', name);

if (process.env['TAGFLOW_ARTIFACTS'] === undefined || !/^[^/\\:*?"<>|\r\n]+$/.test(name)) {
  // GitHub refuses the same characters.
  fail(`an artifact cannot be named "${name}"`);
} else if (from === '' || !existsSync(from)) {
  if (process.env['INPUT_IF-NO-FILES-FOUND'] === 'error') fail(`there is no file ${from}`);
  else console.log(`::warning::there is no file ${from}`);
} else if (existsSync(kept) && process.env['INPUT_OVERWRITE'] !== 'true') {
  fail(`there is an artifact named ${name} already`);
} else {
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  cpSync(from, statSync(from).isDirectory() ? kept : join(kept, basename(from)), { recursive: true });
  console.log(`kept ${from} as ${name}`);
}

function fail(why: string): void {
  console.log(`::error::${why}`);
  process.exitCode = 1;
}
