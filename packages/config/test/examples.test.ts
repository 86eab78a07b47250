import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { loadConfig, loadPolicy, phaseTemplates } from '../src/index.ts';

const folder = join(import.meta.dirname, '../examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test('there are examples', (t) => {
  t.deepEqual(files.sort(), ['master-centos7.yaml', 'master-centos9-component.yaml', 'stable-pike-centos7.yaml']);
});

for (const file of files) {
  test(`${file} is right`, async (t) => {
    const config = await loadConfig(join(folder, file));
    t.is(file.split('-').includes(config.release), true);
    for (const phase of Object.values(config.phases)) {
      // In an example, a job that is required is one that the phase runs, or a twin of one in another cloud.
      const ran = new Set(phase.test?.jobs.map(({ job }) => job));
      const required = phase.promote?.criteria === 'none' ? [] : (phase.promote?.criteria.allOf ?? []);
      for (const one of required) if (typeof one === 'string') t.true(ran.has(one), `${file}: ${one}`);
    }
  });
}

test('the long example shows every section and every template but the one of components', async (t) => {
  const { phases } = await loadConfig(join(folder, 'master-centos7.yaml'));
  t.deepEqual(
    Object.keys(phases),
    Object.keys(phaseTemplates).filter((name) => name !== 'component'),
  );
  const { upstream, 'rdo-phase-2': second, 'osp-phase-0': last } = phases;
  t.truthy(upstream?.pin && upstream.build.containers && upstream.build.images && upstream.mirror[0] && upstream.test);
  t.truthy(second?.fetch && second.after && second.promote);
  t.truthy(last?.handOff);
});

test('the example of a policy has one of each kind, and speaks of releases, labels and jobs of the other examples', async (t) => {
  const configs = await Promise.all(files.map((file) => loadConfig(join(folder, file))));
  const places = configs.map(({ policyFolder }) => policyFolder);
  t.deepEqual(
    [...new Set(places.map(({ path, explicit }) => `${path} ${explicit}`))],
    [`${join(folder, 'policy')} false`],
    'it is where they look for it',
  );
  const { entries } = await loadPolicy(join(folder, 'policy'), { explicit: true });
  t.deepEqual(
    entries.map(({ kind }) => kind),
    ['freeze', 'hold', 'waiver'],
  );
  for (const entry of entries) {
    const meant = configs.filter(({ release }) => entry.release === null || entry.release === release);
    t.true(
      meant.some(({ phases }) =>
        Object.values(phases).some(
          ({ promote }) =>
            promote !== null &&
            (entry.label === null || entry.label === promote.to) &&
            (entry.kind !== 'waiver' || JSON.stringify(promote.criteria).includes(`"${entry.job}"`)),
        ),
      ),
      entry.id,
    );
  }
});
