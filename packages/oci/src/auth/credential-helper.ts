import type { ExecFileException } from 'node:child_process';
import type { RegistryCredentials } from './credentials.ts';
import { OciError } from '../error.ts';

export interface HelperOptions {
  /** Default 15 000. */
  readonly timeoutMs?: number;
  /** The environment of the program, PATH too. Default that of this process: what unlocks a key chain lies there. */
  readonly env?: Readonly<Record<string, string>>;
}

const helperName = /^[A-Za-z0-9._-]+$/;
// The user name that stands for an identity token, and the words for «none», are those of docker-credential-helpers.
const identityTokenUser = '<token>';
const noneFound = /credentials not found/i;

/**
 * Returns the name of a credential helper as a docker config gives it (`pass` stands for `docker-credential-pass`).
 * @throws OciError `bad-auth-file` for a name that is no plain word: it would be part of a program's name
 */
export function parseHelperName(value: unknown, where: string): string {
  if (typeof value === 'string' && helperName.test(value)) return value;
  throw new OciError('bad-auth-file', `${where} is not the name of a credential helper`, {
    outcome: 'invalid',
    next: 'Write letters, digits, ".", "_" and "-" only: "pass" for the program docker-credential-pass.',
  });
}

/**
 * Returns what the program `docker-credential-<name>` knows for a registry, or null when it knows nothing. The protocol
 * is that of docker-credential-helpers: `get`, the address on stdin, `{"Username", "Secret"}` on stdout.
 * @param registry as {@link RegistryAddress.name}
 * @throws OciError `bad-auth-file`; at most one plain line of what the program said is in it
 */
export async function askCredentialHelper(
  name: string,
  registry: string,
  options: HelperOptions = {},
): Promise<RegistryCredentials | null> {
  const program = `docker-credential-${name}`;
  const timeoutMs = options.timeoutMs ?? 15_000;
  // docker login keeps Docker Hub's credentials under this address.
  const address = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const { error, stdout } = await run(program, address, timeoutMs, options.env);
  if (error === null) return readAnswer(stdout, program, registry);
  if (error.code === 'ENOENT') throw failed(program, registry, 'there is no such program on the PATH');
  if (typeof error.code === 'string') throw failed(program, registry, error.code);
  if (error.killed === true) throw failed(program, registry, `no answer within ${timeoutMs / 1000} s`);
  if (noneFound.test(stdout)) return null;
  throw failed(program, registry, plainLine(stdout) ?? `exit code ${String(error.code)}`);
}

async function run(
  program: string,
  address: string,
  timeout: number,
  env: HelperOptions['env'],
): Promise<{ readonly error: ExecFileException | null; readonly stdout: string }> {
  // Loaded by those who have helpers.
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    const limits = { timeout, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024, windowsHide: true } as const;
    const child = execFile(program, ['get'], { ...limits, ...(env === undefined ? {} : { env }) }, (error, stdout) =>
      resolve({ error, stdout }),
    );
    // A program that ends without reading its input is judged by how it ends.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(address);
  });
}

function readAnswer(stdout: string, program: string, registry: string): RegistryCredentials | null {
  let data: { readonly Username?: unknown; readonly Secret?: unknown };
  try {
    data = Object(JSON.parse(stdout));
  } catch {
    // Without a cause: the parser's message quotes the text.
    throw failed(program, registry, 'its answer is not JSON');
  }
  const { Username: username, Secret: secret } = data;
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw failed(program, registry, 'its answer has no "Username" and "Secret"');
  }
  if (username === '' && secret === '') return null;
  if (username === '' || secret === '') throw failed(program, registry, 'it answered with half of the credentials');
  return username === identityTokenUser ? { identityToken: secret } : { username, password: secret };
}

// What looks like data may hold a secret.
function plainLine(said: string): string | null {
  const line = said.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  return /^[\w .,:;/()'-]{1,200}$/.test(line) ? line : null;
}

function failed(program: string, registry: string, why: string): OciError {
  return new OciError('bad-auth-file', `${program}, asked for the credentials of ${registry}: ${why}`, {
    outcome: 'invalid',
    next: `Try it: echo ${registry} | ${program} get. Or give registry-auth with the credentials themselves.`,
  });
}
