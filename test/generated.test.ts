import test from 'ava';
import { templateNames } from '@tagflow/config';
import { generatedFiles, staleFiles } from '../scripts/generate.ts';
import { filesBelow, root, workspaces } from '../scripts/workspaces.ts';

test('action.yml, the tables of the READMEs, the workflows and the schemas are what the definitions say', async (t) => {
  t.deepEqual(await staleFiles(), [], 'run `npm run generate`');
});

test('every action, workflow of promotions and schema is generated, and nothing else stands beside what is', async (t) => {
  const paths = (await generatedFiles()).map(({ path }) => path);
  const actions = workspaces().filter(({ kind }) => kind === 'action');
  t.not(actions.length, 0);
  const workflows = [...templateNames.map((name) => `phase-${name}`), 'all-phases', 'promotion'];
  const wanted = [
    ...actions.flatMap(({ name }) => [`actions/${name}/README.md`, `actions/${name}/action.yml`]),
    ...workflows.map((name) => `.github/workflows/${name}.yml`),
    ...filesBelow(root, 'docs/reference/*.md'),
    ...filesBelow(root, 'zuul.d/*.yaml'),
    'packages/config/tagflow.schema.json',
    'packages/config/policy.schema.json',
  ];
  t.deepEqual(paths.toSorted(), wanted.toSorted());
});
