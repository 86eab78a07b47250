import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { executeAction, systemClock } from '@tagflow/action-kit';
import { action as promoteSymlink } from '@tagflow/promote-symlink';

// A process that promotes what it is told to, one line of JSON with inputs after the other, and answers each with one
// line. It starts once, so that a hundred rounds do not cost a hundred starts.

const quiet = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const actor = process.argv[2] ?? 'promoter';
const folder = process.argv[3] ?? '.';

for await (const line of createInterface({ input: process.stdin })) {
  const inputs = JSON.parse(line) as Record<string, string>;
  const result = await executeAction(promoteSymlink, new Map(Object.entries(inputs)), {
    clock: systemClock,
    signal: new AbortController().signal,
    log: quiet,
    progress: () => undefined,
    outDir: await mkdtemp(join(folder, 'out-')),
    cwd: folder,
    actor,
    random: Math.random,
    env: process.env as Record<string, string>,
  });
  const { outcome, message, error } = result;
  process.stdout.write(`${JSON.stringify({ outcome, message: error?.message ?? message ?? '' })}\n`);
}
