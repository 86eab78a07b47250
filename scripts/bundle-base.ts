import { readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { filesBelow, root } from './workspaces.ts';

const base = 'tagflow:base';
const kit = join(root, 'packages/action-kit/src/index.ts');

/**
 * Puts into one file what every start loads: the kit, the model, and esbuild's own helpers. The bundler makes a file of
 * what the same entries reach, and some that are loaded later reach the model alone; each file is a fiftieth of a start.
 * So everything that is started or loaded later is told to reach all three: they are there already when it comes.
 */
export const oneBase: Plugin = {
  name: 'one-base',
  setup({ onResolve, onLoad }) {
    const targets = loadedLater();
    onResolve({ filter: /^tagflow:base$/ }, () => ({ path: base, namespace: 'base', sideEffects: true }));
    // A property that is read is something that the bundler keeps.
    onLoad({ filter: /.*/, namespace: 'base' }, () => ({
      contents: `import { Secret } from ${JSON.stringify(kit)}; Secret.name;`,
      resolveDir: root,
    }));
    onLoad({ filter: /[/\\](packages|actions)[/\\].*\.ts$/ }, ({ path }) =>
      targets.has(path) || path.endsWith(`${sep}main.ts`)
        ? { contents: `${readFileSync(path, 'utf8')}\nimport '${base}';\n`, loader: 'ts' }
        : undefined,
    );
  },
};

/** Returns the absolute paths of our files that an import() loads. */
function loadedLater(): ReadonlySet<string> {
  const sources = ['packages', 'actions'].flatMap((folder) => filesBelow(join(root, folder), '*/src/**/*.ts'));
  return new Set(
    sources.flatMap((source) => {
      const found = readFileSync(join(root, source), 'utf8').matchAll(/\bimport\(\s*'([^']+)'/g);
      return [...found].flatMap(([, specifier = '']) => targetOf(specifier, source) ?? []);
    }),
  );
}

function targetOf(specifier: string, source: string): string | null {
  if (specifier.startsWith('.')) return resolve(root, source, '..', specifier).split('/').join(sep);
  if (!specifier.startsWith('@tagflow/')) return null;
  const folder = join(root, 'node_modules', specifier);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: { '.': string } };
  const kind = manifest.exports['.'].endsWith('action.ts') ? 'actions' : 'packages';
  return join(root, kind, specifier.slice('@tagflow/'.length), manifest.exports['.']);
}
