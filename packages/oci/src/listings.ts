import { type Digest, parseDigest } from '@tagflow/model';
import type { Access } from './auth/authorizer.ts';
import { OciError } from './error.ts';
import { mediaTypes } from './manifest.ts';
import { createPager } from './pages.ts';
import type { RegistryAddress } from './reference.ts';
import type { Wire } from './wire.ts';

/** A manifest that names another one as its subject: a signature, an attestation, a bill of materials. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** What it is, such as `application/vnd.cncf.notary.signature`. */
  readonly artifactType: string | null;
}

/** What a registry lists. */
export interface Listings {
  /** Null for a repository that is unknown, or has no tags. One request for a hundred tags. */
  listTags(repository: string): Promise<readonly string[] | null>;
  /**
   * All repositories of the registry. Few public registries tell: quay.io only one's own, docker.io none.
   * @throws OciError `refused` when the registry does not tell
   */
  listRepositories(): Promise<readonly string[]>;
  /**
   * The manifests whose subject is this digest; null where the registry has no API to ask. Once it was seen that a
   * registry does not know the path at all, as distribution up to 3.1, nothing is asked any more.
   */
  listReferrers(repository: string, digest: Digest): Promise<readonly ReferrerDescriptor[] | null>;
}

/** The most that quay.io gives. It answered 413 to a request for more (google/go-containerregistry#1963). */
const atATime = 100;
/** Stands for the registry itself. */
const catalog: Access = { repository: '', write: false };
/**
 * How registries without the API of referrers answer. The OCI specification says 404; the others are what
 * go-containerregistry takes for the same.
 */
const noApi: readonly number[] = [400, 404, 405, 406, 501];

/** Returns the listings of a registry; nothing is sent before a method is called. */
export function createListings(registry: RegistryAddress, wire: Wire): Listings {
  const readPages = createPager(registry, wire);
  let knowsPath = true;

  return {
    async listTags(repository) {
      const tags = new Set<string>();
      const what = `tags of ${registry.name}/${repository}`;
      const first = { target: `/v2/${repository}/tags/list?n=${atATime}`, access: { repository, write: false } };
      for await (const answer of readPages(what, first)) {
        if (answer.status === 404 && tags.size === 0) return null;
        if (answer.status !== 200) throw wire.fail(`GET ${what}`, answer);
        for (const tag of namesOf(answer.text, 'tags', what)) tags.add(tag);
      }
      return [...tags];
    },
    async listRepositories() {
      const repositories = new Set<string>();
      const what = `repositories of ${registry.name}`;
      for await (const answer of readPages(what, { target: `/v2/_catalog?n=${atATime}`, access: catalog })) {
        if ([401, 403, 404, 405].includes(answer.status)) {
          throw new OciError('refused', `registry ${registry.name} does not list its repositories (${answer.status})`, {
            next: 'Name the containers, or give credentials that may list them.',
          });
        }
        if (answer.status !== 200) throw wire.fail(`GET ${what}`, answer);
        for (const name of namesOf(answer.text, 'repositories', what)) repositories.add(name);
      }
      return [...repositories];
    },
    async listReferrers(repository, digest) {
      if (!knowsPath) return null;
      const referrers = new Map<Digest, ReferrerDescriptor>();
      const what = `referrers of ${registry.name}/${repository}@${digest}`;
      const first = {
        ...{ target: `/v2/${repository}/referrers/${digest}`, access: { repository, write: false } },
        headers: { accept: mediaTypes.ociIndex },
      };
      for await (const answer of readPages(what, first)) {
        if (noApi.includes(answer.status)) {
          const codes = errorCodes(answer.text);
          // quay.io has the API, and answers so for a manifest that it does not hold.
          if (codes?.includes('MANIFEST_INVALID') === true) return [];
          // Not a word of a registry: its router does not know the path, in no repository.
          if (answer.status === 404 && codes === null) knowsPath = false;
          return null;
        }
        if (answer.status !== 200) throw wire.fail(`GET ${what}`, answer);
        const type = answer.headers['content-type']?.split(';')[0]?.trim();
        if (type !== mediaTypes.ociIndex) return null;
        for (const referrer of parseReferrers(answer.text, what)) referrers.set(referrer.digest, referrer);
      }
      return [...referrers.values()];
    },
  };
}

/**
 * Returns the entries of an index of referrers.
 * @throws OciError `unexpected-answer`
 */
export function parseReferrers(text: string, what: string): readonly ReferrerDescriptor[] {
  const entries: unknown = fieldsOf(text, what)['manifests'];
  if (!Array.isArray(entries)) throw odd(what, 'it has no list "manifests"');
  return entries.map((entry: unknown) => {
    const { mediaType, digest, artifactType } = Object(entry) as Record<string, unknown>;
    if (typeof mediaType !== 'string' || typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw odd(what, 'an entry lacks its type or its sha256 digest');
    }
    const type = typeof artifactType === 'string' && artifactType !== '' ? artifactType : null;
    return { mediaType, digest: parseDigest(digest), artifactType: type };
  });
}

function namesOf(text: string, field: 'tags' | 'repositories', what: string): readonly string[] {
  // Go writes a list without members as null.
  const names: unknown = fieldsOf(text, what)[field] ?? [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw odd(what, `"${field}" is not a list of names`);
  }
  return names as readonly string[];
}

function fieldsOf(text: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === 'object' && data !== null) return data as Record<string, unknown>;
  } catch (cause) {
    throw odd(what, 'the answer is not JSON', cause);
  }
  throw odd(what, 'the answer is not an object');
}

/** Returns the codes of an answer in the form of the distribution API, null for another form. */
function errorCodes(text: string): readonly unknown[] | null {
  try {
    const { errors } = Object(JSON.parse(text)) as { readonly errors?: unknown };
    return Array.isArray(errors) ? errors.map((error: unknown) => (Object(error) as { code?: unknown }).code) : null;
  } catch {
    return null;
  }
}

function odd(what: string, why: string, cause?: unknown): OciError {
  return new OciError('unexpected-answer', `${what}: ${why}`, {
    ...{ cause, next: 'Check that the address is that of a registry.' },
  });
}
