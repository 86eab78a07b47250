import { OciError } from '../error.ts';

/** What containers can be read from besides a registry. */
export type ArchiveKind = 'oci' | 'oci-archive' | 'docker-archive';

export interface ArchiveUrl {
  readonly kind: ArchiveKind;
  /** As it was written: absolute, or relative to the working directory. May hold `{name}`. */
  readonly path: string;
  /** The whole. */
  readonly text: string;
}

const form = /^(oci|oci-archive|docker-archive):(.*)$/s;

/** Returns whether a source is written as files of a build rather than as a registry. */
export function isArchiveUrl(text: string): boolean {
  return form.test(text);
}

/** @throws OciError `bad-reference` */
export function parseArchiveUrl(text: string): ArchiveUrl {
  const [, kind, path] = form.exec(text) ?? [];
  if (kind === undefined || path === undefined) throw bad(text, 'it begins with none of the forms for files');
  if (path === '' || path.includes('\0')) throw bad(text, 'it has no path');
  // Helm writes registries so.
  if (path.startsWith('//')) throw bad(text, 'a path of files does not begin with "//"');
  return { kind: kind as ArchiveKind, path, text };
}

function bad(text: string, why: string): OciError {
  return new OciError('bad-reference', `source "${text}": ${why}`, {
    outcome: 'invalid',
    next: 'Write oci:DIR, oci-archive:FILE or docker-archive:FILE, or https://registry.example/namespace.',
  });
}
