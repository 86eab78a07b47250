import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { executeAction, type ExecutionResult, systemClock } from '@tagflow/action-kit';
import { hashDirectory, parseFullHash } from '@tagflow/model';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { createVerifyAction } from '../../packages/cli/src/verify.ts';
import { readPrimary } from '../../packages/dlrn/src/verify/primary.ts';
import { startRealNginx } from './real-nginx.ts';
import { buildRpm, createrepo, dnf } from './rpm/real-repository.ts';

interface Peers {
  readonly root: string;
  /** A folder with the packages. */
  readonly packages: string;
}

const test = anyTest as TestFn<Peers>;
const hash = parseFullHash(`${'a'.repeat(40)}_${'b'.repeat(8)}`);
const api = 'heat-api-1.0-1.noarch.rpm';

test.before(async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-rpm-'));
  const packages = join(root, 'packages');
  await mkdir(packages);
  await buildRpm(root, packages, { name: 'heat-common' });
  await buildRpm(root, packages, { name: 'heat-api', requires: 'heat-common = 1.0' });
  await buildRpm(root, packages, { name: 'heat-engine', requires: 'heat-common = 1.0' });
  t.context = { root, packages };
});
test.after.always((t) => rm(t.context.root, { recursive: true, force: true }));

interface Served {
  /** The directory of the hash, and where it is served. */
  readonly folder: string;
  readonly repoUrl: string;
  /** As nobody who has seen another state of it. */
  dnf(command: string, ...args: readonly string[]): Promise<string>;
  verify(depth?: string): Promise<ExecutionResult>;
}

/** Serves the directory of a hash by nginx, with the packages and their metadata as createrepo_c writes them. */
async function serve(t: ExecutionContext<Peers>, compression?: string): Promise<Served> {
  const root = await mkdtemp(join(t.context.root, 'served-'));
  const folder = join(root, 'tree', hashDirectory(hash));
  await cp(t.context.packages, folder, { recursive: true });
  await createrepo(folder, compression);
  const nginx = await startRealNginx({ root, served: join(root, 'tree') });
  t.teardown(() => nginx.close());
  const repoUrl = `${nginx.url}/${hashDirectory(hash)}`;
  await writeFile(
    join(folder, 'delorean.repo'),
    `[delorean]\nname=delorean\nbaseurl=${repoUrl}\nenabled=1\ngpgcheck=0\n`,
  );
  return {
    ...{ folder, repoUrl },
    dnf: async (command, ...args) => dnf(await mkdtemp(join(root, 'dnf-')), repoUrl, command, ...args),
    verify: (depth = 'full') =>
      executeAction(
        createVerifyAction({ cwd: root, write: () => undefined }),
        new Map(Object.entries({ 'repo-url': repoUrl, depth })),
        {
          ...{ clock: systemClock, signal: new AbortController().signal, progress: () => undefined },
          log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
          ...{ outDir: root, cwd: root, actor: 'test', random: Math.random, env: {} },
        },
      ),
  };
}

async function primaryOf(folder: string): Promise<{ readonly path: string; readonly name: string }> {
  const names = await readdir(join(folder, 'repodata'));
  const name = names.find((each) => each.includes('primary')) ?? '';
  return { path: join(folder, 'repodata', name), name };
}

test('a repository of rpmbuild and createrepo_c passes, and dnf installs from it what we have read', async (t) => {
  const { folder, dnf: run, verify } = await serve(t);
  for (const depth of ['quick', 'sample', 'full']) {
    const { outcome, message } = await verify(depth);
    t.is(outcome, 'done', message);
    // delorean.repo, repomd.xml, and its primary, filelists and other
    t.regex(message ?? '', depth === 'quick' ? /checks: repository 5; / : /checks: repository 5, packages 1; /);
  }
  await run('repoclosure');
  const into = await mkdtemp(join(t.context.root, 'downloaded-'));
  await run('download', '--destdir', into, 'heat-api');
  t.deepEqual(await readdir(into), [api]);
  const primary = await readFile((await primaryOf(folder)).path);
  const listed = await readPrimary(once(gunzipSync(primary)), 'primary.xml');
  t.deepEqual(listed.map(({ name }) => name).toSorted(), ['heat-api', 'heat-common', 'heat-engine']);
  const bytes = await readFile(join(into, api));
  const expected = { size: bytes.length, sum: { algorithm: 'sha256', hex: sha256(bytes) } };
  t.like(
    listed.find(({ href }) => href === api),
    expected,
  );
});

test('a dependency that nobody provides is what dnf sees, and checksums do not', async (t) => {
  const { folder, dnf: run, verify } = await serve(t);
  await rm(join(folder, 'heat-common-1.0-1.noarch.rpm'));
  await createrepo(folder);
  const { outcome, message } = await verify();
  t.is(outcome, 'done', message);
  const error = await t.throwsAsync(run('repoclosure'));
  t.regex(
    error?.message ?? '',
    /package: heat-api-1\.0-1\.noarch from tested\s+unresolved deps \(1\):\s+heat-common = 1\.0/,
  );
});

test('other bytes of a package are seen by both', async (t) => {
  const { folder, dnf: run, verify } = await serve(t);
  const path = join(folder, api);
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(path, bytes);
  const { outcome, message } = await verify();
  t.is(outcome, 'failed');
  t.regex(
    message ?? '',
    /1 of 7 checks failed.*heat-api-1\.0-1\.noarch\.rpm has the sha256 [0-9a-f]{64}, primary\.xml says/,
  );
  const error = await t.throwsAsync(run('download', '--destdir', folder, 'heat-api'));
  t.regex(error?.message ?? '', /checksum doesn't match/);
});

test('other bytes of the metadata are seen by both', async (t) => {
  const { folder, dnf: run, verify } = await serve(t);
  const { path } = await primaryOf(folder);
  const bytes = await readFile(path);
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const { outcome, message } = await verify('quick');
  t.is(outcome, 'failed');
  t.regex(message ?? '', /primary\.xml\.gz has the sha256 [0-9a-f]{64}, repomd\.xml says/);
  await t.throwsAsync(run('repoclosure'), { message: /checksum doesn't match|Cannot download repomd/ });
});

test('metadata in zstd pass as well', async (t) => {
  const { folder, dnf: run, verify } = await serve(t);
  const { path, name } = await primaryOf(folder);
  const packed = await readFile(path);
  const other = zstdCompressSync(gunzipSync(packed));
  const otherName = `${sha256(other)}-primary.xml.zst`;
  await writeFile(join(folder, 'repodata', otherName), other);
  const repomd = join(folder, 'repodata', 'repomd.xml');
  const text = (await readFile(repomd, 'utf8'))
    .replace(name, otherName)
    .replace(sha256(packed), sha256(other))
    .replace(`<size>${packed.length}</size>`, `<size>${other.length}</size>`);
  await writeFile(repomd, text);
  const { outcome, message } = await verify();
  t.is(outcome, 'done', message);
  await run('repoclosure');
});

test('metadata in xz are readable for dnf and not for us, and that is said', async (t) => {
  const { dnf: run, verify } = await serve(t, 'xz');
  await run('repoclosure');
  const { outcome, message } = await verify();
  t.is(outcome, 'failed');
  t.regex(
    message ?? '',
    /primary\.xml\.xz is compressed by xz, which cannot be read here: its packages were not looked at/,
  );
});

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
