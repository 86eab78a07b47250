import { mayPass, type ResumeOptions, startResuming } from './resuming.ts';
import type { FileRange, Sink, Store } from './store.ts';

/**
 * Gives a part of a file to a sink, and takes the read up again where it broke off. With a version the bytes are all of
 * that one; without, nothing says that those after a break are of the same file.
 * @throws StoreError as {@link Store.readRange}, and what the sink throws, which is not taken up again
 */
export async function readRangeResuming(
  store: Pick<Store, 'readRange'>,
  path: string,
  range: FileRange,
  sink: Sink,
  options: ResumeOptions,
): Promise<void> {
  const resuming = startResuming(options);
  const end = range.offset + range.length;
  let position = range.offset;
  let isRefused = false;

  const took = (bytes: number): void => {
    position += bytes;
    resuming.moved();
  };
  const refuse = (error: unknown): never => {
    isRefused = true;
    throw error;
  };
  const counted: Sink = (piece) => {
    const { length } = piece;
    let taking: ReturnType<Sink>;
    try {
      taking = sink(piece);
    } catch (error) {
      return refuse(error);
    }
    if (taking !== undefined) return taking.then(() => took(length), refuse);
    return took(length);
  };

  for (;;) {
    try {
      await store.readRange(path, { ...range, offset: position, length: end - position }, counted);
      return;
    } catch (error) {
      if (isRefused) throw error;
      // It broke behind the last byte.
      if (position === end && mayPass(error)) return;
      await resuming.wait(error, `byte ${position} of ${range.offset} to ${end}`);
    }
  }
}
