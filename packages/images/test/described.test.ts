import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { formatSumFile } from '../src/checksum.ts';
import { describeImages } from '../src/publish/describe.ts';
import { entryOf, type Sample, sampleFiles, temporaryFolder, writeSamples } from './world.ts';

test('a file that was replaced by one with an older time is not taken for the published one', async (t) => {
  const [agent] = sampleFiles as readonly [Sample];
  const folder = await writeSamples(await temporaryFolder(), [agent]);
  const sum = join(folder, `${agent.name}.sha256`);
  await writeFile(sum, formatSumFile(entryOf(agent).sha256, agent.name));
  // As cp -p, rsync -t and tar bring a file: its time is that of where it came from.
  const rebuilt = { name: agent.name, bytes: Buffer.alloc(agent.bytes.length, 'rebuilt') };
  await writeSamples(folder, [rebuilt]);
  await utimes(join(folder, agent.name), 1_600_000_000, 1_600_000_000);
  const error = await t.throwsAsync(describeImages(folder, [], 'public', { published: [entryOf(agent)] }));
  t.regex(error?.message ?? '', /has sha256/);
});
