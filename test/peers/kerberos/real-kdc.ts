import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../../../scripts/tools.ts';
import { runForeign } from '../foreign.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';

export const realm = 'LAB.TEST';

export interface RealKdc {
  /** What a client needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a principal with a random key, and returns the path of its keytab. */
  addPrincipal(name: string): Promise<string>;
  /** Gives a principal another key, so that the keytabs that it has are out of date. */
  changeKey(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts MIT's KDC on loopback, with a realm of its own. `root` is an existing folder for all its files. */
export async function startRealKdc(root: string): Promise<RealKdc> {
  const folder = join(root, 'kdc');
  await mkdir(folder);
  const env = { KRB5_CONFIG: join(folder, 'krb5.conf'), KRB5_KDC_PROFILE: join(folder, 'kdc.conf') };
  const writeConfigs = async (port: number): Promise<void> => {
    await writeFile(env.KRB5_CONFIG, krb5Conf(port));
    await writeFile(env.KRB5_KDC_PROFILE, kdcConf(port, folder));
  };
  // The database is made before there is a port.
  await writeConfigs(0);
  await runForeign('kdb5_util', ['create', '-s', '-W', '-r', realm, '-P', 'of-a-test'], { env });
  const server: ServerProcess = await startServerProcess({
    program: tool('krb5kdc'),
    env,
    prepare: async (port) => {
      await writeConfigs(port);
      return ['-n', '-r', realm];
    },
  });
  const administer = (query: string): Promise<string> =>
    runForeign('kadmin.local', ['-r', realm, '-q', query], { env });
  return {
    env: { KRB5_CONFIG: env.KRB5_CONFIG },
    async addPrincipal(name) {
      const keytab = join(folder, `${name.replaceAll('/', '_')}.keytab`);
      await administer(`addprinc -randkey +requires_preauth ${name}`);
      await administer(`ktadd -k ${keytab} ${name}`);
      return keytab;
    },
    changeKey: async (name) => void (await administer(`cpw -randkey ${name}`)),
    close: server.close,
  };
}

/** Returns a client's configuration, which asks no name server; with null it knows no realm. */
export function krb5Conf(port: number | null): string {
  return `
[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
${port === null ? '' : `[realms]\n  ${realm} = {\n    kdc = 127.0.0.1:${port}\n  }`}
`;
}

function kdcConf(port: number, folder: string): string {
  return `
[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
    database_name = ${join(folder, 'principal')}
    key_stash_file = ${join(folder, 'stash')}
    max_life = 1h
  }
[logging]
  kdc = STDERR
  admin_server = STDERR
`;
}
