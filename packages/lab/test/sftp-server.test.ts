import { mkdir, mkdtemp, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import type { SFTPWrapper } from 'ssh2';
import { type LabSftpServer, type LabSftpServerOptions, startLabSftpServer } from '../src/sftp-server.ts';

async function start(t: ExecutionContext, options: Omit<LabSftpServerOptions, 'root'> = {}) {
  const root = await mkdtemp(join(tmpdir(), 'lab-sftp-'));
  const server = await startLabSftpServer({ root, ...options });
  t.teardown(server.close);
  return { root, server };
}

function connect(server: LabSftpServer, privateKey = server.privateKey): Promise<SFTPWrapper> {
  const client = new ssh2.Client();
  const { hostname, port, username } = new URL(server.url);
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
    client.connect({ host: hostname, port: Number(port), username, privateKey });
    client.setNoDelay(true);
  });
}

const call = (sftp: SFTPWrapper) => ({
  readFile: (path: string) =>
    new Promise<string>((resolve, reject) =>
      sftp.readFile(path, (error, bytes) => (error ? reject(error) : resolve(String(bytes)))),
    ),
  writeFile: (path: string, text: string) =>
    new Promise<void>((resolve, reject) => sftp.writeFile(path, text, (error) => (error ? reject(error) : resolve()))),
  rename: promisify(sftp.rename.bind(sftp)),
  posixRename: promisify(sftp.ext_openssh_rename.bind(sftp)),
  symlink: promisify(sftp.symlink.bind(sftp)),
  readlink: promisify(sftp.readlink.bind(sftp)) as (path: string) => Promise<string>,
  lstat: promisify(sftp.lstat.bind(sftp)) as (path: string) => Promise<ssh2.Stats>,
  stat: promisify(sftp.stat.bind(sftp)) as (path: string) => Promise<ssh2.Stats>,
  readdir: promisify(sftp.readdir.bind(sftp)) as (path: string) => Promise<{ filename: string }[]>,
  mkdir: promisify<string>(sftp.mkdir.bind(sftp)),
  rmdir: promisify(sftp.rmdir.bind(sftp)),
  unlink: promisify(sftp.unlink.bind(sftp)),
});

test('reads and writes files, folders and links below the root', async (t) => {
  const { root, server } = await start(t);
  const sftp = call(await connect(server));
  await sftp.mkdir('/images');
  const content = 'x'.repeat(300_000);
  await sftp.writeFile('/images/a', content);
  t.is(await sftp.readFile('/images/a'), content);
  t.is(await readFile(join(root, 'images/a'), 'utf8'), content);
  t.is((await sftp.stat('/images/a')).size, 300_000);
  await sftp.symlink('images', '/label');
  t.is(await readlink(join(root, 'label')), 'images');
  t.is(await sftp.readlink('/label'), 'images');
  t.true((await sftp.lstat('/label')).isSymbolicLink());
  t.true((await sftp.stat('/label')).isDirectory());
  t.deepEqual((await sftp.readdir('/label')).map((entry) => entry.filename).sort(), ['a']);
  await sftp.unlink('/images/a');
  await sftp.rmdir('/images');
  await t.throwsAsync(sftp.lstat('/images'), { message: /No such file/ });
  t.deepEqual(server.requests()[0], { operation: 'mkdir', path: '/images' });
});

test('renames as OpenSSH does: plain fails onto a name that is taken, posix-rename replaces', async (t) => {
  const { root, server } = await start(t);
  const sftp = call(await connect(server));
  await mkdir(join(root, 'one'));
  await symlink('one', join(root, 'label'));
  await symlink('two', join(root, 'next'));
  await t.throwsAsync(sftp.rename('/next', '/label'), { message: /Failure/ });
  t.is(await readlink(join(root, 'label')), 'one');
  await sftp.posixRename('/next', '/label');
  t.is(await readlink(join(root, 'label')), 'two');
  await sftp.rename('/label', '/other');
  t.is(await readlink(join(root, 'other')), 'two');
});

test('refuses paths and links that lead out of the root', async (t) => {
  const { root, server } = await start(t);
  const sftp = call(await connect(server));
  await symlink('/etc', join(root, 'outside'));
  await t.throwsAsync(sftp.readFile('/outside/passwd'), { message: /leaves the served folder/ });
  await t.throwsAsync(sftp.readdir('/outside'), { message: /leaves the served folder/ });
  await t.throwsAsync(sftp.readFile('/../../etc/passwd'), { message: /No such file/ });
  t.is(await sftp.readlink('/outside'), '/etc');
});

test('lets in only its own key', async (t) => {
  const { server } = await start(t);
  const other = await start(t);
  await t.throwsAsync(connect(server, other.server.privateKey), { message: /authentication/ });
});

test('fails on purpose, has no extensions when told so, and cuts connections', async (t) => {
  const { root, server } = await start(t, {
    extensions: false,
    fault: ({ operation }) => (operation === 'remove' ? 'disk on fire' : undefined),
  });
  const raw = await connect(server);
  const sftp = call(raw);
  await writeFile(join(root, 'a'), 'a');
  await t.throwsAsync(sftp.unlink('/a'), { message: /disk on fire/ });
  await t.throwsAsync(async () => sftp.posixRename('/a', '/b'), { message: /does not support/ });
  const closed = new Promise((resolve) => raw.on('close', resolve));
  server.cutConnections();
  await closed;
  t.pass();
});
