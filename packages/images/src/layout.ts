import { posix } from 'node:path';
import type { FullHash, Label } from '@tagflow/model';
import { nameOf, parentOf } from '@tagflow/store';
import { ImagesError } from './error.ts';

/** A link inside the directory of a hash, made when it is published and never moved, such as `stable` to `.`. */
export interface InnerLink {
  readonly name: string;
  /** Relative to the directory of the hash, and inside it. */
  readonly target: string;
}

/** Where the images of a hash and the links of a label are, below the root of a store. */
export interface Layout {
  directory(hash: FullHash): string;
  /** At least one. */
  links(label: Label): readonly string[];
  /** What every directory of a hash holds besides its files. */
  readonly innerLinks: readonly InnerLink[];
  /** The folder of all hash directories, and those of the links; what pruning has to look at. */
  readonly folder: string;
  readonly linkFolders: readonly string[];
}

export interface LayoutOptions {
  /** Over `{release}`, `{distro}` and `{hash}`; its last part is `{hash}`, such as `{distro}/{release}/{hash}`. */
  readonly pathTemplate: string;
  /** Over `{release}`, `{distro}` and `{label}`, which stands in the last part. */
  readonly linkTemplates: readonly string[];
  /** Default: none. */
  readonly innerLinks?: readonly InnerLink[];
  readonly release: string;
  /** Needed only where a template names it. */
  readonly distro?: string;
}

/**
 * Returns the layout that templates describe.
 * @throws ImagesError `bad-layout` for an unknown or missing placeholder, and for a path that does not end in `{hash}`:
 *   what a link names is read from the last part of its target
 */
export function createLayout(options: LayoutOptions): Layout {
  const { pathTemplate, linkTemplates, innerLinks = [] } = options;
  if (nameOf(pathTemplate) !== '{hash}' || parentOf(pathTemplate).includes('{hash}')) {
    throw new ImagesError(
      'bad-layout',
      `path template "${pathTemplate}" does not end in "/{hash}"; allowed: {hash} once, as the last part`,
    );
  }
  if (linkTemplates.length === 0) throw new ImagesError('bad-layout', 'there is no link template');
  const unlabelled = linkTemplates.find((template) => !template.includes('{label}'));
  if (unlabelled !== undefined) {
    throw new ImagesError('bad-layout', `link template "${unlabelled}" does not hold {label}`);
  }
  const deep = linkTemplates.find((template) => parentOf(template).includes('{label}'));
  if (deep !== undefined) {
    throw new ImagesError(
      'bad-layout',
      `link template "${deep}" has {label} in a folder, where its links cannot be listed`,
    );
  }
  const known: Readonly<Record<string, string>> = {
    release: options.release,
    ...(options.distro === undefined ? {} : { distro: options.distro }),
  };
  const path = fill(pathTemplate, known, 'hash');
  const links = linkTemplates.map((template) => fill(template, known, 'label'));
  return {
    directory: (hash) => path.replaceAll('{hash}', hash),
    links: (label) => links.map((link) => link.replaceAll('{label}', label)),
    innerLinks,
    folder: parentOf(path),
    linkFolders: [...new Set(links.map(parentOf))],
  };
}

/** Returns the target that a link needs to lead to a directory of the same store. Relative: it survives a move. */
export function relativeTarget(link: string, directory: string): string {
  return posix.relative(posix.dirname(`/${link}`), `/${directory}`);
}

/** Returns what a link names: the last part of its target, whether it is relative (ours) or absolute (RDO's). */
export function hashOfTarget(target: string): string {
  return posix.basename(posix.normalize(target));
}

function fill(template: string, known: Readonly<Record<string, string>>, later: string): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (placeholder, name: string) => {
    if (name === later) return placeholder;
    const value = known[name];
    if (value !== undefined) return value;
    const allowed = ['release', 'distro', later].map((word) => `{${word}}`).join(', ');
    throw new ImagesError(
      'bad-layout',
      name === 'distro'
        ? `template "${template}" needs a distro for {distro}, and none was given`
        : `template "${template}": ${placeholder} is not a placeholder that is known here; allowed: ${allowed}`,
    );
  });
}
