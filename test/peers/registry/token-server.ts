import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TokenAuthority } from '../real-registry.ts';
import { makeSigningKey } from './certificates.ts';

export interface TokenServerOptions {
  /** An existing folder, for the key. */
  readonly root: string;
  readonly account: { readonly username: string; readonly password: string };
  /** PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** What it says of the life of a token, in seconds; null: nothing. Default 300. */
  readonly expiresIn?: number | null;
  /** The first token for each repository is over when it is handed out: the registry refuses it. Default false. */
  readonly overAtFirst?: boolean;
  /** What it does when several scopes are asked for at once: some servers know one only. Default `all`. */
  readonly severalScopes?: 'all' | 'first' | 'refuse';
  /** Returns which of the actions are granted. Default: all of them. */
  readonly grants?: (repository: string, actions: readonly string[]) => readonly string[];
}

export interface TokenServer {
  /** For the registry that takes its tokens. */
  readonly authority: TokenAuthority;
  /** The scopes of each token that was handed out, in order; joined by spaces. */
  readonly tokens: readonly string[];
  /** How many requests had no credentials, or wrong ones. */
  readonly refused: number;
  close(): Promise<void>;
}

const service = 'registry of the peers';
const issuer = 'token server of the peers';
// distribution takes tokens for a minute longer than they say
const leewaySeconds = 60;

/** Starts a server on loopback whose tokens both releases of distribution take: JWTs with the chain in `x5c`. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { root, account, tls, expiresIn = 300, overAtFirst = false, severalScopes = 'all' } = options;
  const signer = await makeSigningKey(root);
  const key = createPrivateKey(await readFile(signer.key));
  const chain = [new X509Certificate(await readFile(signer.certificate)).raw.toString('base64')];
  const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  const tokens: string[] = [];
  let refused = 0;

  const tokenFor = (scopes: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const of = (asked: string): string | undefined => asked.split(':')[1];
    const isFirst = !tokens.some((before) => of(before) === of(scopes.join(' ')));
    const life = overAtFirst && isFirst ? -2 * leewaySeconds : 3600;
    const claims = {
      ...{ iss: issuer, aud: service, sub: account.username, jti: randomUUID() },
      ...{ iat: now, nbf: now - 2 * leewaySeconds, exp: now + life },
      access: (severalScopes === 'first' ? scopes.slice(0, 1) : scopes).map((scope) => accessOf(scope, options.grants)),
    };
    const signed = [{ typ: 'JWT', alg: 'ES256', x5c: chain }, claims].map(encode).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="tokens"' });
      response.end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    // What OAuth clients send first; they fall back to GET
    if (request.method !== 'GET' || pathname !== '/token') return answer(404, { details: 'only GET /token' });
    if (request.headers.authorization !== basic || searchParams.get('service') !== service) {
      refused += 1;
      return answer(401, { details: 'wrong user, password or service' });
    }
    const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    if (severalScopes === 'refuse' && scopes.length > 1) return answer(400, { details: 'one scope at a time' });
    const token = tokenFor(scopes);
    tokens.push(scopes.join(' '));
    answer(200, { token, ...(expiresIn === null ? {} : { expires_in: expiresIn }) });
  };

  const server: Server =
    tls === undefined
      ? createServer(serve)
      : createTlsServer({ cert: await readFile(tls.certificate), key: await readFile(tls.key) }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // By name: crane goes to no address of a private network, unless it is the registry's own.
  const origin = `${tls === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`;
  return {
    authority: { realm: `${origin}/token`, service, issuer, bundle: signer.certificate },
    tokens,
    get refused() {
      return refused;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `repository:NAME:pull,push` as a claim. */
function accessOf(scope: string, grants: TokenServerOptions['grants']): unknown {
  const [type = '', name = '', actions = ''] = scope.split(':');
  const asked = actions.split(',');
  return { type, name, actions: grants === undefined ? asked : grants(name, asked) };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
