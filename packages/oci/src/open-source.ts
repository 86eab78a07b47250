import type { Log } from '@tagflow/model';
import { isArchiveUrl } from './archive/archive-url.ts';
import type { CredentialsProvider } from './auth/docker-config.ts';
import { openPlace, type PlaceDescription, type SourcePlace } from './place.ts';
import type { OciEffects } from './wire.ts';

export interface OpenSourceOptions {
  readonly credentials: CredentialsProvider;
  readonly effects: OciEffects;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A source that may hold files open. */
export interface OpenSource {
  readonly place: SourcePlace;
  /** The part of its repositories before the containers' names; empty where there is none. */
  readonly namespacePath: string;
  close(): Promise<void>;
}

/**
 * Returns what a description stands for: a namespace of a registry, or what a build left (`oci:`, `oci-archive:`,
 * `docker-archive:`). Nothing is sent.
 * @throws OciError `bad-reference`, `bad-archive`
 */
export async function openSource(description: PlaceDescription, options: OpenSourceOptions): Promise<OpenSource> {
  if (!isArchiveUrl(description.url)) {
    const place = openPlace({ ...description, ...options });
    return { place, namespacePath: place.namespace.path, close: () => Promise.resolve() };
  }
  // Loaded by those who have files: it brings the readers of three forms along.
  const { openArchivePlace } = await import('./archive/archive-place.ts');
  const place = await openArchivePlace(description.url, { ...options, namePattern: description.namePattern });
  return { place, namespacePath: '', close: () => place.close() };
}
