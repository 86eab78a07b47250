import test from 'ava';
import { parseAggregateHash } from '@tagflow/model';
import { readStatusReport, reportLink, voteLink } from '../src/index.ts';
import { consistent, failsWith, type Mode, promoteAll, type Suite } from './suite-context.ts';

const packages = ['lab-compute-1', 'lab-network-1', 'lab-tripleo-1'];

/** What DLRN tells of builds and packages. */
export function testBuilds(mode: Mode, open: () => Promise<Suite>): void {
  // Before a failed build is forgotten, below.
  test.serial(`${mode}: builds are counted`, async (t) => {
    const { client } = await open();
    const ever = { from: '2000-01-01', to: '2100-01-01' };
    const all = await client.buildMetrics(ever);
    t.true(all.succeeded >= 6 && all.failed >= 1, JSON.stringify(all));
    t.is(all.total, all.succeeded + all.failed);
    const one = await client.buildMetrics({ ...ever, package: 'lab-tripleo-1' });
    t.true(one.succeeded >= 2 && one.succeeded < all.succeeded, JSON.stringify(one));
    t.is((await client.buildMetrics({ ...ever, package: 'failed' })).failed, 1);
    const none = { succeeded: 0, failed: 0, total: 0 };
    t.deepEqual(await client.buildMetrics({ ...ever, package: 'no-such-package' }), none);
    t.deepEqual(await client.buildMetrics({ from: '1999-12-31', to: '1999-12-31' }), none);
  });

  test(`${mode}: the last build of every package`, async (t) => {
    const { tree } = await open();
    const states = await readStatusReport(tree);
    t.deepEqual(
      states?.map((state) => state.project),
      packages,
    );
    for (const { project, component, status, builtAt, build, logPath, packages: files, failing } of states ?? []) {
      t.is(component, mode === 'classic' ? null : (project.split('-')[1] ?? ''));
      t.is(build?.component, component);
      t.deepEqual([status, failing], ['SUCCESS', null]);
      t.true(builtAt > 1_700_000_000);
      t.regex((await tree.readFile(logPath ?? '')) ?? '', /rpmbuild/);
      t.true(files.length > 0);
      for (const file of files) t.regex(file, new RegExp(`^${project}-1\\.0\\..*\\.rpm$`));
    }
  });

  test(`${mode}: votes and builds have pages for people`, async (t) => {
    const { api, dlrn, tree } = await open();
    const { builds, fullHash } = await tree.resolveLabel(consistent);
    const links = [
      reportLink(dlrn.apiUrl),
      reportLink(`${dlrn.apiUrl}/`, { component: 'tripleo', success: false }),
      ...builds.map((build) => voteLink(dlrn.apiUrl, { kind: 'commit', build })),
      ...(mode === 'classic'
        ? []
        : [voteLink(dlrn.apiUrl, { kind: 'aggregate', hash: parseAggregateHash(fullHash, 'consistent') })]),
    ];
    for (const url of links) {
      const { status, headers, text } = await api.request({ method: 'GET', url });
      t.deepEqual([url, status, headers['content-type']], [url, 200, 'text/html; charset=utf-8']);
      t.regex(text, /<\/html>/);
    }
  });

  test(`${mode}: what came after DLRN 0.26.1 is there, or said to be missing`, async (t) => {
    const { client, dlrn, tree } = await open();
    if (dlrn.isHead === true) {
      const { builds } = await tree.resolveLabel(consistent);
      await promoteAll(client, builds, 'listed');
      t.deepEqual(
        await client.components(),
        mode === 'classic' ? [] : builds.map((build) => build.component ?? '').toSorted(),
      );
      t.is(await client.recheckPackage('lab-tripleo-1'), 'not-failed');
      t.is(await client.recheckPackage('no-such-package'), 'nothing-to-recheck');
      t.is(await client.recheckPackage('failed'), 'rechecked');
      t.is(await client.recheckPackage('failed'), 'nothing-to-recheck');
      return;
    }
    const error = await failsWith(t, 'unsupported', () => client.components());
    t.regex(error.message, /too old for that: GET http.*\/api\/components answered 404/);
    await failsWith(t, 'unsupported', () => client.recheckPackage('lab-tripleo-1'));
  });
}
