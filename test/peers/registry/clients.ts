import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runForeign } from '../foreign.ts';
import { digestOf } from './asking.ts';
import type { Target } from './targets.ts';

/** A client of somebody else: what it reads in a registry, each with its own ways to be told of passwords and CAs. */
export interface Reader {
  readonly name: string;
  /** What it says the digest is. `where` is a repository and a tag. */
  digest(target: Target, where: string): Promise<string>;
  /** The manifest as it got it. */
  manifest(target: Target, where: string): Promise<string>;
}

/** A client of somebody else that copies between two registries without TLS, all architectures. */
export interface Writer {
  readonly name: string;
  copy(source: Target, target: Target, where: string): Promise<void>;
}

// All but skopeo are told of an authority by the environment alone.
function environment({ authFolder, authFile, ca }: Target): Record<string, string> {
  return {
    ...{ DOCKER_CONFIG: authFolder, REGISTRY_AUTH_FILE: authFile, REGCTL_CONFIG: join(authFolder, 'regctl.json') },
    ...(ca === null ? {} : { SSL_CERT_FILE: ca }),
  };
}

/** Runs a client with what it has to know of a registry, and returns its standard output. */
export async function run(target: Target, name: string, args: readonly string[]): Promise<string> {
  return runForeign(name, args, { env: environment(target), trim: false });
}

/** Runs regctl likewise. */
export async function regctl(target: Target, args: readonly string[], others: readonly Target[] = []): Promise<string> {
  const hosts = [target, ...others].map(({ host, ca }) => [host, { tls: ca === null ? 'disabled' : 'enabled' }]);
  await writeFile(join(target.authFolder, 'regctl.json'), JSON.stringify({ hosts: Object.fromEntries(hosts) }));
  return run(target, 'regctl', args);
}

function tlsFlag(prefix: string, { ca }: Target): string {
  return `--${prefix}tls-verify=${ca !== null}`;
}

export const readers: readonly Reader[] = [
  {
    name: 'crane',
    digest: async (target, where) => (await run(target, 'crane', ['digest', `${target.host}/${where}`])).trim(),
    // It adds a line end for people.
    manifest: async (target, where) =>
      (await run(target, 'crane', ['manifest', `${target.host}/${where}`])).replace(/\n$/, ''),
  },
  {
    name: 'skopeo',
    // It has no word for it, but what it reads is what the digest is of.
    digest: async (target, where) => digestOf(await inspectRaw(target, where)),
    manifest: inspectRaw,
  },
  {
    name: 'regctl',
    digest: async (target, where) => (await regctl(target, ['manifest', 'head', `${target.host}/${where}`])).trim(),
    manifest: (target, where) => regctl(target, ['manifest', 'get', '--format', 'raw-body', `${target.host}/${where}`]),
  },
];

function inspectRaw(target: Target, where: string): Promise<string> {
  return run(target, 'skopeo', ['inspect', '--raw', tlsFlag('', target), `docker://${target.host}/${where}`]);
}

/** Pulls with skopeo into an OCI layout, all architectures, and returns the digests of what lies there. */
export async function pull(target: Target, where: string, folder: string): Promise<readonly string[]> {
  const flags = ['--insecure-policy', 'copy', '--all', '--preserve-digests', tlsFlag('src-', target)];
  await run(target, 'skopeo', [...flags, `docker://${target.host}/${where}`, `oci:${folder}:pulled`]);
  const sums = await runForeign('sh', ['-c', 'sha256sum blobs/sha256/*'], { cwd: folder });
  return sums.split('\n').map((line) => {
    const [sum = '', file = ''] = line.split(/\s+/);
    if (!file.endsWith(`/${sum}`)) throw new Error(`${file} has the digest ${sum}`);
    return `sha256:${sum}`;
  });
}

/** Those that write to a lab registry, so that it is known to be one. */
export const writers: readonly Writer[] = [
  {
    name: 'crane',
    copy: async (source, target, where) => {
      await run(target, 'crane', ['copy', `${source.host}/${where}`, `${target.host}/${where}`]);
    },
  },
  {
    name: 'skopeo',
    copy: async (source, target, where) => {
      const flags = ['--insecure-policy', 'copy', '--all', '--preserve-digests'];
      const tls = [tlsFlag('src-', source), tlsFlag('dest-', target)];
      const places = [`docker://${source.host}/${where}`, `docker://${target.host}/${where}`];
      await run(target, 'skopeo', [...flags, ...tls, ...places]);
    },
  },
  {
    name: 'regctl',
    copy: async (source, target, where) => {
      await regctl(target, ['image', 'copy', `${source.host}/${where}`, `${target.host}/${where}`], [source]);
    },
  },
  {
    name: 'oras',
    copy: async (source, target, where) => {
      const flags = ['cp', '--no-tty', '--from-plain-http', '--to-plain-http'];
      await run(target, 'oras', [...flags, `${source.host}/${where}`, `${target.host}/${where}`]);
    },
  },
];
