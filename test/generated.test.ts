import test from 'ava';
import { generatedFiles, staleFiles } from '../scripts/generate.ts';
import { workspaces } from '../scripts/workspaces.ts';

test('action.yml, the tables of the READMEs and the schemas are what the definitions say', async (t) => {
  t.deepEqual(await staleFiles(), [], 'run `npm run generate`');
});

test('every action and both schemas are generated', async (t) => {
  const actions = workspaces().filter(({ kind }) => kind === 'action');
  t.not(actions.length, 0);
  t.deepEqual(
    (await generatedFiles()).map(({ path }) => path).toSorted(),
    [
      ...actions.flatMap(({ name }) => [`actions/${name}/README.md`, `actions/${name}/action.yml`]),
      'packages/config/tagflow.schema.json',
      'packages/config/policy.schema.json',
    ].toSorted(),
  );
});
