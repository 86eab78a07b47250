import test from 'ava';
import { build, type Plugin } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { leaveOut } from '../scripts/bundle-leave-out.ts';
import { licences } from '../scripts/bundle-licences.ts';
import { objections } from '../scripts/bundle-rules.ts';
import { root } from '../scripts/workspaces.ts';

const metafile = { inputs: {}, outputs: {} };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Returns what a source exports once it was built with the plugin. */
async function built(source: string, plugin: Plugin): Promise<Readonly<Record<string, unknown>>> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(root, 'packages/store') },
    ...{ bundle: true, platform: 'node', format: 'esm', write: false, logLevel: 'silent', plugins: [plugin] },
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
  });
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-bundle-'));
  try {
    await writeFile(join(folder, 'built.mjs'), outputFiles[0]?.contents ?? '');
    return (await import(pathToFileURL(join(folder, 'built.mjs')).href)) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('who gets to what was left out reads a sentence', async (t) => {
  const { makeForm } = await built(
    "import axios from 'axios'; export const makeForm = () => axios.toFormData({ a: 1 });",
    leaveOut,
  );
  t.throws(makeForm as () => unknown, { message: 'multipart forms are not part of this build' });
  const { makeKey } = await built(
    "import ssh2 from 'ssh2'; export const makeKey = () => ssh2.utils.generateKeyPairSync('ed25519', " +
      "{ passphrase: 'words', cipher: 'aes256-cbc', rounds: 1 });",
    leaveOut,
  );
  t.throws(makeKey as () => unknown, { message: 'keys with a passphrase are not part of this build' });
});

test('a build may be committed when it is small and knows nothing of the machine', (t) => {
  const files = new Map([['a.js', bytes('1')]]);
  t.deepEqual(objections({ files, metafile }, new Map()), []);
});

test('a build that grew too large says which files grew', (t) => {
  const files = new Map([
    ['a.js', new Uint8Array(2_999_000)],
    ['chunks/B.js', new Uint8Array(2_000)],
  ]);
  const outputs = { 'dist/chunks/B.js': { inputs: { 'node_modules/big/x.js': { bytesInOutput: 1_900 } } } };
  const before = new Map([['a.js', 2_999_000]]);
  t.deepEqual(objections({ files, metafile: { inputs: {}, outputs: outputs as never } }, before).slice(0, 2), [
    'dist/ has 3001000 bytes, and may have 3000000; what is committed has 2999000. New or larger, from the largest:',
    '  chunks/B.js: 2.0 kB, node_modules/big 1.9 kB',
  ]);
});

test('a map, and a path of this machine, are refused', (t) => {
  const files = new Map([
    ['a.js', bytes('1\n//# sourceMappingURL=a.js.map')],
    ['b.js', bytes(`"${root}/x"`)],
  ]);
  t.deepEqual(objections({ files, metafile }, new Map()), [
    'dist/a.js is or names a source map; those are for debugging, and are not committed',
    `dist/b.js holds a path of this machine, ${root}`,
  ]);
});

test('every package that is embedded is named with its owner, and each licence stands once', (t) => {
  const text = licences(['node_modules/axios/index.js', 'node_modules/ms/index.js', 'node_modules/xtend/mutable.js']);
  t.regex(text, /^axios [\d.]+ \(MIT\)$/m);
  t.regex(text, /^ms [\d.]+ \(MIT\)\n {2}Copyright \(c\) 2020 Vercel, Inc\.$/m);
  t.regex(text, /^xtend [\d.]+ \(MIT\)\n {2}Copyright \(c\) 2012-2014 Raynos\.$/m);
  t.is(text.match(/^The MIT License \(MIT\)$/gm)?.length, 1);
});
