import type { LabMode } from '@tagflow/lab';

/**
 * One question to a DLRN, as data. Texts (also those deep inside `json`) may hold placeholders: `{good.commit}`,
 * `{newest.aggregate}` and whatever else {@link placeholders} gives. One that has no value in a variant, such as
 * `{good.extended}` without extended hashes, makes a parameter of the query vanish and a member of `json` null.
 */
export interface Question {
  /** Names the test; no two alike. */
  readonly name: string;
  /**
   * Method and path. Four are no methods: `TREE` gets a file of the repository tree, `BUILD` and `FAIL` let upstream
   * build one more package, or try to, and `LOOK` compares the disks alone, for questions whose `before` is the point.
   */
  readonly ask: string;
  /** The body as JSON, with its content type. */
  readonly json?: unknown;
  /** The body as it is; the content type is then JSON's for POST and none for the others. */
  readonly text?: string | Buffer;
  /** Besides, or in place of, the content type and the credentials that every POST has. `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Default both. */
  readonly modes?: readonly LabMode[];
  /** What somebody does to the disk of both servers first. */
  readonly before?: readonly DiskChange[];
  /** `head` leaves the body out: a page that says the same in other words. */
  readonly compare?: 'head';
  /** Only the lines of the body that hold this text are compared. */
  readonly lines?: string;
}

/** A change below the top of the repository tree. */
export type DiskChange =
  | { readonly remove: string }
  | { readonly folder: string }
  | { readonly file: string; readonly content: string }
  | { readonly link: string; readonly to: string };
