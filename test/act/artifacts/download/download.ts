import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const name = process.env['INPUT_NAME'] ?? '';
const to = (process.env['INPUT_PATH'] ?? '').trim();
const kept = join(process.env['TAGFLOW_ARTIFACTS'] ?? '', name);

if (name === '' || !existsSync(kept)) {
  console.log(`::error::there is no artifact named ${name}`);
  process.exitCode = 1;
} else {
  cpSync(kept, to, { recursive: true });
  console.log(`copied ${name} to ${to}`);
}
