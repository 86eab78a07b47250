import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@tagflow/model';
import { createAccess, type LabRegistryAuth } from './registry/access.ts';
import { type Answer, answerJson, pageNotFound } from './registry/answer.ts';
import { folderBytes, memoryBytes } from './registry/blob-bytes.ts';
import { answerBlob, answerUpload, answerUploadStart } from './registry/blobs.ts';
import type { Call } from './registry/call.ts';
import {
  type Contents,
  findManifest,
  forgetBlob,
  holdingsOf,
  keepRepositories,
  type StoredManifest,
} from './registry/contents.ts';
import { answerAfter, answerBefore } from './registry/fault-answers.ts';
import type { LabFault, LabFaults, LabRequest } from './registry/fault.ts';
import { answerCatalog, answerTags } from './registry/listings.ts';
import { answerManifest } from './registry/manifests.ts';
import { createQuay, type LabQuay, type LabVisibility } from './registry/quay-api.ts';
import { createLimits, type LabLimits } from './registry/rate-limit.ts';
import { answerReferrers } from './registry/referrers.ts';
import { routeOf } from './registry/route.ts';
import type { LabImmutableTags, LabRegistryRules } from './registry/rules.ts';
import { type LabImage, putBlob, putImage, putIndex, putManifest } from './registry/seed.ts';
import { type ServerWatch, unwatched } from './watch.ts';

export type {
  LabFault,
  LabFaults,
  LabImage,
  LabImmutableTags,
  LabLimits,
  LabQuay,
  LabRegistryAuth,
  LabRegistryRules,
  LabRequest,
  LabVisibility,
};
export type { LabRequestKind } from './registry/fault.ts';

/** How a lab registry is to behave. */
export interface LabRegistryOptions extends LabRegistryRules {
  /** 0 (default) takes a free port. */
  readonly port?: number;
  readonly auth?: LabRegistryAuth;
  /** A folder for the layers; without it they are kept in memory. */
  readonly root?: string;
  readonly faults?: LabFaults;
  readonly limits?: LabLimits;
  /** Plays quay's own API too, at `/api/v1/`. What is pushed to a new repository is private then. */
  readonly quay?: LabQuay;
  /** Sees every request once, before it is served. A request waits for the promise that it returns. */
  readonly onRequest?: (request: LabRequest) => void | Promise<void>;
  /** Milliseconds since 1970, for the life of tokens and for limits. Default the real time. */
  readonly now?: () => number;
  readonly watch?: ServerWatch;
}

/** What was asked of a registry since it started, or since `resetRequests`. */
export interface LabRequests {
  readonly total: number;
  /** By method and kind, such as `PUT manifest`, `POST mount`, `HEAD blob`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Bytes of request bodies that were read. */
  readonly bytesIn: number;
  /** Bytes of response bodies. */
  readonly bytesOut: number;
}

/** A registry on loopback, and the handles to look into it past its API. */
export interface LabRegistry {
  /** Such as `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Such as `127.0.0.1:5000`. */
  readonly host: string;
  requests(): LabRequests;
  resetRequests(): void;
  /** How many requests are being served now, and the most that were at one time since the last `resetRequests`. */
  inFlight(): number;
  maxInFlight(): number;
  /** Replaces the faults; null: nothing goes wrong any more. */
  setFaults(faults: LabFaults | null): void;
  repositories(): readonly string[];
  /** Sorted; empty for an unknown repository. */
  tags(repository: string): readonly string[];
  /** By tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | null;
  hasBlob(repository: string, digest: Digest): boolean;
  putBlob(repository: string, bytes: Uint8Array): Promise<Digest>;
  putManifest(repository: string, tags: readonly string[], body: Uint8Array, mediaType: string): Digest;
  putImage(repository: string, tags: readonly string[], image: LabImage): Promise<Digest>;
  putIndex(
    repository: string,
    tags: readonly string[],
    children: readonly { readonly digest: Digest; readonly architecture: string }[],
    format?: 'oci' | 'docker',
  ): Digest;
  /** Points a tag elsewhere behind everybody's back, or removes it (null). */
  moveTag(repository: string, tag: string, digest: Digest | null): void;
  /** Of a quay; null for a repository that is not there. */
  visibility(repository: string): LabVisibility | null;
  /** The manifests and blobs of a repository, with or without a tag; sizes in bytes. */
  holdings(repository: string): ReturnType<typeof holdingsOf>;
  /** Returns what puts all repositories back to what they hold now, as often as it is called. */
  snapshot(): () => void;
  close(): Promise<void>;
}

/**
 * Starts a registry on 127.0.0.1 that answers as distribution 2.8 and 3.1 were seen to answer, for the parts that a
 * promotion uses: manifests, blobs, uploads, mounts, tags, basic and bearer auth.
 */
export async function startLabRegistry(options: LabRegistryOptions = {}): Promise<LabRegistry> {
  const bytes = options.root === undefined ? memoryBytes() : await folderBytes(options.root);
  const contents: Contents = { bytes, repositories: new Map() };
  const quay = createQuay(options.quay, contents);
  const access = createAccess(options.auth, options.now ?? Date.now, {
    exists: (repository) => contents.repositories.has(repository),
    isPublic: (repository) => options.quay === undefined || quay.visibility(repository) === 'public',
  });
  let faults = options.faults ?? null;
  let counts: Record<string, number> = {};
  let bytesIn = 0;
  let bytesOut = 0;
  let inFlight = 0;
  let maxInFlight = 0;
  const { watch = unwatched } = options;
  const limits = createLimits(options.limits, options.now ?? Date.now);

  const see = async (seen: LabRequest): Promise<void> => {
    const key = `${seen.method} ${seen.kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
    await options.onRequest?.(seen);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET';
    const base = `http://${request.headers.host ?? ''}`;
    const url = new URL(request.url ?? '/', base);
    const route = routeOf(method, url);
    const { authorization } = request.headers;
    const seen: LabRequest = { method, ...route, authScheme: authorization?.split(' ')[0] ?? '' };
    await see(seen);
    const fault = faults?.(seen) ?? null;
    const early = answerBefore(fault) ?? limits.check(method, route);
    if (early === 'reset') {
      request.socket.destroy();
      return;
    }
    const body = counted(request, (count) => (bytesIn += count));
    const call: Call = {
      ...{ contents, engine: options.engine ?? 'v2', rules: options, base, method, url, route },
      ...{ headers: request.headers, body, losesTag: fault?.type === 'lost-tag' },
    };
    const apart = route.kind === 'token' ? access.token : url.pathname.startsWith('/api/') ? quay.answer : null;
    const said = await watch(`${method} ${route.kind} ${route.repository} ${route.reference}`, async () =>
      early !== null
        ? early
        : apart !== null
          ? apart({ method, url, authorization, body: await text(body) })
          : isServed(call)
            ? (access.check(method, route, authorization, url) ?? (await answerCall(call)))
            : pageNotFound(),
    );
    if (fault?.type === 'lost-upload' && method === 'PUT' && said.status === 201) {
      forgetBlob(contents, route.repository, url.searchParams.get('digest') ?? '');
    }
    if (fault?.type === 'reset-after') {
      request.socket.destroy();
      return;
    }
    await send(
      response,
      fault?.type === 'status-after'
        ? answerAfter(fault.status)
        : { ...said, headers: { ...limits.headers(route), ...said.headers } },
      fault,
      (count) => (bytesOut += count),
    );
  };

  const server = createServer((request, response) => {
    maxInFlight = Math.max(maxInFlight, ++inFlight);
    response.once('close', () => (inFlight -= 1));
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  await access.start(see);
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    requests: () => ({
      ...{ total: Object.values(counts).reduce((sum, count) => sum + count, 0), counts: { ...counts } },
      ...{ bytesIn, bytesOut },
    }),
    resetRequests() {
      counts = {};
      bytesIn = 0;
      bytesOut = 0;
      maxInFlight = inFlight;
    },
    inFlight: () => inFlight,
    maxInFlight: () => maxInFlight,
    setFaults(next) {
      faults = next;
    },
    repositories: () => [...contents.repositories.keys()].sort(),
    tags: (repository) => [...(contents.repositories.get(repository)?.tags.keys() ?? [])].sort(),
    manifest: (repository, reference) => findManifest(contents, repository, reference) ?? null,
    hasBlob: (repository, digest) => contents.repositories.get(repository)?.blobs.has(digest) === true,
    putBlob: (repository, data) => putBlob(contents, repository, data),
    putManifest: (repository, tags, data, mediaType) => putManifest(contents, repository, tags, data, mediaType),
    putImage: (repository, tags, image) => putImage(contents, repository, tags, image),
    putIndex: (repository, tags, children, format) => putIndex(contents, repository, tags, children, format),
    moveTag(repository, tag, digest) {
      const { tags } = contents.repositories.get(repository) ?? { tags: new Map<string, Digest>() };
      if (digest === null) tags.delete(tag);
      else tags.set(tag, digest);
    },
    visibility: quay.visibility,
    holdings: (repository) => holdingsOf(contents, repository),
    snapshot: () => keepRepositories(contents),
    async close() {
      await access.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answerCall(call: Call): Answer | Promise<Answer> {
  switch (call.route.kind) {
    case 'ping':
      return answerJson(200, {});
    case 'catalog':
      return answerCatalog(call);
    case 'tags':
      return answerTags(call);
    case 'manifest':
      return answerManifest(call);
    case 'referrers':
      return answerReferrers(call);
    case 'blob':
      return answerBlob(call);
    case 'upload':
    case 'mount':
      return call.route.reference === '' ? answerUploadStart(call) : answerUpload(call);
    default:
      return pageNotFound();
  }
}

// A router comes before its gate: a path that it does not know is a 404 to everybody.
function isServed({ route: { kind }, rules }: Call): boolean {
  return kind !== 'other' && (kind !== 'referrers' || rules.referrers === true);
}

async function* counted(body: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    count(chunk.length);
    yield chunk;
  }
}

async function send(response: ServerResponse, said: Answer, fault: LabFault | null, count: (bytes: number) => void) {
  response.writeHead(said.status, { 'docker-distribution-api-version': 'registry/2.0', ...said.headers });
  if (said.body === null) {
    response.end();
    return;
  }
  let left = fault?.type === 'cut' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  let spoil = fault?.type === 'corrupt';
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = Buffer.from(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= part.length;
      if (spoil && part.length > 0) part[0] = (part[0] ?? 0) ^ 1;
      spoil = false;
      count(part.length);
      if (left > 0) return done(null, part);
      // Flushed first, so that the client has these bytes before it sees the cut.
      response.write(part, () => done(new Error('cut')));
    },
  });
  await pipeline(Buffer.isBuffer(said.body) ? [said.body] : said.body, tap, response);
}
