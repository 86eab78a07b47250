import { type LabServer, readBody, send, startServer } from '../http-server.ts';
import { type Answer, refuse } from './answer.ts';
import type { LabRequest } from './fault.ts';
import type { Route } from './route.ts';
import { createTokens, type LabTokens, type TokenCall } from './tokens.ts';

/** Who may do what in a lab registry. */
export interface LabRegistryAuth extends LabTokens {
  /** `basic` (default), or `bearer`: tokens from `/token`, as quay.io and docker.io want them. */
  readonly scheme?: 'basic' | 'bearer';
  /** `own-port`: tokens come from another port than that of the registry. */
  readonly tokenServer?: 'own-port';
  /** The first write to a repository that is not there is answered 401, and the next one not, as quay.io was seen to. */
  readonly refusesFirstPush?: boolean;
}

/** What of the repositories decides about access. */
export interface AccessFacts {
  exists(repository: string): boolean;
  /** Whether a repository may be read by everybody, where reads need no credentials at all. */
  isPublic(repository: string): boolean;
}

interface Access {
  /** Returns null when the request may pass, else the answer that refuses it. */
  check(method: string, route: Route, authorization: string | undefined, url: URL): Answer | null;
  /** Answers a request for a token. */
  token(call: TokenCall): Answer;
  /** Starts the token server, where it is one of its own. */
  start(onRequest: (request: LabRequest) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Returns the gate of a registry. `now` is milliseconds. */
export function createAccess(auth: LabRegistryAuth | undefined, now: () => number, facts: AccessFacts): Access {
  const tokens = createTokens(auth, now, facts);
  const pushed = new Set<string>();
  let server: LabServer | undefined;

  const refusesNow = (repository: string): boolean => {
    if (auth?.refusesFirstPush !== true || facts.exists(repository) || pushed.has(repository)) return false;
    pushed.add(repository);
    return true;
  };

  return {
    check(method, route, authorization, url) {
      if (auth === undefined) return null;
      const { repository } = route;
      const isRead = (method === 'GET' || method === 'HEAD') && route.kind !== 'upload';
      if (auth.scheme !== 'bearer') {
        const isOpen = isRead && auth.anonymousPull === true && route.kind !== 'ping' && facts.isPublic(repository);
        const isKnown = tokens.isUser(authorization);
        return (isKnown && (isRead || !refusesNow(repository))) || isOpen ? null : challenge('Basic realm="lab"');
      }
      const from = route.kind === 'mount' ? (url.searchParams.get('from') ?? repository) : repository;
      const own = `repository:${repository}:${actionsFor(method)}`;
      const wanted = repository === '' ? [] : from === repository ? [own] : [own, `repository:${from}:pull`];
      const lacks = tokens.lacks(/^Bearer (.+)$/.exec(authorization ?? '')?.[1], wanted);
      if (lacks === null && (isRead || !refusesNow(repository))) return null;
      const scope = wanted.length === 0 ? '' : `,scope="${wanted.join(' ')}"`;
      const error = authorization === undefined || lacks === null ? '' : `,error="${lacks}"`;
      return challenge(`Bearer realm="${server?.url ?? url.origin}/token",service="lab"${scope}${error}`);
    },
    token: (call) => tokens.answer(call),
    async start(onRequest) {
      if (auth?.tokenServer !== 'own-port') return;
      server = await startServer(async (request, response) => {
        const { method = 'GET', headers } = request;
        const url = new URL(request.url ?? '/', `http://${headers.host ?? ''}`);
        const authScheme = headers.authorization?.split(' ')[0] ?? '';
        await onRequest({ method, kind: 'token', repository: '', reference: '', authScheme });
        const body = (await readBody(request)).toString('utf8');
        const said = tokens.answer({ method, url, authorization: headers.authorization, body });
        send(request, response, { ...said, body: Buffer.isBuffer(said.body) ? said.body : '' });
      });
    },
    async close() {
      await server?.close();
    },
  };
}

/** As distribution has it: who may push may not give up an upload of his own. */
function actionsFor(method: string): string {
  if (method === 'DELETE') return 'delete';
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
}

function challenge(header: string): Answer {
  const refusal = refuse(401, { code: 'UNAUTHORIZED', message: 'authentication required', detail: null });
  return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': header } };
}
