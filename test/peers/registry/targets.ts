import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLabRegistry } from '@tagflow/lab';
import { type RealEngine, startRealRegistry } from '../real-registry.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { startTokenServer, type TokenServerOptions } from './token-server.ts';

/** A registry as a test wants it. */
export interface TargetKind {
  readonly engine: RealEngine;
  /** The lab's stand-in, or the server that it stands in for. */
  readonly kind: 'lab' | 'real';
  readonly auth: 'anonymous' | 'basic' | 'token';
  /** With a certificate of an authority that nobody knows. Real ones only. Default false. */
  readonly tls?: boolean;
  /** Layers may have URLs of layers.example and be absent. Default false. */
  readonly layerUrls?: boolean;
  /** Lists what refers to a manifest, as distribution does not. The lab's only. Default false. */
  readonly referrers?: boolean;
  /** How the token server behaves. Real ones only. */
  readonly tokens?: Partial<Pick<TokenServerOptions, 'expiresIn' | 'overAtFirst' | 'severalScopes' | 'grants'>>;
}

/** A running registry, and what a client has to know to use it. */
export interface Target {
  readonly title: string;
  readonly url: string;
  readonly host: string;
  /** Credentials as docker and podman keep them: `folder`/config.json. */
  readonly authFolder: string;
  readonly authFile: string;
  /** PEM of the authority behind the certificate; null without TLS. */
  readonly ca: string | null;
  /** The scopes of each token that was asked for, where the test has the token server. */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

const account = { username: 'tripleo', password: 'a made-up password' };

/** Returns `real v2, token, TLS`. */
export function titleOf({ kind, engine, auth, tls = false, referrers = false }: TargetKind): string {
  return `${kind} ${engine}, ${auth}${tls ? ', TLS' : ''}${referrers ? ', referrers' : ''}`;
}

/** Starts a registry of this kind in a folder of its own. */
export async function startTarget(wanted: TargetKind): Promise<Target> {
  await using started = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'tagflow-registry-'));
  started.defer(() => rm(root, { recursive: true, force: true }));
  const certificates = wanted.tls === true ? await makeCertificates(root) : null;
  const { server, tokens } =
    wanted.kind === 'lab' ? await startLab(wanted) : await startReal(wanted, root, certificates, started);
  started.defer(() => server.close());
  const authFolder = join(root, 'client');
  const authFile = join(authFolder, 'config.json');
  await mkdir(authFolder);
  const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');
  await writeFile(authFile, JSON.stringify({ auths: wanted.auth === 'anonymous' ? {} : { [server.host]: { auth } } }));
  const running = started.move();
  return {
    ...{ title: titleOf(wanted), url: server.url, host: server.host, tokens },
    ...{ authFolder, authFile, ca: certificates?.ca ?? null, close: () => running.disposeAsync() },
  };
}

interface Started {
  readonly server: { readonly url: string; readonly host: string; close(): Promise<void> };
  readonly tokens: readonly string[];
}

async function startLab({ engine, auth, layerUrls = false, referrers = false }: TargetKind): Promise<Started> {
  const scheme = auth === 'token' ? 'bearer' : 'basic';
  const access = auth === 'anonymous' ? {} : { auth: { ...account, scheme } as const };
  return { server: await startLabRegistry({ engine, layerUrls, referrers, ...access }), tokens: [] };
}

async function startReal(
  { engine, auth, tokens, layerUrls = false }: TargetKind,
  root: string,
  certificates: Certificates | null,
  started: AsyncDisposableStack,
): Promise<Started> {
  const tls = certificates === null ? {} : { tls: certificates };
  const common = { root, engine, ...tls, ...(layerUrls ? { layerUrls: ['^https://layers[.]example/'] } : {}) };
  if (auth !== 'token') {
    const access = auth === 'basic' ? { account } : {};
    return { server: await startRealRegistry({ ...common, ...access }), tokens: [] };
  }
  const tokenServer = await startTokenServer({ root, account, ...tls, ...tokens });
  started.defer(() => tokenServer.close());
  const server = await startRealRegistry({ ...common, tokenServer: tokenServer.authority });
  return { server, tokens: tokenServer.tokens };
}
