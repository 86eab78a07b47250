import { type Clock, type Log, TagflowError } from '@tagflow/model';
import { StoreError } from './error.ts';
import type { Content, Store } from './store.ts';

export interface ResumeOptions {
  /** How often a broken read is taken up again without one new byte in between. Default 5. */
  readonly attempts?: number;
  readonly effects: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal };
}

/**
 * Yields an open file's bytes, and takes the read up again where it broke off.
 * @param content what {@link Store.read} gave; the bytes begin at its offset
 * @throws StoreError `changed` when the file became another one meanwhile: what was yielded is then of no use
 */
export async function* readResuming(
  store: Store,
  path: string,
  content: Content,
  { attempts = 5, effects }: ResumeOptions,
): AsyncGenerator<Uint8Array> {
  const { clock, log, signal } = effects;
  let open = content;
  let position = content.offset;
  for (let failures = 0; ;) {
    try {
      for await (const chunk of open.body) {
        signal.throwIfAborted();
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (position >= content.size) return;
      throw new StoreError('unreachable', `${store.url}/${path}: ended at byte ${position}`);
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      if (!mayPass(error) || failures > attempts) throw error;
      log.info(`${error.message}; going on at byte ${position} of ${content.size}`);
      await clock.sleep(1000 * 2 ** (failures - 1), signal);
      open = await reopen(store, path, content, position).catch((again: unknown) => {
        if (mayPass(again)) return { ...content, body: broken(again) };
        throw again;
      });
    }
  }
}

function mayPass(error: unknown): error is TagflowError {
  return error instanceof TagflowError && error.outcome === 'waiting' && error.code !== 'changed';
}

async function* broken(error: Error): AsyncGenerator<Uint8Array> {
  throw error;
}

async function reopen(store: Store, path: string, first: Content, position: number): Promise<Content> {
  const ifVersion = first.version;
  const open = await store.read(path, { offset: position, ...(ifVersion === null ? {} : { ifVersion }) });
  const same = open.size === first.size && open.version === ifVersion && (ifVersion !== null || position === 0);
  if (same && open.offset === position) return open;
  if (same) return { ...open, offset: position, body: skipBytes(open.body, position) };
  for await (const _chunk of open.body) break;
  throw new StoreError('changed', `${store.url}/${path} changed while it was read`, { next: 'Run the same again.' });
}

/** Yields a body without its first `count` bytes: for servers that give no parts of a file. */
export async function* skipBytes(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield chunk.subarray(left);
      left = 0;
    }
  }
}
