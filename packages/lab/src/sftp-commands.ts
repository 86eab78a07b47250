import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ServerChannel } from 'ssh2';

// `openssl dgst -sha256 -r <'/path' …`: what follows is the answer of a shell to a machine without openssl.
const digestCommand = /^openssl dgst -sha256 -r <((?:'[^']*'|\\')+)(?: |$)/;

/** Answers the one command that the lab knows as a shell on a machine with openssl would, and others with 127. */
export async function answerDigestCommand(root: string, command: string, channel: ServerChannel): Promise<void> {
  channel.resume();
  const [code, out, error] = await run(root, command);
  channel.stderr.write(error);
  channel.write(out);
  channel.exit(code);
  channel.end();
}

async function run(root: string, command: string): Promise<readonly [code: number, out: string, error: string]> {
  const quoted = digestCommand.exec(command)?.[1];
  if (quoted === undefined) return [127, '', 'sh: not found\n'];
  const path = quoted.replace(/'([^']*)'|\\(')/g, (_all, plain: string | undefined, quote: string) => plain ?? quote);
  try {
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) throw new Error('outside');
    return [
      0,
      `${createHash('sha256')
        .update(await readFile(real))
        .digest('hex')} *stdin\n`,
      '',
    ];
  } catch {
    return [1, '', `sh: cannot open ${path}\n`];
  }
}
