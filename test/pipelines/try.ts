import { answerOf } from './tagflow.ts';
import { buildCommit, runArgs, stageBuild, startLabWorld } from './lab-world.ts';
import { readAllTruths } from './truth.ts';
const t0 = Date.now();
const say = (w: unknown) => console.log(`[${((Date.now() - t0) / 1000).toFixed(1)}]`, w);
const world = await startLabWorld();
say('up');
if (process.argv[2] === 'stage') {
  say(await stageBuild(world));
  say(await stageBuild(world));
  say(await readAllTruths(world.lab));
} else {
  for (const n of [1, 2, 3]) {
    if (n < 3) await buildCommit(world.lab);
    const r = await world.run(runArgs(world));
    say(r.stderr); say(r.exitCode);
    const a = answerOf(r);
    say(a.outcome); say(JSON.parse(a.outputs['phases'] ?? '[]'));
    say(await readAllTruths(world.lab));
  }
}
await world.close();
