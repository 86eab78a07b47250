import type { ExecFileOptions } from 'node:child_process';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@tagflow/model';
import { codeOf } from './failure.ts';
import { kerberosFailure } from './kerberos-failure.ts';
import { readKeytabPrincipal } from './keytab.ts';
import type { Login } from './login.ts';
import { LoginError } from './login-error.ts';
import { formatServerPrincipal, krb5ConfOf, parseServerPrincipal, type ServerPrincipal } from './server-principal.ts';
import { nodeClients } from './node-clients.ts';

/** Runs a program. What is needed for that is loaded by those who log in this way. */
async function run(
  program: string,
  args: readonly string[],
  options: ExecFileOptions,
): Promise<{ readonly stderr: string; readonly stdout: string }> {
  const { execFile } = await import('node:child_process');
  const { stderr, stdout } = await promisify(execFile)(program, args, { ...options, encoding: 'utf8' });
  return { stderr, stdout };
}

export interface KerberosOptions {
  /** The path of a keytab. Without it a ticket has to be there, as kinit leaves it. */
  readonly keytab?: string;
  /** The server's principal, where that is not `HTTP/` and the host of the URL: it stands behind an alias. */
  readonly serverPrincipal?: string;
  /** Where Kerberos and curl look for their files. */
  readonly env: (name: string) => string | undefined;
  /** For one token. Default 30 000: the Kerberos library asks its KDCs one after another. */
  readonly timeoutMs?: number;
  /** As {@link ApiOptions.deadline}. */
  readonly deadline?: (ms: number) => AbortSignal;
}

const ticketHolder = 'the holder of the ticket (klist names it)';

/**
 * Returns the login of a Kerberos principal, as the header `Negotiate` carries it (RFC 4559). The tokens are curl's: it
 * is the GSS-API client that is on every runner (ADR 4).
 * @throws LoginError `bad-keytab`, `bad-principal`
 */
export async function kerberosLogin(options: KerberosOptions): Promise<Login> {
  const { keytab, serverPrincipal } = options;
  const server = serverPrincipal === undefined ? null : parseServerPrincipal(serverPrincipal);
  const principal = keytab === undefined ? null : await readKeytabPrincipal(keytab);
  return {
    method: 'kerberos',
    who: principal === null ? ticketHolder : `principal ${principal}`,
    authorize: (url, signal) => negotiate(url, server, options, signal),
  };
}

async function negotiate(
  url: URL,
  named: ServerPrincipal | null,
  options: KerberosOptions,
  signal: AbortSignal,
): Promise<string> {
  const { env, keytab, timeoutMs = 30_000 } = options;
  const deadline = (options.deadline ?? AbortSignal.timeout)(timeoutMs);
  const childEnv = environment(env, keytab);
  const server = named ?? { service: 'HTTP', host: url.hostname, realm: null };
  const service = formatServerPrincipal(server);
  try {
    const config = named === null ? null : krb5ConfOf(named);
    const asked = { server, config, env: childEnv, folder: env('TMPDIR') ?? tmpdir() };
    const { header, said } = await headerOfCurl(asked, AbortSignal.any([signal, deadline]));
    if (header?.startsWith('Negotiate ') === true) return header;
    await checkCurl(childEnv, signal);
    throw kerberosFailure(said, { service, isNamed: named !== null, keytab: keytab ?? null });
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new LoginError(
      'kdc-unreachable',
      `Kerberos for ${service}: no KDC answered within ${timeoutMs / 1000} s`,
      'Try again later, or check the network and the kdc lines of krb5.conf.',
    );
  }
}

// A whole answer of a real curl is a page; what is cut off here is no answer at all.
const limits = { maxBuffer: 1024 * 1024, killSignal: 'SIGKILL', windowsHide: true } as const;

interface CurlQuestion {
  readonly server: ServerPrincipal;
  /** A krb5.conf whose words go before those of the machine's own. */
  readonly config: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** Where the folder for the socket is made. */
  readonly folder: string;
}

/**
 * Returns the Authorization header that curl sends to a server, or null where it sends none. It talks to a socket in a
 * folder that nobody else may enter: the request proper goes out by ourselves, like any other, and to curl the server
 * may have any name.
 */
async function headerOfCurl(
  { server: { service, host }, config, env, folder: parent }: CurlQuestion,
  signal: AbortSignal,
): Promise<{ readonly header: string | null; readonly said: string }> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(parent, 'tagflow-gss-'));
  let header: string | null = null;
  const listener = nodeClients.http.createServer((request, response) => {
    header = request.headers.authorization ?? null;
    response.writeHead(204, { connection: 'close' }).end();
  });
  try {
    const socket = join(folder, 's');
    await listen(listener, socket);
    // -q: not what somebody's .curlrc says. The user's name is not used, but without one curl does not begin.
    const flags = [
      '-q',
      '--negotiate',
      '--user',
      ':',
      '--noproxy',
      '*',
      '--globoff',
      '-sSv',
      '--service-name',
      service,
    ];
    const args = [...flags, '--unix-socket', socket, `http://${host}/`];
    const whole = { ...env, ...(config === null ? {} : await overlay(config, folder, env)) };
    const said = await run('curl', args, { ...limits, env: whole, signal }).then(
      ({ stderr }) => stderr,
      (error: Error & { readonly stderr?: string }) => {
        if (codeOf(error) !== 'ENOENT') return error.stderr ?? '';
        throw new LoginError(
          'no-curl',
          'Kerberos needs the program curl, which is not on PATH',
          'Install curl, as the distribution builds it: with GSS-API.',
        );
      },
    );
    signal.throwIfAborted();
    return { header, said };
  } finally {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of several files that KRB5_CONFIG names, the first that says something counts. */
async function overlay(
  config: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly KRB5_CONFIG: string }> {
  const file = join(folder, 'krb5.conf');
  await writeFile(file, config);
  return { KRB5_CONFIG: `${file}:${env['KRB5_CONFIG'] ?? '/etc/krb5.conf'}` };
}

async function listen(listener: Server, socket: string): Promise<void> {
  try {
    await once(listener.listen(socket), 'listening');
  } catch (cause) {
    throw new LoginError(
      'kerberos-failed',
      `Kerberos needs a socket, and ${socket} could not be made: ${messageOf(cause)}`,
      'Set TMPDIR to a folder that may be written to: its path has at most 80 characters.',
      cause,
    );
  }
}

async function checkCurl(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  const { stdout } = await run('curl', ['-q', '--version'], { ...limits, env, signal });
  const features = /^Features: (.*)$/m.exec(stdout)?.[1]?.split(' ') ?? [];
  const lacking = ['GSS-API', 'SPNEGO', 'UnixSockets'].filter((feature) => !features.includes(feature));
  if (lacking.length === 0) return;
  throw new LoginError(
    'no-gss',
    `this curl cannot do Kerberos: it was built without ${lacking.join(', ')} (${stdout.split('\n')[0] ?? ''})`,
    'Install curl as the distribution builds it; curl --version has to list GSS-API and SPNEGO.',
  );
}

const passedOn = ['PATH', 'HOME', 'KRB5_CONFIG', 'KRB5CCNAME', 'KRB5_CLIENT_KTNAME', 'KRB5_TRACE'] as const;

function environment(
  env: (name: string) => string | undefined,
  keytab: string | undefined,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of passedOn) {
    const text = env(name);
    if (text !== undefined) kept[name] = text;
  }
  // In memory: the keytab's tickets end with curl, nothing is left behind, and nothing can be out of date next time.
  const own = keytab === undefined ? {} : { KRB5CCNAME: 'MEMORY:tagflow', KRB5_CLIENT_KTNAME: `FILE:${keytab}` };
  return { ...kept, ...own, LC_ALL: 'C' };
}
