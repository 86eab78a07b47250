import test from 'ava';
import { dlrnExpectations } from './dlrn-expectations.ts';
import { startSeeded } from './lab-dlrn.ts';

const labs = {
  classic: await startSeeded('classic'),
  component: await startSeeded('component'),
};
const extended = await startSeeded('component', { extended: true });

for (const mode of ['classic', 'component'] as const) {
  for (const { title, modes, check } of dlrnExpectations) {
    if (!modes.includes(mode)) continue;
    test.serial(`the lab's DLRN, ${mode}: ${title}`, (t) => check(t, labs[mode].dlrn));
    if (mode === 'component') test.serial(`the lab's DLRN, extended: ${title}`, (t) => check(t, extended.dlrn));
  }
}

test.after.always(async () => {
  await Promise.all([labs.classic, labs.component, extended].map(({ lab }) => lab.close()));
});
