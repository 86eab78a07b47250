import { StoreError } from './error.ts';
import { mayPass, type ResumeOptions, startResuming } from './resuming.ts';
import type { Content, Store } from './store.ts';

/**
 * Yields an open file's bytes, and takes the read up again where it broke off.
 * @param content what {@link Store.read} gave; the bytes begin at its offset
 * @throws StoreError `changed` when the file became another one meanwhile: what was yielded is then of no use
 */
export async function* readResuming(
  store: Store,
  path: string,
  content: Content,
  options: ResumeOptions,
): AsyncGenerator<Uint8Array> {
  const resuming = startResuming(options);
  let open = content;
  let position = content.offset;
  for (;;) {
    try {
      for await (const chunk of open.body) {
        options.effects.signal.throwIfAborted();
        position += chunk.length;
        resuming.moved();
        yield chunk;
      }
      if (position >= content.size) return;
      throw new StoreError('unreachable', `${store.url}/${path}: ended at byte ${position}`);
    } catch (error) {
      await resuming.wait(error, `byte ${position} of ${content.size}`);
      open = await reopen(store, path, content, position).catch((again: unknown) => {
        if (mayPass(again)) return { ...content, body: broken(again) };
        throw again;
      });
    }
  }
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
