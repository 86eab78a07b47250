import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root as top } from '../../../scripts/workspaces.ts';
import { type CommandRun, runMeasured } from '../measured-command.ts';
import type { BenchTask } from './tools.ts';

const prefix = 'tripleomaster/centos-binary-';

/**
 * Runs tag-and-push-containers once, as users run it: a new process of the built command. `dist/` is taken as it is:
 * `npm run build` comes first, or what was built before is measured.
 */
export async function runOurs(task: BenchTask, root: string): Promise<CommandRun> {
  const { command, folder } = await prepareOurs(task, root);
  return runMeasured(command, { cwd: folder, env: { HOME: folder } });
}

/**
 * Returns the command of a task, and the folder that it runs in. The tag of the source is the full hash; in a retag the
 * other one is a tag besides it.
 */
export async function prepareOurs(
  task: BenchTask,
  root: string,
): Promise<{ readonly command: readonly [string, ...string[]]; readonly folder: string }> {
  const folder = join(root, 'ours');
  await mkdir(folder, { recursive: true });
  const list = join(folder, 'containers');
  await writeFile(list, `${task.repositories.map((repository) => repository.slice(prefix.length)).join('\n')}\n`);
  const isRetag = task.sourceHost === task.targetHost;
  const inputs: Readonly<Record<string, string>> = {
    source: `http://${task.sourceHost}/tripleomaster`,
    destinations: `http://${task.targetHost}/tripleomaster`,
    'name-pattern': 'centos-binary-{name}',
    containers: list,
    'full-hash': task.sourceTag,
    release: 'master',
    ...(isRetag ? { tags: task.targetTag } : {}),
  };
  const flags = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  return { folder, command: [process.execPath, join(top, 'dist', 'tagflow.js'), 'tag-and-push-containers', ...flags] };
}
