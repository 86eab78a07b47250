import test from 'ava';
import { type CommitBuild, fullHashOfCommit, parseCommitBuild, parseLabel } from '@tagflow/model';
import type { Api } from '@tagflow/http';
import { createDlrnClient } from '../src/index.ts';
import { consistent, failsWith, type Mode, type Suite } from './suite-context.ts';

/** What DLRN remembers of promotions. */
export function testPromotions(mode: Mode, open: () => Promise<Suite>): void {
  test(`${mode}: pages survive rows that are added meanwhile`, async (t) => {
    const { api, client, dlrn, tree } = await open();
    const one = (await tree.resolveLabel(consistent)).builds;
    await dlrn.build();
    const other = (await tree.resolveLabel(consistent)).builds;
    const label = parseLabel('paged');
    const perSet = one.length;
    const sets = Math.ceil(130 / perSet);
    for (let count = 0; count < sets; count += 1) await client.promoteBatch(count % 2 === 0 ? one : other, label);
    let pages = 0;
    const disturbed: Api = {
      async request(request) {
        if (request.url.includes('/api/promotions')) pages += 1;
        if (pages === 2) await client.promoteBatch(sets % 2 === 0 ? one : other, label);
        return api.request(request);
      },
    };
    const reader = createDlrnClient(disturbed, { apiUrl: dlrn.apiUrl });
    const found = await reader.promotionsOf(label, { limit: 1000 });
    t.is(pages, 2);
    t.is(found.length, sets);
    t.true(found.every((set) => set.promotions.length === perSet));

    // Whoever has found what it looked for reads no further.
    pages = 0;
    for await (const set of reader.promotionPages(label)) {
      t.deepEqual(set, (await client.promotionsOf(label, { limit: 1 }))[0]);
      break;
    }
    t.is(pages, 1);
  });

  test(`${mode}: promotions are found by all that they have`, async (t) => {
    const { client, dlrn, tree } = await open();
    const [label, other] = [parseLabel('found'), parseLabel('found-otherwise')];
    const { builds } = await tree.resolveLabel(consistent);
    const build = builds.at(-1) as CommitBuild;
    await client.promoteBatch(builds, label);
    await client.promote(build, other);
    await dlrn.build();
    await client.promoteBatch((await tree.resolveLabel(consistent)).builds, label);

    const all = await client.promotions({ label, limit: 100 });
    t.is(all.length, 2 * builds.length);
    t.deepEqual(await client.promotions({ label, limit: 1 }), all.slice(0, 1));
    t.deepEqual(await client.promotions({ label, limit: 2, offset: 1 }), all.slice(1, 3));
    t.deepEqual(await client.promotions({ label, limit: 1, offset: all.length }), []);
    const ofBuild = await client.promotions({ label, build, limit: 100 });
    t.true(ofBuild.length > 0);
    t.deepEqual(
      ofBuild,
      all.filter((row) => row.build.commitHash === build.commitHash),
    );
    t.is((await client.promotions({ label: other, build, limit: 100 })).length, 1);
    const component = build.component ?? 'tripleo';
    const ofComponent = await client.promotions({ label, component, limit: 100 });
    t.deepEqual(
      ofComponent,
      all.filter((row) => row.build.component === component),
    );
    const [newest] = all;
    if (newest?.aggregateHash != null) {
      const { aggregateHash } = newest;
      t.deepEqual(await client.promotions({ label, aggregateHash, limit: 100 }), [newest]);
    }
    t.is(ofComponent.length, mode === 'classic' ? 0 : 2);
    t.is(newest?.aggregateHash === null, mode === 'classic');

    const unknown = parseCommitBuild({ commit_hash: '0'.repeat(40), distro_hash: build.distroHash });
    await failsWith(t, 'nothing-there', () => client.promotions({ build: unknown, limit: 1 }));
    const otherwise = parseCommitBuild({
      ...{ commit_hash: build.commitHash, distro_hash: build.distroHash, extended_hash: '0'.repeat(40) },
    });
    await failsWith(t, 'nothing-there', () => client.promotions({ build: otherwise, limit: 1 }));
  });

  if (mode === 'component') {
    test('component: a component that is promoted alone makes a set of its own', async (t) => {
      const { client, tree } = await open();
      const label = parseLabel('alone');
      const { builds, fullHash } = await tree.resolveLabel(consistent);
      const [first, ...others] = builds as [CommitBuild, ...CommitBuild[]];
      await client.promote(first, label);
      const small = await tree.readLabel(label);
      await client.promoteBatch(others, label);
      await client.promoteBatch(builds, label);
      await client.promote(first, label);
      const sets = await client.promotionsOf(label, { limit: 10 });
      t.deepEqual(
        sets.map((set) => [set.fullHash, set.promotions.length]),
        [
          [fullHash, 1],
          [fullHash, builds.length],
          [fullHash, others.length],
          [small, 1],
        ],
      );
      const { component } = first;
      const own = await client.promotionsOf(label, { limit: 10, component: component ?? '' });
      t.deepEqual(
        own.map((set) => set.fullHash),
        own.map(() => fullHashOfCommit(first)),
      );
      t.is(own.length, 3);
    });
  }
}
