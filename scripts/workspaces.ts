import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

/** The repository's root, absolute. */
export const root = join(import.meta.dirname, '..');

/** One package or action of the repository. */
export interface Workspace {
  readonly kind: 'package' | 'action';
  /** The folder's name, such as `oci` or `get-repo-hash`. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** Returns every folder below packages/ and actions/ that has a package.json, sorted by kind and name. */
export function workspaces(): readonly Workspace[] {
  return [...read('action'), ...read('package')];
}

function read(kind: Workspace['kind']): readonly Workspace[] {
  return globSync(`${kind}s/*/package.json`, { cwd: root })
    .toSorted()
    .map((file) => {
      const manifest = JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, object | undefined>;
      const folder = join(root, file, '..');
      return {
        kind,
        name: basename(folder),
        folder,
        dependencies: Object.keys(manifest['dependencies'] ?? {}),
        devDependencies: Object.keys(manifest['devDependencies'] ?? {}),
      };
    });
}

/** Returns the files that match below a folder, sorted, with `/` between the parts, relative to the root. */
export function filesBelow(folder: string, pattern: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return globSync(pattern, { cwd: folder })
    .map((file) => relative(root, join(folder, file)).split(sep).join('/'))
    .toSorted();
}
