import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLabSftpServer } from '@tagflow/lab';
import test from 'ava';
import { answerOf } from '../pipelines/tagflow.ts';
import {
  differing,
  dyingEnv,
  halvesIn,
  type Inputs,
  newFiles,
  newHash,
  oldFiles,
  oldHash,
  sizeOf,
  startImagesRig,
  visibleIn,
} from './images-rig.ts';

for (const capacity of [100_000, 700_000, 1_700_000]) {
  test(`publish: the server's disk takes ${capacity} bytes and no more: failed, and the rest is sent when there is room`, async (t) => {
    const small = await startImagesRig(t, { commands: true, capacity });
    const publish = small.publish(await small.folder(newFiles), newHash);
    const first = await small.act(publish);
    t.is(first.outcome, 'failed', first.message);
    t.regex(first.message ?? '', /could not write: Failure \(no space left\?\)/);
    t.true(first.message?.startsWith(`${small.sftp.url}/rdo/master/`), first.message);
    t.regex(
      `${first.error?.next}`,
      /look at the free space and the quota there.*Then start again: what has arrived is kept/,
    );
    t.deepEqual(await visibleIn(small.store('rdo')), []);

    // The same folder behind a server whose disk has room.
    const roomy = await startLabSftpServer({ root: small.root, commands: true });
    t.teardown(() => roomy.close());
    const access = { 'ssh-key': roomy.privateKey, 'host-key': roomy.fingerprint };
    const next = await small.act({ ...publish, ...access, destination: `${roomy.url}/rdo` });
    t.is(next.outcome, 'done', next.message);
    const sent = roomy.traffic().received;
    t.true(sent <= sizeOf(newFiles) - capacity + 20_000, `${sent} bytes were sent again`);
    t.deepEqual(await halvesIn(small.store('rdo')), []);
    t.deepEqual(await differing(join(small.store('rdo'), newHash), newFiles), []);
    t.deepEqual(await readdir(small.store('rdo')), [newHash]);
  });
}

for (const [where, isCached] of Object.entries({ 'the folder': false, 'the cache': true })) {
  for (const room of [0, 1_000_000]) {
    test(`fetch: the disk of ${where} takes ${room} bytes and no more: failed, exit 1, nothing is seen half`, async (t) => {
      const rig = await startImagesRig(t);
      await rig.mustDo(rig.publish(await rig.folder(oldFiles), oldHash));
      await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
      const into = await rig.folder();
      const cache = await rig.folder();
      const more: Inputs = isCached ? { cache } : {};
      await rig.mustDo(rig.fetch(into, oldHash, more));
      const fetch = rig.fetch(into, newHash, more);
      const ended = await rig.start(fetch, dyingEnv({ room })).ended;
      t.is(ended.exitCode, 1, ended.stderr);
      const { outcome, error } = answerOf(ended);
      t.is(outcome, 'failed');
      t.true(['full', 'disk-full'].includes(`${error?.code}`), JSON.stringify(error));
      t.regex(`${error?.message}`, /no (?:space left|room)/);
      t.true(error?.message.includes(isCached ? cache : into), error?.message);
      t.regex(`${error?.next}`, /(?:Make|Free) room/);
      // The agent had room when there was some; the other is the old one still.
      const replaced = room === 0 ? [] : ['ironic-python-agent.tar'];
      t.deepEqual(
        (await differing(into, oldFiles)).filter((name) => !replaced.includes(name)),
        [],
      );

      const next = await rig.act(fetch);
      t.is(next.outcome, 'done', next.message);
      t.deepEqual(await differing(into, newFiles), []);
    });
  }
}

test('fetch: the image fits and what is noted about it does not: done', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  const into = await rig.folder();
  const { exitCode, stderr } = await rig.start(rig.fetch(into, newHash), dyingEnv({ room: 1_730_700 })).ended;
  t.deepEqual(await differing(into, newFiles), []);
  t.is(exitCode, 0, stderr);
});

test('fetch: an image that no disk has room for is refused before anything is fetched', async (t) => {
  const rig = await startImagesRig(t);
  await rig.mustDo(rig.publish(await rig.folder(newFiles), newHash));
  const path = join(rig.store('rdo'), newHash, 'set.json');
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(/"size":\d+/g, `"size":${2 ** 52}`));
  const gets = (): number =>
    rig.web.requests().filter(({ method, path: at }) => method === 'GET' && at.endsWith('.tar')).length;
  for (const more of [{}, { cache: await rig.folder() }]) {
    const { outcome, message, error } = await rig.act(rig.fetch(await rig.folder(), newHash, more as Inputs));
    t.is(outcome, 'failed', message);
    // The server's own word on the length may show it as well.
    t.true(['no-source', 'disk-full'].includes(`${error?.code}`), message);
    t.regex(message ?? '', /ironic-python-agent\.tar/);
    t.truthy(error?.next);
    t.is(gets(), 0);
  }
});
