import type { Engine } from './call.ts';

/** Tags that cannot be pointed elsewhere once they are there. */
export interface LabImmutableTags {
  readonly tags: RegExp;
  /** Whose words the refusal has. All three refuse the digest that is there already, too. */
  readonly like: 'harbor' | 'quay' | 'ecr';
}

/** Where registries differ. */
export interface LabRegistryRules {
  /** Which release of distribution to play where they differ. Default `v2` (2.8). */
  readonly engine?: Engine;
  /** Has the API of referrers, as zot and Harbor from 2.8 on have it. Default false: 404, as distribution. */
  readonly referrers?: boolean;
  /**
   * Longest page of tags, repositories and referrers. Tags: 413 for a request for more, as quay.io was seen to answer
   * (google/go-containerregistry#1963). Without it: what distribution does.
   */
  readonly maxPage?: number;
  /** False: nobody may list the repositories, as on docker.io. Default true. */
  readonly catalog?: boolean;
  readonly immutable?: LabImmutableTags;
  /**
   * Layers may have URLs, and lie there instead of here, as far as distribution goes with that. Default false: such a
   * layer is refused though it is here, as distribution does until `validation.manifests.urls` says otherwise.
   */
  readonly layerUrls?: boolean;
}
