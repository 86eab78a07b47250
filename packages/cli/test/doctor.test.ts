import { fileURLToPath } from 'node:url';
import { executeAction, systemClock } from '@tagflow/action-kit';
import test from 'ava';
import { createDoctorAction } from '../src/doctor.ts';

const config = fileURLToPath(new URL('../../config/examples/master-centos7.yaml', import.meta.url));

/** What was asked for, and what is said of it before anything is read. */
const refused: Readonly<Record<string, readonly [inputs: Readonly<Record<string, string>>, says: RegExp]>> = {
  'no config': [{}, /input "config" is missing: it is required/],
  'a label that no phase moves': [
    { config, label: 'curent-tripleo' },
    /input "label": curent-tripleo is of no phase of .*master-centos7\.yaml; its labels: .*current-tripleo-rdo.*did you mean current-tripleo\?/,
  ],
  'one of two labels': [{ config, label: 'current-tripleo,current' }, /input "label": current is of no phase/],
  'a component that no phase has': [
    { config, component: 'network' },
    /input "component": network is of no phase .*: none$/,
  ],
  'a config that is not there': [{ config: 'none.yaml' }, /none\.yaml/],
};

for (const [name, [inputs, says]] of Object.entries(refused)) {
  test(`${name}: refused before anything is read`, async (t) => {
    const action = createDoctorAction({ cwd: import.meta.dirname, write: () => t.fail('nothing is to be told') });
    const { outcome, error, problems } = await executeAction(action, new Map(Object.entries(inputs)), {
      ...{ clock: systemClock, signal: new AbortController().signal, progress: () => undefined, random: () => 0 },
      log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
      ...{ outDir: import.meta.dirname, cwd: import.meta.dirname, actor: 'test', env: {} },
    });
    t.is(outcome, 'invalid');
    t.regex([...problems, error?.message ?? ''].join('\n'), says);
  });
}
