import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import test from 'ava';
import { createDiffAction } from '../../packages/cli/src/diff.ts';
import { createShowAction } from '../../packages/cli/src/show.ts';
import { stageBuild, startLabWorld } from './lab-world.ts';
import { answerOf } from './tagflow.ts';
import { imageFolder } from './truth.ts';

test('show and diff tell a promoted set, and what differs from the one before', async (t) => {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const promote = () => world.act(promoteSymlink, { phase: 'upstream', mode: 'promote' });
  const first = await stageBuild(world);
  t.is((await promote()).outcome, 'done');
  const then = new Date(world.lab.clock.now()).toISOString();
  const second = await stageBuild(world);
  t.is((await promote()).outcome, 'done');

  let said = '';
  const host = { cwd: world.lab.root, write: (text: string) => (said += text) };
  const shown = await world.act(createShowAction(host), { set: 'current-tripleo' });
  t.is(shown.outcome, 'done', shown.message);
  t.is(shown.outputs['full-hash'], second);
  for (const line of [
    ...[/^packages {4}10$/m, /^containers {2}4$/m, /^images {6}2, /m, /^ {2}promote {3}current-tripleo/m],
    ...[
      /^ {2}heat-api +sha256:[0-9a-f]{64}$/m,
      /^ {2}overcloud-full\.tar {2}\S+ kB \(\d+ bytes\)\n {4}sha256 [0-9a-f]{64}$/m,
    ],
  ]) {
    t.regex(said, line);
  }
  t.true(said.includes(`\n  from      ${first}\n`), 'by its own promotion in the ledger');
  t.notRegex(said, /^note:/m);

  const alone = await world.run(['diff', 'current-tripleo', '--config', world.config]);
  t.is(alone.exitCode, 0, alone.stderr);
  t.regex(alone.stderr, /^from {2}previous-current-tripleo \(master\)\n/);
  const { outputs } = answerOf(alone);
  t.deepEqual([outputs['from-hash'], outputs['to-hash'], outputs['differs']], [first, second, 'true']);
  t.regex(
    outputs['summary'] ?? '',
    /^packages: 1 up, 9 the same; containers: 4 changed; 4 new layers \(\S+ kB\), 5 shared; images: 2 changed \(the same size\); criteria: the same$/,
  );

  // The same two sets by a time and by a hash; and one place that cannot be read, which the others make up for.
  await writeFile(join(world.lab.root, 'images', imageFolder, second, 'set.json'), '<html>Welcome</html>');
  said = '';
  const both = await world.act(createDiffAction(host), {
    ...{ first: `current-tripleo@${then}`, second, layers: 'false' },
  });
  t.is(both.outcome, 'done', both.message);
  t.is(both.outputs['summary'], outputs['summary']?.replace(/; \d+ new layers[^;]*/, ''));
  t.regex(said, /^note: images public could not be read:/m);
});
