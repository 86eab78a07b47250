import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { cwd as currentFolder } from 'node:process';
import type { RunRequest } from './runner.ts';

// What execvp(3) takes where the environment has no PATH, and what shells take.
const usualPath = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);

/** Returns why the command of the request cannot be started, as half a sentence; null when it looks as if it could. */
export async function whyUnstartable({ command, env, cwd }: RunRequest): Promise<string | null> {
  const [program = ''] = command;
  if (program === '') return 'the command is empty';
  const folder = cwd ?? currentFolder();
  if ((await kindOf(folder)) !== 'folder') return `there is no folder ${folder}`;
  const places = program.includes('/') ? [''] : (env['PATH'] ?? usualPath).split(delimiter);
  const kinds = await Promise.all(places.map((place) => kindOf(resolve(folder, place, program))));
  if (kinds.includes('program')) return null;
  if (kinds.includes('file')) return `"${program}" may not be executed`;
  return kinds.includes('folder') ? `"${program}" is a folder` : `there is no program "${program}"`;
}

async function kindOf(path: string): Promise<'program' | 'file' | 'folder' | null> {
  try {
    if ((await stat(path)).isDirectory()) return 'folder';
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    return executable ? 'program' : 'file';
  } catch {
    return null;
  }
}
