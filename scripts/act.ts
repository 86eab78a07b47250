import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLab } from '@tagflow/lab';
import type { ActEvent } from './act-events.ts';
import { runAct } from './run-act.ts';
import { findTool } from './tools.ts';
import { root } from './workspaces.ts';

// usage: node scripts/act.ts [--verbose] [phase …]
//   Runs promotion.yml, or the workflows of the named phases one after another, in a lab of their own.
//   --verbose  everything that the steps print

const exec = promisify(execFile);
const words = process.argv.slice(2);
const verbose = words.includes('--verbose');
const phases = words.filter((word) => word !== '--verbose');
const workflows = phases.length === 0 ? ['promotion.yml'] : phases.map((phase) => `phase-${phase}.yml`);

const problem = await findProblem();
if (problem !== null) {
  console.error(problem);
  process.exitCode = 2;
} else {
  process.exitCode = await runAll();
}

/** Returns why there is nothing to run, or null. */
async function findProblem(): Promise<string | null> {
  const known = globSync('phase-*.yml', { cwd: join(root, '.github/workflows') }).map((file) => file.slice(6, -4));
  const unknown = phases.filter((phase) => !known.includes(phase));
  if (unknown.length > 0) return `no phase is named ${unknown.join(', ')}; there are ${known.toSorted().join(', ')}`;
  if (findTool('act') === null) return 'act is not installed: run scripts/install-peers.sh';
  try {
    await exec(process.execPath, [join(root, 'scripts/build.ts'), '--check']);
    return null;
  } catch {
    return 'dist/ is missing or older than the sources: run npm run build';
  }
}

async function runAll(): Promise<number> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  const lab = await startLab({ self: [process.execPath, join(root, 'dist/tagflow.js')] });
  try {
    for (const workflow of workflows) {
      const started = performance.now();
      console.log(`${workflow}, with act, against a lab in ${lab.root}`);
      const run = await runAct({ lab, workflow, onEvent: tell, signal: stopped.signal });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${workflow}: ${run.exitCode === 0 ? 'succeeded' : 'failed'} in ${seconds} s`);
      // A later phase would only go on from where the labels were before.
      if (run.exitCode !== 0) return 1;
    }
    return 0;
  } finally {
    await lab.close();
  }
}

function tell({ job, step, message, raw, stepResult }: ActEvent): void {
  // Each action's last line says how it ended; an annotation says why it failed.
  const isEnd = raw && /^[a-z-]+: [a-z-]+(?:$|: )/.test(message);
  const [, reason] = /::error(?: [^:]*)?::(.*)/.exec(message) ?? [];
  if (isEnd || (raw && verbose)) console.log(`  ${job}  ${message}`);
  else if (reason !== undefined) console.log(`  ${job}  ${reason}`);
  else if (!raw && stepResult === 'failure') console.log(`  ${job}  FAILED: ${step}`);
}
