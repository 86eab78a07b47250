import { isBuiltin } from 'node:module';
import { relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from './workspaces.ts';

/**
 * Takes Node's own modules as they are. An ES import of one reads everything that it exports, which loads what a lazy
 * property stands for: node:fs alone costs a sixth of the time that Node needs to start, node:http as much as all else.
 * CommonJS packages call require() all the same, and are left alone.
 */
export const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind, importer }) => {
      if (kind !== 'import-statement' || !isBuiltin(path)) return undefined;
      const name = path.startsWith('node:') ? path : `node:${path}`;
      // One for each importer, which then is in the same file of dist/: a start pays for every file that it opens.
      const suffix = `?${relative(root, importer).split(sep).join('/')}`;
      return { path: name, suffix, namespace: 'builtin', sideEffects: false };
    });
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => /^[a-z_$][\w$]*$/i.test(name));
      // Each is a call without effects, so that only what somebody imports stays.
      const lines = names.map((name) => `const $${name} = /* @__PURE__ */ take(${JSON.stringify(name)});`);
      const exported = names.filter((name) => name !== 'default').map((name) => `$${name} as ${name}`);
      return {
        contents: [
          `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`,
          'const take = (name) => builtin[name];',
          ...lines,
          `export { ${exported.join(', ')} };`,
          'export default builtin;',
        ].join('\n'),
        loader: 'js',
      };
    });
  },
};
