import type { ApiResponse, Method, OpenResponse, Requester, Transfer } from '@tagflow/http';
import type { Effects } from '@tagflow/model';
import { type Access, createAuthorizer } from './auth/authorizer.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { type BadAnswer, explainAnswer } from './answer-error.ts';
import type { OciError } from './error.ts';
import { type Quota, readQuota } from './quota.ts';
import type { RegistryAddress } from './reference.ts';
import type { BlobBody, BlobSink } from './source.ts';

/** What a registry client needs from outside. */
export interface OciEffects extends Pick<Effects, 'clock' | 'log' | 'signal'> {
  readonly api: Requester;
  readonly transfer: Pick<Transfer, 'open' | 'receive'>;
}

export interface WireRequest {
  readonly method: Method;
  /** A path of the registry, or a whole URL that the registry named. */
  readonly target: string;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Opening an upload twice does no harm, so a POST is sent again too. */
  readonly retrySafe?: boolean;
  /** False: an answer that puts it off, or none at all, is the caller's business at once. Default true. */
  readonly waits?: boolean;
  /** False: a 401 is the answer, and no token is asked for because of it. Default true. */
  readonly learns?: boolean;
}

export interface StreamRequest extends Omit<WireRequest, 'body' | 'retrySafe' | 'waits' | 'learns'> {
  readonly stream?: { readonly body: BlobBody; readonly length: number };
}

/** A GET whose body is handed over piece by piece. */
export interface ReceiveRequest extends Pick<WireRequest, 'target' | 'access'> {
  /** The first byte that is wanted. */
  readonly offset: number;
}

/** Sends requests to one registry, authorized. Credentials go to its own origin only. */
export interface Wire {
  send(request: WireRequest): Promise<ApiResponse>;
  /** The body of the answer must be consumed or destroyed. */
  open(request: StreamRequest): Promise<OpenResponse>;
  /** Gives the wanted bytes to `sink`: where the status is 200, or 206 for an offset; else it gets nothing. */
  receive(request: ReceiveRequest, sink: BlobSink): Promise<BadAnswer>;
  /** What the registry said last of how many pulls it allows; null where it never said anything of it. */
  quota(): Quota | null;
  /** Returns the error for an answer that is not the expected one. */
  fail(what: string, answer: BadAnswer): OciError;
}

/** Returns the wire to one registry. */
export function createWire(registry: RegistryAddress, credentials: CredentialsProvider, effects: OciEffects): Wire {
  const { api, transfer, clock } = effects;
  const authorizer = createAuthorizer({ registry, api, clock, credentials });
  let quota: Quota | null = null;
  const isOwn = (url: string): boolean => url.startsWith(`${registry.origin}/`);
  const noted = <Answer extends Pick<ApiResponse, 'headers' | 'url'>>(response: Answer): Answer => {
    // Storage that it redirects to may count, too; that is not about pulls.
    if (isOwn(response.url)) quota = readQuota(response.headers) ?? quota;
    return response;
  };

  const headersFor = async (url: string, access: Access): Promise<Readonly<Record<string, string>>> =>
    isOwn(url) ? authorizer.headers(access) : {};

  return {
    async send(request) {
      const url = absolute(registry, request.target);
      const { method, access, body, retrySafe, waits } = request;
      for (let attempt = 1; ; attempt++) {
        const auth = await headersFor(url, access);
        const response = noted(
          await api.request({
            ...{ method, url, headers: { ...request.headers, ...auth } },
            ...(body === undefined ? {} : { body }),
            ...(retrySafe === undefined ? {} : { retrySafe }),
            ...(waits === undefined ? {} : { waits }),
          }),
        );
        if (response.status !== 401 || attempt > 1 || request.learns === false) return response;
        // quay.io answers the first push to a new repository with 401 once, so even a known scheme is tried again.
        const again = await authorizer.learn(response.headers['www-authenticate'], access, auth, response.url);
        if (!again) return response;
      }
    },
    async open(request) {
      const url = absolute(registry, request.target);
      const { method, access, stream } = request;
      for (let attempt = 1; ; attempt++) {
        const auth = await headersFor(url, access);
        const response = noted(
          await transfer.open({
            ...{ method, url, headers: { ...request.headers, ...auth } },
            ...(stream === undefined
              ? {}
              : { body: stream.body, contentLength: stream.length, followRedirects: false }),
          }),
        );
        if (response.status !== 401 || attempt > 1) return response;
        const again = await authorizer.learn(response.headers['www-authenticate'], access, auth, response.url);
        // A stream is used up: whoever sent it starts anew, with what was learned here.
        if (!again || stream !== undefined) return response;
        response.body.destroy();
      }
    },
    async receive({ target, access, offset }, sink) {
      const url = absolute(registry, target);
      for (let attempt = 1; ; attempt++) {
        const auth = await headersFor(url, access);
        const response = noted(await transfer.receive({ url, headers: auth, offset }, sink));
        if (response.status !== 401 || attempt > 1) return response;
        const again = await authorizer.learn(response.headers['www-authenticate'], access, auth, response.url);
        if (!again) return response;
      }
    },
    quota: () => quota,
    fail: (what, answer) => explainAnswer(answer, what, clock.now()),
  };
}

function absolute(registry: RegistryAddress, target: string): string {
  return target.startsWith('/') ? `${registry.origin}${target}` : new URL(target).href;
}

/** Returns an answer whose body is read as far as it may tell why it is not the expected one. */
export async function textOf(response: OpenResponse): Promise<BadAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 64 * 1024) break;
  }
  const { status, headers } = response;
  return { status, headers, text: Buffer.concat(chunks).toString('utf8') };
}
