import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { tagflow, textOf, withoutPorts } from './docs-page.ts';

/** A code block of a page, in its order. */
export interface Block {
  readonly kind: string;
  readonly text: string;
}

/** Returns all code blocks of a page in its order. */
export function blocksInOrder(page: string): readonly Block[] {
  return [...textOf(page).matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, kind = '', text = '']) => ({
    kind,
    text: text.trimEnd(),
  }));
}

/** Returns the lines of a block that were not said, in this order; more may have been said between them. */
export function unsaid(shown: string, said: string): readonly string[] {
  const lines = withoutPorts(said).split('\n');
  let from = 0;
  return shown.split('\n').filter((line) => {
    const at = lines.indexOf(line, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** Makes a folder `bin` in which `npx tagflow` is tagflow from its sources. */
export async function writeNpx(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'npx'), `#!/bin/sh\nshift\nexec ${tagflow} "$@"\n`, { mode: 0o755 });
  return bin;
}

/**
 * Does what a page shows as a YAML file: its first line is a comment with the path. Of a file that is there, the page
 * shows a part; items of lists are put before those that it has. A shell between its commands does it by
 * `node docs-played.ts BLOCK`, in the folder of the page's reader.
 */
async function writeYaml(folder: string, block: string): Promise<void> {
  const path = join(folder, /^# (\S+)\n/.exec(block)?.[1] ?? '');
  await mkdir(dirname(path), { recursive: true });
  const old = await readFile(path, 'utf8').catch(() => null);
  await writeFile(path, old === null ? block : stringify(merged(parse(old), parse(block))));
}

function merged(old: unknown, added: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(added)) return [...(added as unknown[]), ...(old as unknown[])];
  if (!isMap(old) || !isMap(added)) return added;
  const changed = Object.entries(added).map(([key, value]) => [key, key in old ? merged(old[key], value) : value]);
  return { ...old, ...Object.fromEntries(changed) } as unknown;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

if (import.meta.main) await writeYaml('.', await readFile(process.argv[2] ?? '', 'utf8'));
