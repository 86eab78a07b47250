import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@tagflow/model';
import { codeOf } from './failure.ts';
import { kerberosFailure } from './kerberos-failure.ts';
import { readKeytabPrincipal } from './keytab.ts';
import type { Login } from './login.ts';
import { LoginError } from './login-error.ts';

export interface KerberosOptions {
  /** The path of a keytab. Without it a ticket has to be there, as kinit leaves it. */
  readonly keytab?: string;
  /** Where Kerberos and curl look for their files. */
  readonly env: (name: string) => string | undefined;
  /** For one token. Default 30 000: the Kerberos library asks its KDCs one after another. */
  readonly timeoutMs?: number;
  /** As {@link ApiOptions.deadline}. */
  readonly deadline?: (ms: number) => AbortSignal;
}

const run = promisify(execFile);
const ticketHolder = 'the holder of the ticket (klist names it)';

/**
 * Returns the login of a Kerberos principal, as the header `Negotiate` carries it (RFC 4559). The tokens are curl's: it
 * is the GSS-API client that is on every runner (ADR 4).
 * @throws LoginError `bad-keytab`
 */
export async function kerberosLogin(options: KerberosOptions): Promise<Login> {
  const { keytab } = options;
  const principal = keytab === undefined ? null : await readKeytabPrincipal(keytab);
  return {
    method: 'kerberos',
    who: principal === null ? ticketHolder : `principal ${principal}`,
    authorize: (url, signal) => negotiate(url, options, signal),
  };
}

async function negotiate(url: URL, options: KerberosOptions, signal: AbortSignal): Promise<string> {
  const { env, keytab, timeoutMs = 30_000 } = options;
  const deadline = (options.deadline ?? AbortSignal.timeout)(timeoutMs);
  const childEnv = environment(env, keytab);
  const service = `HTTP/${url.hostname}`;
  try {
    const asked = { hostname: url.hostname, env: childEnv, folder: env('TMPDIR') ?? tmpdir() };
    const { header, said } = await headerOfCurl(asked, AbortSignal.any([signal, deadline]));
    if (header?.startsWith('Negotiate ') === true) return header;
    await checkCurl(childEnv, signal);
    throw kerberosFailure(said, { service, keytab: keytab ?? null });
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
  readonly hostname: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where the folder for the socket is made. */
  readonly folder: string;
}

/**
 * Returns the Authorization header that curl sends to a host, or null where it sends none. It talks to a socket in a
 * folder that nobody else may enter: the request proper goes out by ourselves, like any other.
 */
async function headerOfCurl(
  { hostname, env, folder: parent }: CurlQuestion,
  signal: AbortSignal,
): Promise<{ readonly header: string | null; readonly said: string }> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(parent, 'tagflow-gss-'));
  let header: string | null = null;
  const server = http.createServer((request, response) => {
    header = request.headers.authorization ?? null;
    response.writeHead(204, { connection: 'close' }).end();
  });
  try {
    const socket = join(folder, 's');
    await listen(server, socket);
    // -q: not what somebody's .curlrc says. The user's name is not used, but without one curl does not begin.
    const flags = ['-q', '--negotiate', '--user', ':', '--noproxy', '*', '--globoff', '-sSv'];
    const args = [...flags, '--unix-socket', socket, `http://${hostname}/`];
    const said = await run('curl', args, { ...limits, env, signal }).then(
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
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function listen(server: http.Server, socket: string): Promise<void> {
  try {
    await once(server.listen(socket), 'listening');
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
