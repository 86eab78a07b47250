import { isImageName } from '@tagflow/model';
import { ImagesError } from './error.ts';

/** Names of files that stand beside images and are none. */
export const companions = /\.(?:md5|sha256|cidx)$|^set\.json$|^\./;

/**
 * Returns the names, each once.
 * @throws ImagesError `bad-name` for one that no set.json could hold, and for one of the files beside images
 */
export function checkImageNames(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (isImageName(name) && !companions.test(name)) continue;
    throw new ImagesError('bad-name', `${JSON.stringify(name)} cannot be the name of an image`, {
      next:
        'A name is letters, digits, ".", "_" and "-", begins with a letter or digit, and does not end in .md5, .sha256 ' +
        'or .cidx: rename the file.',
    });
  }
  return [...new Set(names)];
}
