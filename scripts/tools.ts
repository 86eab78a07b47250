import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where `scripts/install-peers.sh` puts what the system does not have. */
export const toolsFolder = process.env['TAGFLOW_TOOLS'] ?? join(homedir(), '.cache', 'tagflow');

/**
 * Returns the absolute path of a peer or tool, or null where this machine does not have it. `name` is a command
 * (`skopeo`), or `dlrn/…` and `lint/…` for one of a virtual environment (`dlrn/dlrnapi`).
 */
export function findTool(name: string): string | null {
  const [environment, command] = name.split('/');
  const candidates =
    command === undefined
      ? // sbin: where Debian has sshd and nginx, which the PATH of a plain user leaves out
        [join(toolsFolder, 'bin'), ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].map(
          (folder) => join(folder, name),
        )
      : [join(toolsFolder, environment ?? '', 'bin', command)];
  return candidates.find(isExecutable) ?? null;
}

/**
 * Returns the absolute path of a peer or tool.
 * @throws Error that says how to install it.
 */
export function tool(name: string): string {
  const found = findTool(name);
  if (found === null) throw new Error(`${name} is not installed: run scripts/install-peers.sh`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
