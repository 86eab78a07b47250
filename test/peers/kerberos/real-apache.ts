import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../../scripts/tools.ts';
import { startServerProcess } from '../server-process.ts';

export interface RealApache {
  /** Everybody may read, and the allowed principal write. */
  readonly openUrl: string;
  /** The allowed principal alone may read and write. */
  readonly closedUrl: string;
  /** One line for each request so far: `<status> <user> <method> <path>`; `-` is nobody. */
  requests(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface RealApacheOptions {
  /** An existing folder for all its files. */
  readonly root: string;
  /** Where the requests go, with the login that is wanted there. */
  readonly backend: { readonly url: string; readonly username: string; readonly password: string };
  /** The keys of the service `HTTP/localhost`. */
  readonly keytab: string;
  /** The principal that is let in. */
  readonly allowed: string;
  readonly env: Readonly<Record<string, string>>;
}

const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http'];

/** Starts Apache on loopback with mod_auth_gssapi before a server that knows passwords only. */
export async function startRealApache(options: RealApacheOptions): Promise<RealApache> {
  const folder = join(options.root, 'apache');
  await mkdir(folder);
  const file = join(folder, 'httpd.conf');
  const [program, ...before] = asAnybody(tool('apache2'));
  const server = await startServerProcess({
    program,
    env: { ...options.env, KRB5RCACHENAME: `file2:${join(folder, 'replays')}` },
    prepare: async (port) => {
      await writeFile(file, configText(port, folder, options));
      return [...before, '-D', 'FOREGROUND', '-f', file];
    },
  });
  const url = `http://localhost:${server.port}`;
  return {
    openUrl: `${url}/open`,
    closedUrl: `${url}/closed`,
    requests: async () =>
      (await readFile(join(folder, 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
    close: server.close,
  };
}

// Apache does not serve as root, and the folder is open to its owner only.
function asAnybody(program: string): readonly [string, ...string[]] {
  if (userInfo().uid !== 0) return [program];
  const identity = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  return [tool('setpriv'), ...identity, '--inh-caps=+dac_override', '--ambient-caps=+dac_override', program];
}

function configText(port: number, folder: string, { backend, keytab, allowed }: RealApacheOptions): string {
  const basic = Buffer.from(`${backend.username}:${backend.password}`).toString('base64');
  const login = `
      AuthType GSSAPI
      AuthName DLRN
      GssapiCredStore keytab:${keytab}
      RequestHeader set Authorization "Basic ${basic}"`;
  const load = [...modules, 'auth_gssapi'].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  return `
    ServerRoot ${folder}
    DefaultRuntimeDir ${folder}
    PidFile ${join(folder, 'httpd.pid')}
    ServerName localhost
    Listen 127.0.0.1:${port}
    ${load.join('\n    ')}
    StartServers 1
    ServerLimit 1
    ThreadsPerChild 16
    MaxRequestWorkers 16
    ErrorLog ${join(folder, 'error.log')}
    LogFormat "%>s %u %m %U" short
    CustomLog ${join(folder, 'access.log')} short
    ProxyPass /open ${backend.url}
    ProxyPass /closed ${backend.url}
    <Location /open>${login}
      <LimitExcept GET>
        Require user ${allowed}
      </LimitExcept>
    </Location>
    <Location /closed>${login}
      Require user ${allowed}
    </Location>
  `;
}
