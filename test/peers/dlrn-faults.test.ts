import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createApi } from '@tagflow/http';
import { parseLabel } from '@tagflow/model';
import { createDlrnClient, createRepositoryDestination, createRepositoryTree } from '@tagflow/dlrn';
import { failsWith, flipRecorder, moveOf, testEffects } from '../../packages/dlrn/test/client-suite.ts';
import { startRealDlrn } from './dlrn/real-dlrn.ts';

// A crash between link and rename leaves this file, and from then on every promotion of the label answers 500, after
// the components' links have moved.
test('component: a leftover file on the server makes promotions half done, and is named', async (t) => {
  const real = await startRealDlrn({ mode: 'component' });
  t.teardown(() => real.close());
  const api = createApi(testEffects);
  const { apiUrl, username, password, reposUrl } = real;
  const client = createDlrnClient(api, { apiUrl, credentials: { username, password } });
  const tree = createRepositoryTree(api, { reposUrl, effects: testEffects });
  const destination = createRepositoryDestination({
    client,
    tree,
    mode: 'component',
    name: 'dlrn',
    effects: testEffects,
  });
  const label = parseLabel('blocked');
  const first = await tree.resolveLabel(parseLabel('consistent'));
  await client.promoteBatch(first.builds, label);
  await real.build(3);
  const second = await tree.resolveLabel(parseLabel('consistent'));
  await symlink('nowhere', join(real.reposDirectory, label, 'delorean.repo_'));

  const flip = (): Promise<void> =>
    destination.flip([moveOf(label, first.fullHash, second.fullHash)], flipRecorder().options);
  const error = await failsWith(t, 'half-promoted', flip);
  t.is(error.outcome, 'half-done');
  t.regex(error.message, new RegExp(`blocked names ${first.fullHash} in the repository`));
  t.regex(error.next ?? '', /blocked\/delorean\.repo_/);
  t.is(await tree.readLabel(label), first.fullHash);
  t.not(await tree.readLabel(label, { component: 'tripleo' }), null);
});
