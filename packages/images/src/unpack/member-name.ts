import { quote } from './bad-archive.ts';

// What an image may be called in a set.
const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Names that tell something about the images beside them. */
const companions = /\.(?:md5|sha256|cidx)$|^set\.json$/i;

/** Returns the path of a member without the `./` that `tar -cf x.tar .` puts before it. */
export function withoutDot(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '');
}

/**
 * Returns why nothing may be unpacked under this name, null where it is the plain name of an image.
 * @param taken names in the folder that are not the archive's, in lower case: some disks do not tell case apart
 */
export function refusalOfName(name: string, taken: ReadonlySet<string>): string | null {
  if (name.split(/[/\\]/).includes('..')) return 'climbs out of the folder';
  if (/^(?:[/\\]|[A-Za-z]:)/.test(name)) return 'is an absolute path';
  if (/\p{Cc}/u.test(name)) return 'has control characters in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.includes('/')) return 'lies in a folder, and images are plain files beside each other';
  if (name.startsWith('.')) return 'is hidden: such names are for notes about images';
  if (!allowed.test(name)) {
    return 'is not allowed: names have at most 100 letters, digits, ".", "_" and "-", the first a letter or digit';
  }
  if (companions.test(name)) return 'is a name for what tells about images, not for an image';
  if (taken.has(name.toLowerCase())) return 'has the name of another file of the folder, which is not to be replaced';
  return null;
}

/** Returns the sentence for an error. */
export function refusedMember(path: string, why: string): string {
  return `holds ${quote(path)}, which ${why}`;
}
