export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** What a path leads to, links followed. */
export interface Stat {
  readonly kind: Exclude<EntryKind, 'link'>;
  /** Bytes; null where the store does not say (folders, some web servers). */
  readonly size: number | null;
  /** Milliseconds since 1970; null where the store does not say. */
  readonly modified: number | null;
}

/** One name in a folder; a link is a link here, except over HTTP, which shows what it leads to. */
export interface Entry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly size: number | null;
  /** Milliseconds since 1970; null where the store does not say. */
  readonly modified: number | null;
}

export interface ReadOptions {
  /** First byte. Default 0. */
  readonly offset?: number;
  /**
   * The `version` that the bytes before `offset` came from. When the file is another one by now, the content starts at
   * offset 0, so that nobody joins two files.
   */
  readonly ifVersion?: string;
}

/** An open file. The body must be iterated: leaving the loop early gives the connection back as well. */
export interface Content {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Where the body begins: the offset asked for, or 0. */
  readonly offset: number;
  /** Equal texts mean the same file (an ETag, or times and sizes); null where the store gives no such sign. */
  readonly version: string | null;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Gives the bytes of something from an offset on; may be called more than once. */
export type ByteSource = (offset: number) => AsyncIterable<Uint8Array>;

/**
 * Files and links somewhere. Paths are relative to the store's URL, with `/` between parts, without `.` and `..`; the
 * empty path is the store's own folder. Everything rejects with a StoreError, or with the reason of the aborted signal
 * that the store was opened with.
 */
export interface Store {
  /** Without secrets and without a slash at the end; the same place has the same URL. */
  readonly url: string;
  /** False for a store that can only be read (http, https). */
  readonly writable: boolean;
  /** Opens a file. @throws StoreError `not-found` */
  read(path: string, options?: ReadOptions): Promise<Content>;
  /** Returns a small file (up to 16 MiB) as UTF-8, or null where there is none. */
  readText(path: string): Promise<string | null>;
  /** Returns null where nothing is, and for a link that leads nowhere. */
  stat(path: string): Promise<Stat | null>;
  /** Returns a folder's entries, sorted by name. @throws StoreError `not-found` */
  list(path: string): Promise<readonly Entry[]>;
  /** Returns a link's target as it is written, null where nothing is. @throws StoreError `wrong-kind` for no link */
  readLink(path: string): Promise<string | null>;
  /**
   * Completes a file in place: what is there already is taken for the beginning of the source and kept, unless it is
   * longer than `size`. Returns how many bytes were written. For part files only: a reader could see half of it.
   */
  append(path: string, source: ByteSource, options: { readonly size: number }): Promise<number>;
  /** Replaces a small file in one step: readers see the old content or the new one. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Makes the folder and those above it; one that exists is fine. */
  makeDirectory(path: string): Promise<void>;
  /** Renames in one step; a file or link of the new name is replaced. @throws StoreError `exists` for a full folder */
  rename(from: string, to: string): Promise<void>;
  /**
   * Makes `path` a link to `target` (a text, not checked) in one step: there is no moment without the link.
   * @throws StoreError `exists` when `path` is a folder or file, and so not ours to replace
   */
  link(path: string, target: string): Promise<void>;
  /** Removes a file or a link. Returns false where nothing was. */
  remove(path: string): Promise<boolean>;
  /** Removes a folder with everything in it, following no link. One that does not exist is fine. */
  removeTree(path: string): Promise<void>;
  /** Ends connections. Nothing may be called afterwards. */
  close(): Promise<void>;
}
