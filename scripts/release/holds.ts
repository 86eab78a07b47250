import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { builtins } from '../bundle-builtins.ts';
import { leaveOut } from '../bundle-leave-out.ts';
import { root } from '../workspaces.ts';

/** What a build of one action is made of. */
export interface Held {
  /** Sources of ours, relative to the root, sorted. */
  readonly files: readonly string[];
  /** `name@version` of every package of others, sorted. */
  readonly libraries: readonly string[];
}

/**
 * Builds one action alone, in memory, and returns esbuild's metafile. dist/ is one build of all actions, in which a
 * file that any of them needs lies in a chunk that others may load too; alone, an action holds only what it needs
 * itself, and what its neighbours do cannot release it.
 * @param name such as `get-repo-hash`
 */
export async function buildAlone(name: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: join(root, 'actions', name, 'src/main.ts') },
    outdir: join(root, 'dist'), // only a name: nothing is written
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    plugins: [leaveOut, builtins],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return metafile;
}

/** The `packages` of package-lock.json: folder → what it says of the package there. */
export type Lock = Readonly<Record<string, { readonly version?: string }>>;

/**
 * Returns what reaches an entry point: through its imports, static and dynamic, as far as a byte of it is left.
 */
export function heldBy(metafile: Metafile, entryPoint: string, lock: Lock): Held {
  const [entry] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryPoint) ?? [];
  if (entry === undefined) throw new Error(`the build has no entry point ${entryPoint}`);
  const outputs = new Set([entry]);
  const inputs = new Set<string>();
  for (const path of outputs) {
    const output = metafile.outputs[path];
    if (output === undefined) throw new Error(`the build imports ${path}, which is no part of it`);
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0) inputs.add(input);
    for (const imported of output.imports) if (imported.external !== true) outputs.add(imported.path);
  }
  const ours = [...inputs].filter((input) => /^(?:actions|packages)\/(?!.*\/node_modules\/)/.test(input));
  const libraries = [...inputs].flatMap((input) => {
    // a nested one too: the last folder that is a package's
    const [folder, name] = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/.exec(input) ?? [];
    return folder === undefined || name === undefined ? [] : [`${name}@${lockedVersion(folder, lock)}`];
  });
  return { files: ours.toSorted(), libraries: [...new Set(libraries)].toSorted() };
}

// A checkout may have its libraries elsewhere, behind links: then the path begins with folders that the lock has not.
function lockedVersion(folder: string, lock: Lock): string {
  const steps = folder.split('/');
  const version = steps
    .map((_, index) => lock[steps.slice(index).join('/')]?.version)
    .find((found) => found !== undefined);
  if (version === undefined) throw new Error(`package-lock.json has no ${folder}, of which the build holds a part`);
  return version;
}
