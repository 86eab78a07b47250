import test from 'ava';
import { parseCommitBuild, parseFullHash, parseLabel } from '@tagflow/model';
import { createDlrnClient, createRepositoryTree, voteTargetOf } from '../src/index.ts';
import { consistent, failsWith, type Mode, promoteAll, type Suite, testEffects } from './suite-context.ts';

/** What can be read of any DLRN, and what it refuses. */
export function testReads(mode: Mode, open: () => Promise<Suite>): void {
  test(`${mode}: health, with right and wrong credentials`, async (t) => {
    const { api, client, dlrn } = await open();
    t.is(await client.health(), 'ok');
    t.is(await client.health({ withCredentials: true }), 'ok');
    const stranger = createDlrnClient(api, {
      apiUrl: dlrn.apiUrl,
      credentials: { username: 'ciuser', password: 'wrong!' },
    });
    const error = await failsWith(t, 'unauthorized', () => stranger.health({ withCredentials: true }));
    t.regex(error.message, /answered 401: "Unauthorized Access"/);
    t.notRegex(error.message, /wrong!/);
    const nobody = createDlrnClient(api, { apiUrl: dlrn.apiUrl });
    t.is((await failsWith(t, 'unauthorized', () => nobody.health({ withCredentials: true }))).outcome, 'invalid');
  });

  test(`${mode}: a label resolves to a hash that can be read again without it`, async (t) => {
    const { tree } = await open();
    const found = await tree.resolveLabel(consistent);
    t.is(found.kind, mode === 'classic' ? 'commit' : 'aggregate');
    t.is(found.builds.length, mode === 'classic' ? 1 : 3);
    t.true(found.repoUrl.endsWith(`/${found.fullHash}`));
    const again = await tree.readHash(found.fullHash, { labels: ['no-such-label', 'consistent'] });
    t.deepEqual(again?.builds, found.builds);
    t.is(again?.repoUrl, found.repoUrl);
    t.is(await tree.readHash(parseFullHash(`${'0'.repeat(40)}_00000000`)), null);
    t.is(await tree.readHash(parseFullHash('0'.repeat(32)), { labels: ['consistent'] }), null);
  });

  test(`${mode}: what is not there is told apart`, async (t) => {
    const { api, client, dlrn, tree } = await open();
    const label = await failsWith(t, 'nothing-there', () => tree.resolveLabel(parseLabel('no-such-label')));
    t.regex(label.message, /has no label "no-such-label"/);
    const component = await failsWith(t, 'nothing-there', () =>
      tree.resolveLabel(consistent, { component: 'nonsense' }),
    );
    t.regex(component.message, /no component "nonsense"/);
    const elsewhere = createRepositoryTree(api, { reposUrl: `${dlrn.reposUrl}/elsewhere`, effects: testEffects });
    await failsWith(t, 'not-found', () => elsewhere.resolveLabel(consistent));
    const wrong = createDlrnClient(api, { apiUrl: `${dlrn.reposUrl}/elsewhere` });
    await failsWith(t, 'not-found', () => wrong.health());
    t.deepEqual(await client.promotionsOf(parseLabel('no-such-label'), { limit: 3 }), []);
    t.is(await tree.readLabel(parseLabel('no-such-label')), null);
  });

  test(`${mode}: DLRN refuses what it should, and says why`, async (t) => {
    const { client, dlrn, tree } = await open();
    const { builds } = await tree.resolveLabel(consistent);
    await failsWith(t, 'refused', () => promoteAll(client, builds, 'current'));
    await failsWith(t, 'nothing-there', () => client.promote(dlrn.failed, parseLabel('refused')));
    await failsWith(t, 'purged', () => client.promote(dlrn.purged, parseLabel('refused')));
    await failsWith(t, 'bad-input', () => client.promoteBatch([], parseLabel('refused')));
    await failsWith(t, 'nothing-there', () =>
      client.votes(
        voteTargetOf(parseFullHash(`${'0'.repeat(40)}_00000000`), [
          parseCommitBuild({ commit_hash: '0'.repeat(40), distro_hash: dlrn.failed.distroHash }),
        ]),
      ),
    );
    t.is(await tree.readLabel(parseLabel('refused')), null);
  });
}
