import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root, workspaces } from './workspaces.ts';

// usage: node scripts/build.ts [--check] [--sourcemap]
//   --check      builds in memory and compares with the files in dist/
//   --sourcemap  writes maps beside the files; they are for debugging here and are not committed

const dist = join(root, 'dist');
const remedy = 'run `npm run build` and commit dist/';

/** Modules that ssh2 tries to load and does without: native code, which a bundle cannot carry. */
const nativeParts: Plugin = {
  name: 'native-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: 'native' }));
    onLoad({ filter: /.*/, namespace: 'native' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is native code and not part of this build`)});`,
      loader: 'js',
    }));
  },
};

// CommonJS packages inside an ES module call require() for Node's own modules.
const banner =
  "import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);";

/** Returns the files of dist/: path below dist/ with `/` → bytes. The same sources give the same bytes. */
async function buildAll(sourcemap: boolean): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = Object.fromEntries(
    workspaces()
      .map(({ kind, name, folder }) => [
        kind === 'action' ? name : name === 'cli' ? 'tagflow' : '',
        join(folder, 'src/main.ts'),
      ])
      .filter(([name, file]) => name !== '' && existsSync(file ?? '')),
  ) as Record<string, string>;
  if (Object.keys(entries).length === 0) throw new Error('there is nothing to build: no actions/*/src/main.ts');

  const result = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    charset: 'utf8',
    chunkNames: 'chunks/[hash]',
    banner: { js: banner },
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    legalComments: 'none', // licenses() has them whole
    sourcemap: sourcemap ? 'external' : false,
    plugins: [nativeParts],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = new Map(
    result.outputFiles.map(({ path, contents }) => [relative(dist, path).split(sep).join('/'), contents]),
  );
  const text = new TextEncoder();
  files.set('package.json', text.encode('{"type":"module"}\n'));
  files.set('LICENSES.txt', text.encode(licenses(Object.keys(result.metafile.inputs))));
  return files;
}

/** Returns the licence of every package of others that the build holds; most of them ask to go along with copies. */
function licenses(inputs: readonly string[]): string {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []),
  );
  const parts = [...folders].map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Record<
      'name' | 'version',
      string
    > & {
      readonly license?: string;
    };
    const files = globSync('{LICENSE,LICENCE,NOTICE,COPYING,license,licence}*', { cwd: join(root, folder) }).toSorted();
    const texts = files.map((file) =>
      readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    );
    const { name, version, license } = manifest;
    const heading = `${name} ${version}${license === undefined ? '' : ` (${license})`}`;
    return `${heading}\n\n${texts.join('\n\n')}`;
  });
  const unique = [...new Set(parts)].toSorted();
  return `Parts of others in this folder, and their licences.\n\n${unique.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function writeAll(files: ReadonlyMap<string, Uint8Array>): void {
  for (const stale of existingFiles()) if (!files.has(stale)) rmSync(join(dist, stale));
  for (const [file, contents] of files) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    writeFileSync(join(dist, file), contents);
    chmodSync(join(dist, file), contents[0] === 0x23 && contents[1] === 0x21 ? 0o755 : 0o644); // a command begins with #!
  }
  const bytes = files.values().reduce((total, { length }) => total + length, 0);
  console.log(`dist/: ${files.size} files, ${(bytes / 1e6).toFixed(2)} MB`);
}

/** Returns a line for each file of dist/ that differs from a fresh build. */
function differences(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const there = existingFiles();
  return [
    ...there.filter((file) => !files.has(file)).map((file) => `dist/${file} is not built any more`),
    ...[...files].flatMap(([file, contents]) => {
      if (!there.includes(file)) return [`dist/${file} is missing`];
      return readFileSync(join(dist, file)).equals(contents) ? [] : [`dist/${file} is not fresh`];
    }),
  ];
}

function existingFiles(): readonly string[] {
  return globSync('**/*', { cwd: dist, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.endsWith('.map'));
}

const files = await buildAll(process.argv.includes('--sourcemap'));
if (process.argv.includes('--check')) {
  const lines = differences(files);
  for (const line of lines) console.error(line);
  if (lines.length > 0) {
    console.error(remedy);
    process.exitCode = 1;
  }
} else {
  writeAll(files);
}
