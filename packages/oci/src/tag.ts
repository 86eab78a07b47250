import { HttpError } from '@tagflow/http';
import { type Clock, type Log, messageOf } from '@tagflow/model';
import { OciError } from './error.ts';
import type { Manifest } from './manifest.ts';
import { formatReference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/** A tag on its way to another manifest. */
export interface TagWrite {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly tag: string;
  readonly manifest: Manifest;
  /**
   * Looks whether the tag may be written, right before each attempt; false: it is right already. Rejects when it must not
   * be written. An attempt that was not answered, or that the registry put off, may be minutes old by then.
   */
  readonly mayWrite: (attempt: number) => Promise<boolean>;
  readonly effects: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal };
}

const attempts = 6;
/** A registry that asks for more patience than this gets none. Milliseconds. */
const longestWaitMs = 120_000;

/**
 * Points a tag to a manifest and reads it back: a registry may answer 201 and leave the tag where it was
 * (goharbor/harbor#23118). A registry that refuses to move the tag is believed only when the tag is not right already:
 * some refuse even that. Returns whether it was written.
 * @throws OciError `tag-not-moved`, `immutable`
 */
export async function writeTag(write: TagWrite): Promise<boolean> {
  const { client, repository, tag, manifest, effects } = write;
  let refusal: OciError | null = null;
  for (let attempt = 1; ; attempt++) {
    if (!(await write.mayWrite(attempt))) return false;
    try {
      await client.putManifest(repository, tag, manifest, { waits: false });
      break;
    } catch (error) {
      if (error instanceof OciError && error.code === 'immutable') {
        refusal = error;
        break;
      }
      effects.signal.throwIfAborted();
      const wait = waitAfter(error, attempt);
      if (wait === null) throw error;
      effects.log.info(`${messageOf(error)}; the tag is looked at again in ${Math.ceil(wait / 1000)} s`);
      await effects.clock.sleep(wait, effects.signal);
    }
  }
  const now = await client.headManifest(repository, tag);
  if (now?.digest === manifest.digest) return true;
  if (refusal !== null) throw refusal;
  throw new OciError(
    'tag-not-moved',
    `${formatReference(client.registry, repository, tag)}: the registry took ${manifest.digest}, but the tag is ${now?.digest ?? 'absent'}`,
    { next: 'Somebody else may be writing the tag. Run the same command again.' },
  );
}

function waitAfter(error: unknown, attempt: number): number | null {
  const isPassing = (error instanceof HttpError || error instanceof OciError) && error.outcome === 'waiting';
  if (!isPassing || attempt >= attempts) return null;
  const asked = error instanceof OciError ? error.retryAfterMs : undefined;
  return asked === undefined ? 500 * 2 ** (attempt - 1) : asked > longestWaitMs ? null : asked;
}
