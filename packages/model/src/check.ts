/** One thing of a set that was looked at where it is served, and what was found. */
export interface Check {
  readonly kind: 'repository' | 'packages' | 'container' | 'image' | 'set';
  /** What it is about, such as a base URL, or the name of a container or of an image. */
  readonly subject: string;
  /** What was seen to hold, in a few words; what is wrong, as a sentence that names the address, when `ok` is false. */
  readonly detail: string;
  readonly ok: boolean;
  /** Bytes that were read for it. */
  readonly bytes: number;
}
