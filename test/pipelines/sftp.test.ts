import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLabSftpServer } from '@tagflow/lab';
import { parseSet } from '@tagflow/model';
import test from 'ava';
import { buildCommit, imageFiles, runArgs, startLabWorld } from './lab-world.ts';
import { downloadImage } from './reader.ts';
import { answerOf } from './tagflow.ts';
import { imageFolder, readTruth } from './truth.ts';

test('upstream with an image store that is written over SFTP and read over HTTP', async (t) => {
  const world = await startLabWorld({ sftp: true });
  t.teardown(() => world.close());
  const { lab, env } = world;
  const { TAGFLOW_SSH_KEY_FILE: key = '', TAGFLOW_KNOWN_HOSTS: knownHosts = '' } = env;
  const args = [...runArgs(world, 'upstream'), '--ssh-key-file', key, '--known-hosts', knownHosts];

  const first = await buildCommit(lab);
  const ended = await world.run(args);
  t.is(ended.exitCode, 0, ended.stderr);
  t.is(answerOf(ended).outcome, 'done');
  const everywhere = { repository: first, rdo: first, docker: first, public: first, internal: null };
  t.deepEqual(await readTruth(lab, 'current-tripleo'), everywhere);
  const text = await readFile(join(lab.root, 'images', imageFolder, 'current-tripleo', 'set.json'), 'utf8');
  const { images } = parseSet(text, 'set');
  t.deepEqual(
    images.map(({ name }) => name),
    [...imageFiles],
  );
  for (const { name, size, sha256 } of images) {
    t.deepEqual(await downloadImage(lab.images.url, first, name), { size, sha256 }, name);
  }
  const requests = lab.sftp?.requests() ?? [];
  t.true(requests.length > 0, 'the images went over SFTP');

  // The second one replaces links that exist, which plain SFTP cannot do in one step.
  const second = await buildCommit(lab);
  t.is((await world.run(args)).exitCode, 0);
  const after = { repository: second, rdo: second, docker: second, public: second, internal: null };
  t.deepEqual(await readTruth(lab, 'current-tripleo'), after);
  t.deepEqual(await readTruth(lab, 'previous-current-tripleo'), everywhere);
});

test('without a key, or with the key of another host, nothing is published and no label moves', async (t) => {
  const world = await startLabWorld({ sftp: true });
  t.teardown(() => world.close());
  const { lab, env } = world;
  await buildCommit(lab);
  const nowhere = { repository: null, rdo: null, docker: null, public: null, internal: null };
  const attempt = async (flags: readonly string[], message: RegExp): Promise<void> => {
    const ended = await world.run([...runArgs(world, 'upstream'), ...flags]);
    t.not(ended.exitCode, 0);
    const { outcome, error } = answerOf(ended);
    t.true(['failed', 'invalid'].includes(outcome), outcome);
    t.regex(`${error?.message}`, message);
    t.deepEqual(await readTruth(lab, 'current-tripleo'), nowhere);
  };
  await attempt([], /sftp:.*no SSH key was given/);

  // The name of this server with the key of another one, as after an attack or a new installation.
  const impostor = await startLabSftpServer({ root: await world.folder() });
  await impostor.close();
  const knownHosts = join(await world.folder(), 'known_hosts');
  const [name] = lab.sftp!.hostKey.split(' ');
  await writeFile(knownHosts, `${impostor.hostKey.trim().replace(/^\S+/, `${name}`)}\n`);
  const flags = ['--ssh-key-file', env['TAGFLOW_SSH_KEY_FILE'] ?? '', '--known-hosts', knownHosts];
  await attempt(flags, /its host key is SHA256:\S+, another one than the known one/);
});
