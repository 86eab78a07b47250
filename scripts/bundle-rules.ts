import { homedir } from 'node:os';
import type { Metafile } from 'esbuild';
import type { Bundle } from './bundle.ts';
import { root } from './workspaces.ts';

/** Bytes of dist/ in all: it is committed, and every run of an action downloads it. */
export const largest = 3_000_000;

/**
 * Returns what is wrong with a build, a sentence each; nothing when it may be committed.
 * @param before the size in bytes of each file that is committed, by its path below dist/
 */
export function objections({ files, metafile }: Bundle, before: ReadonlyMap<string, number>): readonly string[] {
  return [...tooLarge(files, metafile, before), ...[...files].flatMap(([file, contents]) => tied(file, contents))];
}

function tooLarge(files: Bundle['files'], metafile: Metafile, before: ReadonlyMap<string, number>): readonly string[] {
  const total = files.values().reduce((sum, { length }) => sum + length, 0);
  if (total <= largest) return [];
  const was = before.values().reduce((sum, bytes) => sum + bytes, 0);
  // Names change with the content, so what is new has no counterpart of its own.
  const grown = [...files]
    .map(([file, { length }]) => ({ file, length, more: length - (before.get(file) ?? 0) }))
    .filter(({ more }) => more > 0)
    .toSorted((a, b) => b.more - a.more)
    .slice(0, 5)
    .map(({ file, length }) => `  ${file}: ${kilobytes(length)}, ${mostly(metafile, `dist/${file}`)}`);
  return [
    `dist/ has ${total} bytes, and may have ${largest}; what is committed has ${was}. New or larger, from the largest:`,
    ...grown,
    '  Load less (an import of names, not of a library), or leave out what no run reaches: scripts/bundle-leave-out.ts.',
  ];
}

function mostly({ outputs }: Metafile, output: string): string {
  const sums = new Map<string, number>();
  for (const [input, { bytesInOutput }] of Object.entries(outputs[output]?.inputs ?? {})) {
    const from = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? input.split('/').slice(0, 2).join('/');
    sums.set(from, (sums.get(from) ?? 0) + bytesInOutput);
  }
  const parts = [...sums].toSorted((a, b) => b[1] - a[1]).slice(0, 3);
  return parts.length === 0 ? 'text' : parts.map(([from, bytes]) => `${from} ${kilobytes(bytes)}`).join(', ');
}

/** A path of the machine that built it would be another one elsewhere, and a map is larger than all it maps. */
function tied(file: string, contents: Uint8Array): readonly string[] {
  const text = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const found: string[] = [];
  if (file.endsWith('.map') || text.includes('//# sourceMappingURL=')) {
    found.push(`dist/${file} is or names a source map; those are for debugging, and are not committed`);
  }
  for (const place of [root, homedir()]) {
    if (text.includes(`${place}/`)) found.push(`dist/${file} holds a path of this machine, ${place}`);
  }
  return found;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
