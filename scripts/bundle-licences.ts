import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces.ts';

interface Part {
  /** Name, version and licence of a package, and its own lines of copyright below. */
  readonly heading: string;
  /** The texts of its licence and notice, without those lines. */
  readonly text: string;
}

const line = '-'.repeat(80);

/**
 * Returns the licence of every package of others that the build holds; most of them ask to go along with copies. A text
 * that several have stands once, below all their names and copyrights.
 * @param inputs paths in the repository of all files that a part of went into the build
 */
export function licences(inputs: readonly string[]): string {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []),
  );
  const parts = [...folders].map(partOf).toSorted((a, b) => (a.heading < b.heading ? -1 : 1));
  // Lines break elsewhere in each copy of the same words.
  const groups = Map.groupBy(parts, ({ text }) => text.replaceAll(/\s+/g, ' '));
  const sections = [...groups.values()].map((same) => {
    const headings = [...new Set(same.map(({ heading }) => heading))];
    return `${headings.join('\n\n')}\n\n${same[0]?.text ?? ''}`;
  });
  return `Parts of others in this folder, and their licences.\n\n${sections.join(`\n\n${line}\n\n`)}\n`;
}

function partOf(folder: string): Part {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = globSync('{LICENSE,LICENCE,NOTICE,COPYING,license,licence}*', { cwd: join(root, folder) }).toSorted();
  const texts = files.map((file) =>
    readFileSync(join(root, folder, file), 'utf8')
      .replaceAll('\r\n', '\n')
      .trim(),
  );
  const { name, version, license } = manifest;
  const named = `${name} ${version}${license === undefined ? '' : ` (${license})`}`;
  const whole = texts.join('\n\n').split('\n');
  // Only a short text is one licence with its owner in the first lines; of a longer one every line stays in its place.
  const isOwner = (text: string, at: number): boolean => whole.length < 60 && at < 12 && /^\s*copyright\b/i.test(text);
  const owners = whole.filter(isOwner).map((owner) => `  ${owner.trim()}`);
  const text = whole
    .filter((each, at) => !isOwner(each, at))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  return { heading: [named, ...owners].join('\n'), text };
}
