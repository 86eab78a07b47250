import type { Digest } from '@tagflow/model';
import type { ReferrerDescriptor } from '../listings.ts';
import { indexTypes } from '../manifest.ts';
import { type Attached, type AttachedSource, cosignTags, referrersTag } from './attached.ts';
import { readReferrersIndex } from './referrers-index.ts';

/** A manifest that something may be attached to. */
export interface Subject {
  readonly digest: Digest;
  /**
   * The manifests of an index, each of which is a subject, too: cosign signs them with `--recursive`. Where it is not
   * given, it is looked up.
   */
  readonly children?: readonly Digest[];
}

/** Finds what is attached to manifests, and remembers of each repository what it listed. */
export interface AttachedFinder {
  find(repository: string, subjects: readonly Subject[]): Promise<readonly Attached[]>;
}

interface Found extends Attached {
  readonly mediaType: string;
}

interface RepositoryFacts {
  /** Those that begin with `sha256-`. */
  readonly tags: ReadonlySet<string>;
  /** Whether the registry lists referrers; null: it was not asked yet. */
  hasApi: boolean | null;
}

/** A signature of an SBOM of an SBOM … */
const deepest = 5;

/**
 * Returns a finder. It takes all ways together, because registries got the API of referrers one after the other and
 * signers do not agree: the API, the index under `sha256-<hex>` that stands for it elsewhere, and cosign's tags
 * `sha256-<hex>.sig`, `.att`, `.sbom`. What is attached may have something attached itself, down to five levels.
 *
 * Requests, for a repository: its tags once, a hundred at a time; where the registry has the API, one for each subject,
 * and elsewhere one altogether (none once the registry has shown that it does not know the path). For each thing that is
 * there: one HEAD for a tag of cosign's, one GET for an index of referrers. For a subject whose children are not given,
 * one HEAD, and one GET where it is an index; none where nothing is attached and the registry has no API.
 */
export function createAttachedFinder(source: AttachedSource): AttachedFinder {
  const repositories = new Map<string, Promise<RepositoryFacts>>();

  const readFacts = async (repository: string): Promise<RepositoryFacts> => {
    const tags = (await source.listTags(repository)) ?? [];
    return { tags: new Set(tags.filter((tag) => tag.startsWith('sha256-'))), hasApi: null };
  };

  const factsOf = (repository: string): Promise<RepositoryFacts> => {
    let facts = repositories.get(repository);
    if (facts === undefined) {
      facts = readFacts(repository);
      repositories.set(repository, facts);
      facts.catch(() => repositories.delete(repository));
    }
    return facts;
  };

  const listReferrers = async (repository: string, facts: RepositoryFacts, subject: Digest) => {
    const listed = facts.hasApi === false ? null : await source.listReferrers(repository, subject);
    facts.hasApi ??= listed !== null;
    const tag = referrersTag(subject);
    const index = facts.tags.has(tag) ? await source.getManifest(repository, tag) : null;
    const besides = index === null ? null : readReferrersIndex(index, subject);
    return new Map<Digest, ReferrerDescriptor>(
      [...(besides ?? []), ...(listed ?? [])].map((referrer) => [referrer.digest, referrer]),
    );
  };

  const attachedTo = async (repository: string, facts: RepositoryFacts, subject: Digest): Promise<readonly Found[]> => {
    const found: Found[] = [];
    for (const { digest, artifactType, mediaType } of (await listReferrers(repository, facts, subject)).values()) {
      found.push({ subject, kind: 'referrer', tag: null, digest, artifactType, mediaType });
    }
    for (const tag of cosignTags(subject)) {
      const head = facts.tags.has(tag) ? await source.headManifest(repository, tag) : null;
      if (head !== null) found.push({ subject, kind: 'tag', tag, ...head, artifactType: null });
    }
    return found;
  };

  const childrenOf = async (repository: string, digest: Digest, mediaType?: string): Promise<readonly Digest[]> => {
    const type = mediaType ?? (await source.headManifest(repository, digest))?.mediaType ?? '';
    if (!indexTypes.includes(type)) return [];
    const index = await source.getManifest(repository, digest);
    return index?.children.map((child) => child.digest) ?? [];
  };

  return {
    async find(repository, subjects) {
      const facts = await factsOf(repository);
      const seen = new Set<Digest>();
      const found: Found[] = [];
      const look = async (digest: Digest, children: () => Promise<readonly Digest[]>): Promise<void> => {
        if (seen.has(digest)) return;
        seen.add(digest);
        found.push(...(await attachedTo(repository, facts, digest)));
        if (facts.hasApi === false && facts.tags.size === 0) return;
        for (const child of await children()) await look(child, async () => []);
      };
      for (const { digest, children } of subjects) {
        await look(digest, async () => children ?? (await childrenOf(repository, digest)));
      }
      for (let depth = 1, from = 0; depth < deepest && from < found.length; depth++) {
        const level = found.slice(from);
        from = found.length;
        for (const { digest, mediaType } of level) {
          await look(digest, () => childrenOf(repository, digest, mediaType));
        }
      }
      return found.map(({ subject, kind, tag, digest, artifactType }) => ({
        ...{ subject, kind, tag, digest, artifactType },
      }));
    },
  };
}
