import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../../scripts/tools.ts';
import { runForeign } from './foreign.ts';
import { startServerProcess } from './server-process.ts';

export interface RealRegistry {
  /** `https://…` with `tls`. */
  readonly url: string;
  /** As docker config files call it: `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

/** `v2`: Debian's docker-registry, Distribution 2.8. `v3`: Distribution 3.1. */
export type RealEngine = 'v2' | 'v3';

export interface RealRegistryOptions {
  /** An existing folder for data and configuration. A `data` in it is served as it is. */
  readonly root: string;
  /** Default `v2`. */
  readonly engine?: RealEngine;
  /** Who may read and write; everybody if absent. */
  readonly account?: { readonly username: string; readonly password: string };
  /** Who gives tokens, instead of an account. */
  readonly tokenServer?: TokenAuthority;
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Regular expressions of the URLs that layers may have instead of being there. Default: none may. */
  readonly layerUrls?: readonly string[];
  /** A file to which every request is added, as a line of Apache's combined form. */
  readonly accessLog?: string;
}

/** What a registry has to know of the server whose tokens it takes. */
export interface TokenAuthority {
  /** The URL that clients are sent to. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** A PEM file with the certificates that tokens may be signed with. */
  readonly bundle: string;
}

const programs: Readonly<Record<RealEngine, string>> = { v2: 'docker-registry', v3: 'registry' };

/** Starts a registry on loopback, with its data in a folder. */
export async function startRealRegistry(options: RealRegistryOptions): Promise<RealRegistry> {
  const { root, engine = 'v2', account, accessLog } = options;
  if (account !== undefined) {
    const { username, password } = account;
    // The cheapest bcrypt: the registry computes one for every request.
    await writeFile(
      passwordFile(root),
      await runForeign('htpasswd', ['-niB', '-C', '4', username], { stdin: password }),
    );
  }
  await mkdir(join(root, 'data'), { recursive: true });
  const program = tool(programs[engine]);
  const server = await startServerProcess({
    program: accessLog === undefined ? program : '/bin/sh',
    // Without it 3.1 looks for a collector of traces.
    env: { OTEL_TRACES_EXPORTER: 'none' },
    prepare: async (port) => {
      const file = join(root, 'config.json'); // JSON is YAML
      await writeFile(file, JSON.stringify(configOf(options, port)));
      const args = ['serve', file];
      return accessLog === undefined
        ? args
        : ['-c', 'log=$1; shift; exec "$@" >> "$log"', 'sh', accessLog, program, ...args];
    },
  });
  const host = `127.0.0.1:${server.port}`;
  return { url: `${options.tls === undefined ? 'http' : 'https'}://${host}`, host, close: server.close };
}

function configOf(
  { root, account, tokenServer, tls, layerUrls, accessLog }: RealRegistryOptions,
  port: number,
): unknown {
  const auth =
    tokenServer === undefined
      ? account && { htpasswd: { realm: 'peers', path: passwordFile(root) } }
      : { token: { ...tokenServer, bundle: undefined, rootcertbundle: tokenServer.bundle } };
  return {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: accessLog === undefined } },
    storage: {
      filesystem: { rootdirectory: join(root, 'data'), maxthreads: 100 },
      delete: { enabled: true },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'for uploads of one process', tls },
    auth,
    validation: layerUrls && { manifests: { urls: { allow: layerUrls } } },
  };
}

function passwordFile(root: string): string {
  return join(root, 'htpasswd');
}
