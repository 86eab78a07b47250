import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.ts';
import { objections } from './bundle-rules.ts';
import { root } from './workspaces.ts';

// usage: node scripts/build.ts [--check] [--sourcemap] [--out FOLDER]
//   --check      builds in memory and compares with the files that are there; refuses what is too large, a map, and a
//                path of this machine
//   --sourcemap  writes maps beside the files; they are for debugging here and are not committed
//   --out        another folder than dist/

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, sourcemap: { type: 'boolean' }, out: { type: 'string' } },
});
const out = values.out === undefined ? join(root, 'dist') : resolve(values.out);
const remedy = 'run `npm run build` and commit dist/';

function writeAll(files: ReadonlyMap<string, Uint8Array>): void {
  for (const stale of existingFiles()) if (!files.has(stale)) rmSync(join(out, stale));
  for (const [file, contents] of files) {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file), contents);
    chmodSync(join(out, file), contents[0] === 0x23 && contents[1] === 0x21 ? 0o755 : 0o644); // a command begins with #!
  }
  const bytes = files.values().reduce((total, { length }) => total + length, 0);
  console.log(`dist/: ${files.size} files, ${(bytes / 1e6).toFixed(2)} MB`);
}

/** Returns a line for each file that differs from a fresh build. */
function differences(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const there = existingFiles();
  return [
    ...there.filter((file) => !files.has(file)).map((file) => `dist/${file} is not built any more`),
    ...[...files].flatMap(([file, contents]) => {
      if (!there.includes(file)) return [`dist/${file} is missing`];
      return readFileSync(join(out, file)).equals(contents) ? [] : [`dist/${file} is not fresh`];
    }),
  ];
}

function sizes(): ReadonlyMap<string, number> {
  return new Map(existingFiles().map((file) => [file, statSync(join(out, file)).size]));
}

function existingFiles(): readonly string[] {
  return globSync('**/*', { cwd: out, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.endsWith('.map'));
}

const built = await bundle({ sourcemap: values.sourcemap === true ? 'linked' : false });
const { files } = built;
if (values.check === true) {
  const wrong = objections(built, sizes());
  const stale = differences(files);
  for (const line of [...wrong, ...stale]) console.error(line);
  if (stale.length > 0) console.error(remedy);
  if (wrong.length + stale.length > 0) process.exitCode = 1;
} else {
  if (values.sourcemap !== true) for (const line of objections(built, sizes())) console.error(line);
  writeAll(files);
}
