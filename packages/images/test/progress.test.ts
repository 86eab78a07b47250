import { randomBytes } from 'node:crypto';
import type { ProgressEvent } from '@tagflow/model';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { countBytes } from '../src/count-bytes.ts';
import { publishSet } from '../src/publish/publish.ts';
import {
  hashA,
  httpWorld,
  openFolder,
  type Sample,
  setOfSamples,
  sftpWorld,
  temporaryFolder,
  testEffects,
  writeSamples,
} from './world.ts';

const file: Sample = { name: 'overcloud-full.tar', bytes: randomBytes(24_000_000) };

test('a connection that was cut does not count what had come twice', async (t) => {
  const { store, server } = await sftpWorld(t, undefined, { commands: true });
  const sources = [{ store: openFolder(await writeSamples(await temporaryFolder(), [file])), directory: '' }];
  const before = server.traffic().received;
  const seen: { readonly done: number; readonly received: number }[] = [];
  const progress = ({ done }: ProgressEvent): void => {
    seen.push({ done, received: server.traffic().received - before });
  };
  server.cutAfter(12_000_000);
  await publishSet(
    { store, directory: `master/${hashA}`, visibility: 'public', sources, set: setOfSamples([file]) },
    { ...testEffects(), progress },
  );
  for (const { done, received } of seen) {
    if (done <= received + 4_200_000) continue;
    t.fail(`${done} bytes were said to be done when ${received} had come`);
    return;
  }
  t.pass();
});

test('nothing done yet is no endless time', (t) => {
  const events: ProgressEvent[] = [];
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const count = countBytes({ progress: (event) => void events.push(event), clock }, 'fetch', [
    { size: 0 },
    { size: 100 },
  ]);
  now = 5000;
  count(0, 0);
  t.notRegex(events[0]?.note ?? '', /Infinity|NaN/);
});

test('what is read again from a server to continue a mirror counts as moved', async (t) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, file.name), file.bytes);
  const { store: source, server: from } = await httpWorld(t, folder);
  const { store, server } = await sftpWorld(t, undefined, { commands: true });
  server.cutAfter(12_000_000);
  const report = await publishSet(
    {
      ...{ store, directory: `master/${hashA}`, visibility: 'public', set: setOfSamples([file]) },
      sources: [{ store: source, directory: '' }],
    },
    testEffects(),
  );
  const sent = from.bytesSent();
  // What was read ahead when the connection went is lost, and nobody knows of it.
  t.true(report.bytesMoved >= sent - 4 * 4 * 1024 * 1024, `${report.bytesMoved} said, ${sent} sent by the source`);
});
