import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliIo, executeAction, type ExecutionResult } from '@tagflow/action-kit';
import { loadConfig } from '@tagflow/config';
import { startLab } from '@tagflow/lab';
import { exitCode, type Log } from '@tagflow/model';
import { formatLabels, readLabels } from './labels.ts';
import { writeZoneConfigs } from './lab-up.ts';
import { noColours, colours } from './render.ts';
import { createRunAction } from './run.ts';
import type { Display } from './display.ts';

export const demoHelp = `tagflow demo

Starts a lab on 127.0.0.1, runs the four promotion phases in it, shows where
each label points afterwards, and ends the lab. It takes no flags; npm start is
the same.
`;

/**
 * Runs `npm start`: a lab, the four phases in it, and where each label points afterwards.
 * @param self how a command line of this tagflow begins
 */
export async function demo(io: CliIo, self: readonly string[], display: () => Display): Promise<number> {
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  const paint = io.isTTY ? colours : noColours;
  const lab = await startLab({ self });
  try {
    const files = await writeZoneConfigs(lab);
    const env = lab.env();
    say(`${paint('bold', 'tagflow lab')}: a DLRN, two registries, an image server and a CI on 127.0.0.1`);
    say('');
    const quiet: Log = {
      debug: () => undefined,
      info: () => undefined,
      warning: (message) => say(`warning: ${message}`),
    };
    const parts = { ...io, env: { ...io.env, ...env }, log: quiet, progress: () => undefined };
    const outDir = join(lab.root, 'out');
    await mkdir(outDir, { recursive: true });
    const run = createRunAction({ env: parts.env, cwd: io.cwd, display });
    const password = env['DLRN_PASSWORD'] ?? '';
    let result: ExecutionResult | null = null;
    for (const config of files) {
      result = await executeAction(run, new Map(Object.entries({ config, password })), { ...parts, outDir });
      if (!result.ok) break;
    }
    const place = { secrets: {}, effects: parts, env: (name: string) => parts.env[name] };
    const labels = await Promise.all(files.map(async (file) => readLabels(await loadConfig(file), place)));
    say('');
    for (const [index, line] of formatLabels(labels.flat()).entries()) say(index === 0 ? paint('bold', line) : line);
    say('');
    if (result?.ok !== true) {
      say(`${result?.outcome ?? 'failed'}: ${result?.message ?? ''}`);
      return exitCode(result?.outcome ?? 'failed');
    }
    for (const line of nextSteps) say(line);
    return 0;
  } finally {
    await lab.close();
  }
}

const nextSteps = [
  'What to try next:',
  '  npx tagflow lab up                          a lab that keeps running, and its tagflow.yaml',
  '  npx tagflow lab up -- sh -c \'npx tagflow run upstream --config "$TAGFLOW_CONFIG" --password-env DLRN_PASSWORD\'',
  '  npx tagflow get-repo-hash --help            one action, with its inputs and outputs',
  '  npm run act                                 the same phases as GitHub workflows, offline',
];
