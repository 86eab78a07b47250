import type { Api, ApiResponse, OpenResponse, Transfer } from '@tagflow/http';
import type { Effects } from '@tagflow/model';
import { type Access, createAuthorizer } from './auth/authorizer.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { explainAnswer } from './answer-error.ts';
import type { OciError } from './error.ts';
import type { RegistryAddress } from './reference.ts';

/** What a registry client needs from outside. */
export interface OciEffects extends Pick<Effects, 'clock' | 'log' | 'signal'> {
  readonly api: Api;
  readonly transfer: Transfer;
}

export interface WireRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** A path of the registry, or a whole URL that the registry named. */
  readonly target: string;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Opening an upload twice does no harm, so a POST is sent again too. */
  readonly retrySafe?: boolean;
}

export interface StreamRequest extends Omit<WireRequest, 'body' | 'retrySafe'> {
  readonly stream?: { readonly body: AsyncIterable<Uint8Array>; readonly length: number };
}

/** Sends requests to one registry, authorized. Credentials go to its own origin only. */
export interface Wire {
  send(request: WireRequest): Promise<ApiResponse>;
  /** The body of the answer must be consumed or destroyed. */
  open(request: StreamRequest): Promise<OpenResponse>;
  /** Returns the error for an answer that is not the expected one. */
  fail(what: string, answer: Pick<ApiResponse, 'status' | 'headers' | 'text'>): OciError;
}

/** Returns the wire to one registry. */
export function createWire(registry: RegistryAddress, credentials: CredentialsProvider, effects: OciEffects): Wire {
  const { api, transfer, clock } = effects;
  const authorizer = createAuthorizer({ registry, api, clock, credentials });

  const headersFor = async (url: string, access: Access): Promise<Readonly<Record<string, string>>> =>
    new URL(url).origin === registry.origin ? authorizer.headers(access) : {};

  return {
    async send(request) {
      const url = absolute(registry, request.target);
      const { method, access, body, retrySafe } = request;
      for (let attempt = 1; ; attempt++) {
        const auth = await headersFor(url, access);
        const response = await api.request({
          ...{ method, url, headers: { ...request.headers, ...auth } },
          ...(body === undefined ? {} : { body }),
          ...(retrySafe === undefined ? {} : { retrySafe }),
        });
        if (response.status !== 401 || attempt > 1) return response;
        // quay.io answers the first push to a new repository with 401 once, so even a known scheme is tried again.
        if (!(await authorizer.learn(response.headers['www-authenticate'], access, auth))) return response;
      }
    },
    async open(request) {
      const url = absolute(registry, request.target);
      const { method, access, stream } = request;
      for (let attempt = 1; ; attempt++) {
        const auth = await headersFor(url, access);
        const response = await transfer.open({
          ...{ method, url, headers: { ...request.headers, ...auth } },
          ...(stream === undefined ? {} : { body: stream.body, contentLength: stream.length, followRedirects: false }),
        });
        if (response.status !== 401 || attempt > 1) return response;
        const again = await authorizer.learn(response.headers['www-authenticate'], access, auth);
        // A stream is used up: whoever sent it starts anew, with what was learned here.
        if (!again || stream !== undefined) return response;
        response.body.destroy();
      }
    },
    fail: (what, answer) => explainAnswer(answer, what, clock.now()),
  };
}

function absolute(registry: RegistryAddress, target: string): string {
  return new URL(target, registry.origin).href;
}
