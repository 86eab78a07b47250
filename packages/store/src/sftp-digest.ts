import type { SftpConnection } from './sftp-connection.ts';

// A slow disk under a slow sum: 20 MB/s.
const fixedMs = 30_000;
const bytesPerMs = 20_000;
// Remembered for each connection: a server that runs no commands is asked once.
const silent = new WeakSet<SftpConnection>();

/**
 * Returns the sha256 (64 hex digits) of a file as a command on its own machine computes it, null where none does.
 * openssl comes first: it uses the processor's own instructions, coreutils' sha256sum often not. A server that died
 * under it is found by the connection's keep-alives; the time-out is for commands that never end.
 * @param size bytes of the file, for the time-out
 */
export async function digestByCommand(
  connection: SftpConnection,
  path: string,
  size: number,
  signal: AbortSignal,
): Promise<string | null> {
  const command = digestCommand(path);
  if (command === null || silent.has(connection)) return null;
  const timeOut = AbortSignal.timeout(fixedMs + Math.ceil(size / bytesPerMs));
  const result = await connection.run(command, AbortSignal.any([signal, timeOut]));
  signal.throwIfAborted();
  const digest = result?.code === 0 ? digestIn(result.output) : null;
  // Another code without a word is what shells and tools say of a file that cannot be read, and so of it alone.
  const isOfTheFile = result?.output === '' && ![null, 0, 126, 127].includes(result.code);
  if (digest === null && !isOfTheFile) silent.add(connection);
  return digest;
}

/**
 * Returns the command for a file, null for names that a shell could read in another way (fish knows backslashes inside
 * single quotes). The file comes in as standard input: no name can look like an option or change the output.
 */
export function digestCommand(path: string): string | null {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return null;
  const quoted = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  return `openssl dgst -sha256 -r <${quoted} || sha256sum <${quoted}`;
}

// "hex *stdin" of openssl, "hex  -" of sha256sum.
function digestIn(output: string): string | null {
  return /^([0-9a-f]{64})(?: [ *](?:-|stdin|\(stdin\)))?\r?\n$/.exec(output)?.[1] ?? null;
}
