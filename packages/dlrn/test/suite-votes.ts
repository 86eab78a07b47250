import test from 'ava';
import { type CommitBuild, parseAggregateHash, parseLabel } from '@tagflow/model';
import { voteTargetOf } from '../src/index.ts';
import { consistent, failsWith, type Mode, promoteAll, type Suite } from './suite-context.ts';

/** Votes, and the build that was tested last. */
export function testVotes(mode: Mode, open: () => Promise<Suite>): void {
  test(`${mode}: votes are listed as they came in`, async (t) => {
    const { client, tree } = await open();
    const found = await tree.resolveLabel(consistent);
    await promoteAll(client, found.builds, 'voted');
    const target = voteTargetOf(found.fullHash, found.builds);
    const report = {
      job: 'periodic-a',
      success: false,
      url: 'https://logs.example/1?a=b&c=d',
      timestamp: 1_700_000_000,
    };
    t.like(await client.reportResult(target, report), {
      job: 'periodic-a',
      result: 'failure',
      timestamp: 1_700_000_000,
    });
    const notes = 'zweiter Lauf – gut';
    t.like(await client.reportResult(target, { ...report, success: true, notes }), { result: 'success', notes });
    const ours = (await client.votes(target)).filter((vote) => vote.job === 'periodic-a');
    t.deepEqual(
      ours.map((vote) => vote.result),
      ['failure', 'success'],
    );
    for (const success of [true, false]) {
      const some = (await client.votes(target, { success })).filter((vote) => vote.job === 'periodic-a');
      t.deepEqual(some, ours.slice(success ? 1 : 0, success ? 2 : 1));
    }
  });

  test(`${mode}: the build that a job tested last, and nothing that stands in for it`, async (t) => {
    const { client, tree } = await open();
    const component = mode === 'component' ? { component: 'tripleo' } : {};
    const build = (await tree.resolveLabel(consistent, component)).builds[0] as CommitBuild;
    const target = { kind: 'commit' as const, build };
    const any = { maxAgeHours: 0, ...component };

    // DLRN votes on `consistent` by itself, so there is always something to stand in.
    t.is((await client.lastTested({ ...any, job: 'tested-a' }))?.kind, 'substitute');
    t.is(await client.lastTested({ ...any, sequentialAfter: 'tested-a' }), null);

    // Newer than whatever the other tests report.
    const report = { job: 'tested-a', success: true, url: '', timestamp: 2_100_000_000 };
    await client.reportResult(target, report);
    const found = await client.lastTested({ ...any, job: 'tested-a' });
    t.is(found?.kind, 'match');
    t.deepEqual(found?.tested.build, build);
    t.like(found?.tested, { job: 'tested-a', result: 'success', timestamp: report.timestamp });
    for (const query of [
      { ...any, sequentialAfter: 'tested-a' },
      { ...any, job: 'tested-a', success: true },
      { ...any, maxAgeHours: 1 },
      any,
    ]) {
      t.deepEqual(await client.lastTested(query), found);
    }
    const other = await client.lastTested({ ...any, job: 'tested-b' });
    t.is(other?.kind, 'substitute');
    t.is(other?.tested.job, 'tested-a');
    t.regex(
      other?.kind === 'substitute' ? other.reason : '',
      /^no such vote of tested-b is there; DLRN took .*tested-a/,
    );
    t.is(await client.lastTested({ ...any, sequentialAfter: 'tested-a', success: false }), null);
    if (mode === 'component') {
      const elsewhere = await client.lastTested({ maxAgeHours: 0, job: 'tested-a', component: 'compute' });
      t.is(elsewhere?.kind, 'substitute');
      t.regex(elsewhere?.kind === 'substitute' ? elsewhere.reason : '', /in component compute .* of component tripleo/);
    }
  });

  test(`${mode}: a job takes the build that another tested, or none`, async (t) => {
    const { client, tree } = await open();
    const component = mode === 'component' ? { component: 'compute' } : {};
    const build = (await tree.resolveLabel(consistent, component)).builds[0] as CommitBuild;
    const target = { kind: 'commit' as const, build };
    await client.reportResult(target, { job: 'taken-a', success: true, url: '', timestamp: 1_700_000_000 });
    const running = async (): Promise<readonly string[]> =>
      (await client.votes(target)).filter((vote) => vote.result === 'running').map((vote) => vote.job);

    const query = { maxAgeHours: 0, reportingJob: 'taken-b' };
    t.is((await client.takeLastTested({ ...query, job: 'taken-never' }))?.kind, 'substitute');
    t.is(await client.takeLastTested({ ...query, sequentialAfter: 'taken-never' }), null);
    t.false((await running()).includes('taken-b'), 'nothing was noted');

    const taken = await client.takeLastTested({ ...query, job: 'taken-a', success: true });
    t.is(taken?.kind, 'match');
    t.deepEqual(taken?.tested.build, build);
    t.like(taken?.tested, { job: 'taken-b', result: 'running' });
    t.true((await running()).includes('taken-b'));
    t.is((await client.lastTested({ maxAgeHours: 0, job: 'taken-b' }))?.tested.result, 'running');
    const next = await client.takeLastTested({ ...query, sequentialAfter: 'taken-b', reportingJob: 'taken-c' });
    t.deepEqual(next?.tested.build, build);
    await client.reportResult(target, { job: 'taken-b', success: true, url: '', timestamp: 1_700_000_001 });
    t.deepEqual(
      (await running()).filter((job) => job.startsWith('taken-')),
      ['taken-c'],
    );
  });

  if (mode === 'component') {
    // Before the others, which promote what this one must find unpromoted.
    test.serial('component: nobody can vote on an aggregate before it was promoted', async (t) => {
      const { client, dlrn, tree } = await open();
      await dlrn.build();
      const fullHash = parseAggregateHash((await tree.pinLabel(parseLabel('current'))).fullHash, 'current');
      const report = { job: 'early', success: true, url: '', timestamp: 1 };
      await failsWith(t, 'nothing-there', () => client.reportResult(voteTargetOf(fullHash, []), report));
      t.deepEqual(await client.votes(voteTargetOf(fullHash, [])), []);
    });
  }
}
