/**
 * What a finding is about.
 * - `guessed`: the old files do not say it, and tagflow.yaml has to
 * - `changed`: carried, but it means something else here
 * - `not-carried`: nothing in tagflow.yaml says it
 * - `overridden`: a file above says otherwise, so the old promoter did not use it either
 * - `waiver`: a job that was commented out of the criteria
 * - `note`: a comment among the criteria
 * - `secret`: a value that belongs into no file
 */
export type FindingKind = 'guessed' | 'changed' | 'not-carried' | 'overridden' | 'waiver' | 'note' | 'secret';

/** Something that a person has to know of an import. */
export interface Finding {
  readonly kind: FindingKind;
  /** The file as it was named; null where no file says anything. */
  readonly file: string | null;
  /** From 1; null where no file says anything. */
  readonly line: number | null;
  /** Such as `overcloud_images.qcow_servers.promoter.user`; the key of tagflow.yaml where no file says anything. */
  readonly key: string;
  /** As the file has it, but for secrets. */
  readonly value: string;
  readonly why: string;
  /** What to do; empty where nothing is to be done. */
  readonly todo: string;
}

/** A value of an old file that tagflow.yaml says, too. */
export interface Carried {
  readonly file: string;
  readonly line: number;
  readonly key: string;
  /** Where in tagflow.yaml, such as `dlrn.api-url`. */
  readonly to: string;
}

const secretKey = /passw|secret|token|credential|^pass$|private_?key$/i;

/** Whether a key of the old files holds a secret, by its name. */
export const isSecretKey = (key: string): boolean => secretKey.test(key);

/** Returns the text without the password of a URL in it. */
export const withoutPassword = (text: string): string =>
  text.replaceAll(/(:\/\/[^/\s:@]*):[^/\s]*@/g, (_all, user: string) => `${user}:(not shown)@`);

export const hasPassword = (text: string): boolean => withoutPassword(text) !== text;
