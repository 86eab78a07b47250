import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createApi } from '@tagflow/http';
import { type Exec, FeaturesetError, openFeaturesetSource, type SourcePlace } from '../src/index.ts';

const clock = { now: () => 0, sleep: () => Promise.resolve() };
const log = { debug: () => undefined, info: () => undefined, warning: () => undefined };
const api = createApi({ clock, log, signal: new AbortController().signal });

const exec: Exec = (program, args) =>
  new Promise((done) => {
    const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
    execFile(program, args, { env, maxBuffer: 4 << 20 }, (error, stdout, stderr) => {
      done({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

function open(place: Partial<SourcePlace> & { readonly from: string }) {
  return openFeaturesetSource({ commit: null, cache: null, ...place }, { api, exec, random: () => 0.5 });
}

async function folderOf(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-source-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const commit = 'a'.repeat(40);

test('a folder is read as it lies there, and never beyond it', async (t) => {
  const folder = await folderOf(t, { 'config/nodes/1ctlr.yml': 'node_count: 1', big: 'x'.repeat(1024 * 1024 + 1) });
  await symlink('/etc/hostname', join(folder, 'config/out.yml'));
  await symlink('nodes/1ctlr.yml', join(folder, 'config/in.yml'));
  const source = open({ from: folder });
  t.is(await source.read('config/nodes/1ctlr.yml'), 'node_count: 1');
  t.is(await source.read('config/in.yml'), 'node_count: 1');
  t.is(await source.read('config/nodes/2ctlr.yml'), null);
  t.is(await source.read('big/file.yml'), null);
  const refused = [
    ['config/out.yml', /leads out of/],
    ['config', /is not a file/],
    ['big', /more than 1048576 bytes/],
    ...['../x', '/etc/passwd', 'config/../../x', 'a//b', './a', 'a\\b', 'a\0b', '-r', 'c:x', ''].map(
      (path) => [path, /is not a path within/] as const,
    ),
  ] as const;
  for (const [path, message] of refused) {
    await t.throwsAsync(() => source.read(path), { instanceOf: FeaturesetError, code: 'bad-source', message }, path);
  }
  await t.throwsAsync(() => open({ from: join(folder, 'none') }).read('a'), { message: /there is no folder/ });
});

test('a commit is read whatever is edited in the checkout', async (t) => {
  if ((await exec('git', ['--version'])).exitCode !== 0) {
    t.pass('there is no git on this machine');
    return;
  }
  const folder = await folderOf(t, {
    'config/a.yml': 'committed: true\n',
    'config/big.yml': 'x'.repeat(1024 * 1024 + 1),
  });
  await symlink('/etc/hostname', join(folder, 'config/link.yml'));
  const git = async (...args: readonly string[]) => (await exec('git', ['-C', folder, ...args])).stdout.trim();
  await git('init', '-q');
  await git('add', '.');
  await git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'one');
  const head = await git('rev-parse', 'HEAD');
  await writeFile(join(folder, 'config/a.yml'), 'committed: false\n');
  const source = open({ from: folder, commit: head });
  t.is(await source.read('config/a.yml'), 'committed: true\n');
  t.is(await source.read('config/none.yml'), null);
  t.is(await source.read('config'), null);
  t.is(await open({ from: folder }).read('config/a.yml'), 'committed: false\n');
  await t.throwsAsync(() => source.read('config/big.yml'), { message: /more than 1048576 bytes/ });
  await t.throwsAsync(() => source.read('config/link.yml'), { message: /is a link/ });
  await t.throwsAsync(() => open({ from: folder, commit }).read('config/a.yml'), {
    ...{ instanceOf: FeaturesetError, code: 'bad-source', message: /git cannot read commit a{40} in .*: fatal: / },
  });
});

test('a URL is asked once for each file and commit, and what it said is kept whole', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.includes('none') === true) response.statusCode = 404;
    if (request.url?.includes('broken') === true) response.statusCode = 403;
    response.end(request.url?.includes('big') === true ? 'x'.repeat(1024 * 1024 + 1) : `text of ${request.url}`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => server.close());
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/raw/{commit}/{path}`;
  const cache = join(await folderOf(t, {}), 'cache');
  const source = open({ from, commit, cache });
  const text = `text of /raw/${commit}/config/a%23.yml`;
  t.deepEqual(await Promise.all([source.read('config/a#.yml'), source.read('config/a#.yml')]), [text, text]);
  t.is(await open({ from, commit, cache }).read('config/a#.yml'), text);
  t.deepEqual(asked, [`/raw/${commit}/config/a%23.yml`]);
  const kept = await readdir(cache);
  t.is(kept.length, 1);
  t.is(await readFile(join(cache, kept[0]!), 'utf8'), text);

  t.is(await source.read('none.yml'), null);
  await t.throwsAsync(() => source.read('broken.yml'), { code: 'bad-source', message: /answered 403/ });
  await t.throwsAsync(() => source.read('big.yml'), { message: /1048576/ });
  t.deepEqual(await readdir(cache), kept, 'nothing else was kept');
  const other = 'b'.repeat(40);
  t.is(await open({ from, commit: other, cache }).read('a.yml'), `text of /raw/${other}/a.yml`);
});

const https = 'https://raw.example/{commit}/{path}';
const refused: readonly (readonly [Partial<SourcePlace> & { readonly from: string }, RegExp])[] = [
  [{ from: https }, /needs a commit: what a branch has changes/],
  [{ from: https, commit: 'master' }, /commit "master" is not a commit of 40 hexadecimal digits/],
  [{ from: '/folder', commit: 'stable/wallaby' }, /commit "stable\/wallaby"/],
  [{ from: '/folder', commit: 'A'.repeat(40) }, /is not a commit/],
  [{ from: '/folder', commit: 'abc1234' }, /is not a commit/],
  [{ from: 'https://raw.example/{path}', commit }, /has to hold \{commit\} and \{path\}/],
  [{ from: 'https://{path}/{commit}', commit }, /is not a URL of files/],
  [{ from: 'https://me:secret@raw.example/{commit}/{path}', commit }, /^(?!.*secret).*is not a URL of files/],
  [{ from: 'http://raw.example/{commit}/{path}', commit }, /in clear text/],
  [{ from: 'ftp://raw.example/{commit}/{path}', commit }, /neither a folder nor a URL/],
];
for (const [place, message] of refused) {
  test(`refused: ${place.from} at ${place.commit ?? 'nothing'}`, (t) => {
    t.throws(() => open(place), { instanceOf: FeaturesetError, code: 'bad-source', message });
  });
}
