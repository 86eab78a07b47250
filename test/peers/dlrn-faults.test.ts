import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createApi } from '@tagflow/http';
import { fullHashOfCommit, parseLabel } from '@tagflow/model';
import { createDlrnClient, createRepositoryDestination, createRepositoryTree } from '@tagflow/dlrn';
import { failsWith, flipRecorder, moveOf, testEffects } from '../../packages/dlrn/test/client-suite.ts';
import { startRealDlrn } from './dlrn/real-dlrn.ts';

// A crash between link and rename leaves one of these, and from then on every promotion of the label answers 500, after
// the components' links have moved.
for (const [file, target] of [
  ['delorean.repo_', 'delorean.repo'],
  ['delorean.repo.md5_', 'delorean.repo.md5'],
  ['versions.csv_', 'versions.csv'],
  ['delorean.repo_', 'nowhere'],
] as const) {
  test(`component: a leftover ${file} → ${target} on the server makes DLRN fail half-way; it is taken back`, async (t) => {
    const real = await startRealDlrn({ mode: 'component' });
    t.teardown(() => real.close());
    const api = createApi(testEffects);
    const { apiUrl, username, password, reposUrl, reposDirectory } = real;
    const client = createDlrnClient(api, { apiUrl, credentials: { username, password } });
    const tree = createRepositoryTree(api, { reposUrl, effects: testEffects });
    const options = { client, tree, mode: 'component', name: 'dlrn', effects: testEffects } as const;
    const destination = createRepositoryDestination(options);
    const label = parseLabel('blocked');
    const first = await tree.resolveLabel(parseLabel('consistent'));
    await client.promoteBatch(first.builds, label);
    await real.build(3);
    const second = await tree.resolveLabel(parseLabel('consistent'));
    await symlink(target, join(reposDirectory, label, file));

    const move = moveOf(label, first.fullHash, second.fullHash);
    const foreseen = await destination.foresee?.([move]);
    // A link that leads nowhere is not to be seen over HTTP.
    const isVisible = target !== 'nowhere';
    t.is(foreseen?.problems.length, isVisible ? 1 : 0, foreseen?.problems.join());
    const error = await failsWith(t, 'not-promoted', () => destination.flip([move], flipRecorder().options));
    t.is(error.outcome, 'failed');
    t.true(
      error.next?.includes(isVisible ? `/${label}/${file} on the DLRN server` : `one of ${label}/${file},`),
      error.next,
    );
    t.is(await tree.readLabel(label), first.fullHash);
    for (const build of first.builds) {
      t.is(await tree.readLabel(label, { component: build.component ?? '' }), fullHashOfCommit(build));
    }
    await rm(join(reposDirectory, label, file));
    await destination.flip([move], flipRecorder().options);
    t.is(await tree.readLabel(label), second.fullHash);
  });
}
