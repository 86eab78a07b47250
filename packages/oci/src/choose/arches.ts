import { OciError } from '../error.ts';

/** A machine architecture. */
export interface Arch {
  /** As builds and their tags call it: `x86_64`. */
  readonly name: string;
  /** As images and indexes call it: `amd64`. */
  readonly architecture: string;
}

/** All that are known, in the order in which an index lists them. None of them needs a variant. */
export const knownArches: readonly Arch[] = [
  { name: 'x86_64', architecture: 'amd64' },
  { name: 'ppc64le', architecture: 'ppc64le' },
  { name: 'aarch64', architecture: 'arm64' },
  { name: 's390x', architecture: 's390x' },
];

/**
 * Returns the architectures of a text such as `x86_64,ppc64le`, each once. The first is the primary one, which no
 * container may lack.
 * @throws OciError `bad-list`
 */
export function parseArches(text: string): readonly [Arch, ...Arch[]] {
  const names = [...new Set(text.split(/[\s,]+/).filter((name) => name !== ''))];
  const unknown = names.filter((name) => !knownArches.some((arch) => arch.name === name));
  const [first, ...others] = names.flatMap((name) => knownArches.filter((arch) => arch.name === name));
  if (unknown.length > 0 || first === undefined) {
    const what = unknown.length > 0 ? unknown.map((name) => JSON.stringify(name.slice(0, 40))).join(', ') : 'nothing';
    const known = knownArches.map(({ name }) => name).join(', ');
    throw new OciError('bad-list', `arches: ${what} is no list of architectures; known are ${known}`, {
      outcome: 'invalid',
      next: 'Name the primary one first, such as x86_64,ppc64le.',
    });
  }
  return [first, ...others];
}

/** Returns the tag that the image of one architecture has beside the plain one: `<tag>_x86_64`. */
export function archTag(tag: string, arch: Arch): string {
  return `${tag}_${arch.name}`;
}

/** Returns a tag without the ending that the images of one architecture, or their index, have in RDO's registries. */
export function withoutArch(tag: string): string {
  const ending = ['manifest', ...knownArches.map(({ name }) => name)].find((name) => tag.endsWith(`_${name}`));
  return ending === undefined ? tag : tag.slice(0, -ending.length - 1);
}
