import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type Answered, blocks, shell, tagflow } from './docs-page.ts';

/**
 * Writes the scripts of a page, each under the name that its first comment says, and those that it leaves to its reader:
 * lines for /bin/sh by their paths. What is in `bin` is on the path of {@link spawnHere}.
 */
export async function writeScripts(
  folder: string,
  page: string,
  played: Readonly<Record<string, string>>,
): Promise<void> {
  const shown = blocks(page, 'bash').map((script) => [/^# (ci\/\S+)$/m.exec(script)?.[1] ?? '', script] as const);
  const own = Object.entries({ 'bin/npx': `shift\nexec ${tagflow} "$@"`, ...played });
  for (const [path, script] of [
    ...shown,
    ...own.map(([path, lines]) => [path, `#!/bin/sh\nset -eu\n${lines}`] as const),
  ]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${script}\n`);
    await chmod(join(folder, path), 0o755);
  }
}

/** Runs a command line of tagflow as a process in the folder, with what that starts in turn. */
export async function spawnHere(command: string, folder: string, env: NodeJS.ProcessEnv): Promise<Answered> {
  const path = [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter);
  const { error, stdout, stderr } = await shell(command, folder, { ...env, PATH: path });
  if (stdout === '') throw error ?? new Error(stderr);
  return { ...(JSON.parse(stdout) as Omit<Answered, 'said'>), said: stderr };
}
