import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { oneBase } from './bundle-base.ts';
import { builtins } from './bundle-builtins.ts';
import { leaveOut } from './bundle-leave-out.ts';
import { licences } from './bundle-licences.ts';
import { root, workspaces } from './workspaces.ts';

export interface BundleOptions {
  /**
   * `external`: a map beside each file; `linked`: each file names its map too, as debuggers want it. Maps are for
   * debugging here and are never committed. Default: none.
   */
  readonly sourcemap?: 'external' | 'linked' | false;
}

export interface Bundle {
  /** Path below dist/, with `/` between the parts → bytes. The same sources give the same bytes. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** esbuild's; its outputs are called `dist/…`, its inputs by their path in the repository. */
  readonly metafile: Metafile;
}

// CommonJS packages inside an ES module call require() for Node's own modules. What makes it is loaded with the first call.
const banner =
  'let tagflowRequire;const require=name=>' +
  '(tagflowRequire??=process.getBuiltinModule("node:module").createRequire(import.meta.url))(name);';

/**
 * Returns what belongs into dist/, and writes nothing.
 * @throws BuildFailure of esbuild when a source does not parse or an import leads nowhere
 */
export async function bundle({ sourcemap = false }: BundleOptions = {}): Promise<Bundle> {
  const outdir = join(root, 'dist'); // only a name: nothing is written
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries(),
    outdir,
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
    legalComments: 'none', // licences() has them whole
    sourcemap,
    plugins: [leaveOut, builtins, oneBase],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = new Map(
    outputFiles.map(({ path, contents }) => [relative(outdir, path).split(sep).join('/'), withoutIdleBanner(contents)]),
  );
  files.set('package.json', text.encode('{"type":"module"}\n'));
  files.set('LICENSES.txt', text.encode(licences(embedded(metafile))));
  return { files, metafile };
}

const text = new TextEncoder();
const usual = text.encode(`${banner}\n`);

/** Takes the banner from a file that calls no require(), which costs its start a module. The line stays, for maps. */
function withoutIdleBanner(contents: Uint8Array): Uint8Array {
  const from = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const at = from.indexOf(usual);
  if (at < 0 || /\brequire\b/.test(from.toString('latin1', at + usual.length))) return contents;
  return Buffer.concat([from.subarray(0, at), from.subarray(at + usual.length - 1)]);
}

/** Returns the sources that something of is in the build. What stands for a module of Node is none. */
function embedded({ outputs }: Metafile): readonly string[] {
  const all = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return all.flatMap(([input, { bytesInOutput }]) =>
    bytesInOutput > 0 && !input.startsWith('builtin:') ? [input] : [],
  );
}

/** Returns the name of each file that is started → its source: the actions, and tagflow. */
function entries(): Readonly<Record<string, string>> {
  const found = workspaces().flatMap(({ kind, name, folder }) => {
    const file = join(folder, 'src/main.ts');
    if (!existsSync(file)) return [];
    return kind === 'action' ? [[name, file]] : name === 'cli' ? [['tagflow', file]] : [];
  });
  if (found.length === 0) throw new Error('there is nothing to build: no actions/*/src/main.ts');
  return Object.fromEntries(found) as Record<string, string>;
}
