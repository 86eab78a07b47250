import process from 'node:process';
import test from 'ava';
import * as fc from 'fast-check';
import { createModel, everyCommand } from './histories.ts';
import { createReal } from './real.ts';

/** More histories, for those who have the time: `MODEL_RUNS=20000 npx ava packages/promotion/test/model`. */
const runs = Number(process.env['MODEL_RUNS'] ?? 1500);
/** A machine that is busy with other things takes its time. */
const patience = 60_000 + 50 * runs;
const fixedSeed = 20_260_105;

/** Random histories, in the model and in the engine. What fails is told as short as it can be made. */
async function drive(seed: number, numRuns: number): Promise<void> {
  const histories = fc.commands([...everyCommand], { maxCommands: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(histories, async (commands) => {
      const setup = (): { model: ReturnType<typeof createModel>; real: ReturnType<typeof createReal> } => {
        const real = createReal();
        return { real, model: createModel(real) };
      };
      await fc.asyncModelRun(setup, commands);
    }),
    { seed, numRuns, includeErrorInReport: true },
  );
}

test('random histories end in the engine as they do in the model, always the same ones', async (t) => {
  t.timeout(patience);
  await t.notThrowsAsync(drive(fixedSeed, runs));
});

test('random histories end in the engine as they do in the model, others every time', async (t) => {
  t.timeout(patience);
  const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);
  t.log(`seed ${seed}, ${runs} histories`);
  await t.notThrowsAsync(drive(seed, runs));
});
