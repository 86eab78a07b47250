import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.ts';
import { root } from './workspaces.ts';

/**
 * Returns dist/ as the sources are now, with maps: path in the repository → content. A map leads to the sources of this
 * repository and not to those of the copy that runs, so that an editor finds its own files and their breakpoints.
 */
export async function debugBuild(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const { files } = await bundle({ sourcemap: 'linked' });
  return new Map(
    [...files].map(([file, content]) => [
      `dist/${file}`,
      file.endsWith('.map') ? atHome(`dist/${file}`, new TextDecoder().decode(content)) : content,
    ]),
  );
}

function atHome(file: string, text: string): string {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  const base = pathToFileURL(join(root, file));
  return JSON.stringify({ ...map, sources: map.sources.map((source) => new URL(source, base).href) });
}

/** Returns the variables that make the steps of an action or of a job wait for a debugger. */
export function debugEnvironment(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const port = env['TAGFLOW_INSPECT_PORT'] ?? '';
  return { TAGFLOW_INSPECT: name, ...(port === '' ? {} : { TAGFLOW_INSPECT_PORT: port }) };
}
