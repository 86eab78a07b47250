import type { Client } from 'ssh2';
import type { Done } from './sftp-connection.ts';

/** What a command on the server said; `code` is null when it was ended by a signal, or no code came. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

// Enough for one digest. More is not the answer to our question, and is not kept.
const longestOutput = 4096;

/**
 * Runs a command on a channel of its own and calls back with null when the server refuses to. Its standard input ends
 * at once: a server that runs an SFTP server in place of every command would wait for packets otherwise.
 */
export function runCommand(
  client: Client,
  command: string,
  signal: AbortSignal,
  done: Done<CommandResult | null>,
): void {
  client.exec(command, (refusal, channel) => {
    if (refusal) return done(null, null);
    let output = '';
    let code: number | null = null;
    const stop = (): void => void channel.destroy();
    signal.addEventListener('abort', stop, { once: true });
    channel.on('data', (chunk: Buffer) => {
      if (output.length < longestOutput) output += chunk.toString('latin1');
    });
    // Unread words would fill the channel's window and stop the command.
    channel.stderr.resume();
    channel.on('exit', (value: number | null) => {
      code = value;
    });
    channel.on('close', () => {
      signal.removeEventListener('abort', stop);
      done(null, { code: signal.aborted ? null : code, output });
    });
    channel.end();
    if (signal.aborted) stop();
  });
}
