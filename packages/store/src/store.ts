export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** What a path leads to, links followed. */
export interface Stat {
  readonly kind: Exclude<EntryKind, 'link'>;
  /** Bytes; null where the store does not say (folders, some web servers). */
  readonly size: number | null;
  /** Milliseconds since 1970; null where the store does not say. */
  readonly modified: number | null;
  /** As {@link Content.version}. */
  readonly version: string | null;
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

/** What takes in bytes. A piece is good until what it returns has resolved: then other bytes lie there. */
export type Sink = (piece: Uint8Array) => Promise<void> | void;

/** A part of a file. */
export interface FileRange {
  readonly offset: number;
  /** Bytes; at least 1, and the file has them. */
  readonly length: number;
  /** The version that the file has to have still. Default: any. */
  readonly version?: string;
}

/**
 * A file that is written in place, at any positions; what is never written reads as zeros and takes no room where the
 * far end has holes. For part files only: a reader would see half of it.
 */
export interface PartFile {
  /** Bytes that were there when it was opened. */
  readonly present: number;
  /** Resolves when the bytes are written, and may change again. Several may be on their way; they arrive in order. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Copies `length` bytes at `offset` of another file of the same store to `position`, at the far end; null where that
   * would move bytes. On its way together with writes, in order.
   */
  readonly copy: ((from: string, offset: number, length: number, position: number) => Promise<void>) | null;
  /** Makes it exactly `size` bytes long and has it written to the disk. */
  finish(size: number): Promise<void>;
  /** Gives the file back, finished or not. Nothing may be on its way any more. */
  close(): Promise<void>;
}

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
  /** True where nothing travels when it is read or written: a folder of this machine. */
  readonly local: boolean;
  /** Opens a file. @throws StoreError `not-found` */
  read(path: string, options?: ReadOptions): Promise<Content>;
  /** Returns a small file (up to 16 MiB) as UTF-8, or null where there is none. */
  readText(path: string): Promise<string | null>;
  /** Returns a small file, up to `maxBytes`, or null where there is none. @throws StoreError `failed` for a longer one */
  readBytes(path: string, options: { readonly maxBytes: number }): Promise<Buffer | null>;
  /**
   * Gives a part of a file to a sink, in order, and resolves when it has all of it.
   * @throws StoreError `changed` when the file is another one than `version` says, or shorter; `not-supported` when the
   *   server gives no parts of files: then there is only `read`. What the sink has got when it rejects is the beginning.
   */
  readRange(path: string, range: FileRange, sink: Sink): Promise<void>;
  /** Returns null where nothing is, and for a link that leads nowhere. */
  stat(path: string): Promise<Stat | null>;
  /** Returns a folder's entries, sorted by name. @throws StoreError `not-found` */
  list(path: string): Promise<readonly Entry[]>;
  /** Returns a link's target as it is written, null where nothing is. @throws StoreError `wrong-kind` for no link */
  readLink(path: string): Promise<string | null>;
  /** Opens a part file, keeping what it holds; a new one is empty. Its folder exists. */
  openPart(path: string): Promise<PartFile>;
  /**
   * Returns the sha256 (64 hex digits) of a file as its own machine computes it, so that no byte travels; null where it
   * does not offer that.
   */
  digest(path: string): Promise<string | null>;
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
