import test, { type ExecutionContext } from 'ava';
import { type Api, createApi } from '@tagflow/http';
import {
  type ArtifactSet,
  type CommitBuild,
  type Effects,
  type Move,
  parseAggregateHash,
  parseCommitBuild,
  parseFullHash,
  parseLabel,
} from '@tagflow/model';
import {
  createDlrnClient,
  createRepositoryDestination,
  createRepositoryTree,
  type DlrnClient,
  DlrnError,
  type DlrnErrorCode,
  listCandidates,
  type RepositoryTree,
  type ResolvedHash,
  voteTargetOf,
} from '../src/index.ts';

/** A DLRN to test against: the lab's, or the real one. */
export interface SuiteDlrn {
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly username: string;
  readonly password: string;
  readonly failed: CommitBuild;
  readonly purged: CommitBuild;
  /** Builds the next package once, so that `consistent` moves. */
  build(): Promise<void>;
  close(): Promise<void>;
}

export type Mode = 'classic' | 'component';

interface Context {
  readonly dlrn: SuiteDlrn;
  readonly api: Api;
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
}

/** Real requests, and waits that are over at once. */
export const testEffects: Effects = {
  clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
  log: { debug: () => undefined, info: () => undefined, warning: () => undefined },
  progress: () => undefined,
  signal: new AbortController().signal,
};

export const stageOptions = { signal: testEffects.signal, progress: testEffects.progress };

/** Options of a flip, and the pointers that it wrote. */
export function flipRecorder(): {
  options: Parameters<ReturnType<typeof createRepositoryDestination>['flip']>[1];
  written: string[];
} {
  const written: string[] = [];
  const before = (move: Move): Promise<void> => {
    written.push(move.pointer);
    return Promise.resolve();
  };
  return { options: { signal: testEffects.signal, before, after: () => undefined }, written };
}

export function moveOf(label: string, from: string | null, to: string): Move {
  return { destination: 'dlrn', kind: 'repository', label: parseLabel(label), pointer: label, from, to };
}

export function setOfHash(resolved: ResolvedHash): ArtifactSet {
  return {
    fullHash: resolved.fullHash,
    release: 'master',
    repository: { url: resolved.repoUrl, builds: resolved.builds },
    containers: [],
    images: [],
  };
}

/** Asserts that the work fails with a DlrnError of this code, and returns it. */
export async function failsWith(
  t: ExecutionContext,
  code: DlrnErrorCode,
  work: () => Promise<unknown>,
): Promise<DlrnError> {
  const error = await t.throwsAsync(work, { instanceOf: DlrnError });
  t.is(error.code, code, error.message);
  return error;
}

/** The tests that every DLRN has to pass; each uses labels of its own. */
export function testClient(mode: Mode, start: () => Promise<SuiteDlrn>): void {
  const consistent = parseLabel('consistent');
  let shared: Promise<Context> | null = null;
  const open = (): Promise<Context> =>
    (shared ??= start().then((dlrn) => {
      const api = createApi(testEffects);
      const credentials = { username: dlrn.username, password: dlrn.password };
      const client = createDlrnClient(api, { apiUrl: dlrn.apiUrl, credentials });
      return { dlrn, api, client, tree: createRepositoryTree(api, { reposUrl: dlrn.reposUrl, effects: testEffects }) };
    }));

  const promote = (client: DlrnClient, builds: readonly CommitBuild[], label: string): Promise<unknown> =>
    client.promoteBatch(builds, parseLabel(label));

  test.after.always(async () => {
    await (await shared?.catch(() => null))?.dlrn.close();
  });

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
    await failsWith(t, 'refused', () => promote(client, builds, 'current'));
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

  test(`${mode}: a label moves, is read back, and comes back`, async (t) => {
    const { client, dlrn, tree } = await open();
    const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    const first = await tree.resolveLabel(consistent);
    await dlrn.build();
    const second = await tree.resolveLabel(consistent);
    t.not(first.fullHash, second.fullHash);
    for (const one of [first, second]) {
      t.deepEqual(await destination.stage(setOfHash(one), stageOptions), { bytesMoved: 0, bytesSaved: 0 });
      t.deepEqual(await destination.verify(setOfHash(one), stageOptions), []);
    }
    t.deepEqual([...(await destination.observe(['moving']))], [['moving', null]]);

    const { options, written } = flipRecorder();
    await destination.flip([moveOf('moving', null, first.fullHash)], options);
    await destination.flip([moveOf('moving', null, first.fullHash)], options);
    await destination.flip(
      [moveOf('previous-moving', null, first.fullHash), moveOf('moving', first.fullHash, second.fullHash)],
      options,
    );
    t.deepEqual(written, ['moving', 'previous-moving', 'moving'], 'what holds already is not written again');
    t.deepEqual(
      [...(await destination.observe(['moving', 'previous-moving'])).values()],
      [second.fullHash, first.fullHash],
    );

    const lost = await failsWith(t, 'hash-changed', () =>
      destination.flip([moveOf('moving', null, first.fullHash)], options),
    );
    t.regex(lost.message, new RegExp(`moving names ${second.fullHash}, the plan saw nothing`));
    await destination.flip([moveOf('moving', second.fullHash, first.fullHash)], options);
    t.is(await tree.readLabel(parseLabel('moving')), first.fullHash);
    const history = await client.promotionsOf(parseLabel('moving'), { limit: 10 });
    t.deepEqual(
      history.map((set) => set.fullHash),
      [first.fullHash, second.fullHash, first.fullHash],
    );

    // A destination of a later process has staged nothing and has to find the builds by itself.
    const later = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    await later.flip([moveOf('moving', first.fullHash, second.fullHash)], options);
    t.is(await tree.readLabel(parseLabel('moving')), second.fullHash);
  });

  test(`${mode}: nothing is written when the caller says no`, async (t) => {
    const { client, tree } = await open();
    const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
    const { fullHash } = await tree.resolveLabel(consistent);
    const before = (): Promise<never> => Promise.reject(new Error('lease lost'));
    const flip = destination.flip([moveOf('leased', null, fullHash)], { ...flipRecorder().options, before });
    await t.throwsAsync(flip, { message: 'lease lost' });
    t.is(await tree.readLabel(parseLabel('leased')), null);
  });

  test(`${mode}: votes are listed as they came in`, async (t) => {
    const { client, tree } = await open();
    const found = await tree.resolveLabel(consistent);
    await promote(client, found.builds, 'voted');
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
  });

  test(`${mode}: candidates are those before what the target names`, async (t) => {
    const { client, dlrn, tree } = await open();
    const hashes: string[] = [];
    for (const _ of [1, 2, 3]) {
      const found = await tree.resolveLabel(consistent);
      await promote(client, found.builds, 'candidate');
      hashes.unshift(found.fullHash);
      if (hashes.length === 1) await promote(client, found.builds, 'target');
      await dlrn.build();
    }
    const { newer: candidates } = await listCandidates(client, parseLabel('candidate'), parseLabel('target'), {
      limit: 10,
    });
    t.deepEqual(
      candidates.map((set) => set.fullHash as string),
      hashes.slice(0, 2),
    );
  });

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
  });

  if (mode === 'component') {
    test('component: a component line moves the label of its component', async (t) => {
      const { client, tree } = await open();
      const component = 'tripleo';
      const options = { client, tree, mode, name: 'dlrn', component, effects: testEffects };
      const destination = createRepositoryDestination(options);
      const found = await tree.resolveLabel(consistent, { component });
      t.deepEqual([found.kind, found.component, found.builds[0]?.component], ['commit', component, component]);
      t.deepEqual(await destination.verify(setOfHash(found), stageOptions), []);
      await destination.flip([moveOf('component-ci-testing', null, found.fullHash)], flipRecorder().options);
      t.is(await tree.readLabel(parseLabel('component-ci-testing'), { component }), found.fullHash);
      t.is(await tree.readLabel(parseLabel('component-ci-testing'), { component: 'compute' }), null);
    });

    // Before the others, which promote what this one must find unpromoted.
    test.serial('component: nobody can vote on an aggregate before it was promoted', async (t) => {
      const { client, dlrn, tree } = await open();
      await dlrn.build();
      const fullHash = parseAggregateHash((await tree.pinLabel(parseLabel('current'))).fullHash, 'current');
      const report = { job: 'early', success: true, url: '', timestamp: 1 };
      await failsWith(t, 'nothing-there', () => client.reportResult(voteTargetOf(fullHash, []), report));
      t.deepEqual(await client.votes(voteTargetOf(fullHash, [])), []);
    });

    test('component: an aggregate that can never be is refused before the first write', async (t) => {
      const { client, tree } = await open();
      const destination = createRepositoryDestination({ client, tree, mode, name: 'dlrn', effects: testEffects });
      const whole = await tree.resolveLabel(consistent);
      await promote(client, whole.builds.slice(0, 2), 'smaller');
      await promote(client, whole.builds, 'wide');
      const smaller = await tree.resolveLabel(parseLabel('smaller'));
      const { options, written } = flipRecorder();
      const flip = (): Promise<void> => destination.flip([moveOf('wide', whole.fullHash, smaller.fullHash)], options);
      await failsWith(t, 'component-left-over', flip);
      t.deepEqual(written, []);

      // It is foreseen, before containers and images have moved.
      const never = await destination.foresee?.([moveOf('wide', whole.fullHash, smaller.fullHash)]);
      t.regex(never?.problems[0] ?? '', /label wide has the component .*, which [0-9a-f]{32} has not/);
      t.is(never?.problems.length, 1);
      const wider = await destination.foresee?.([moveOf('smaller', smaller.fullHash, whole.fullHash)]);
      t.deepEqual(wider?.problems, []);
      t.regex(wider?.notes[0] ?? '', /smaller comes to the component .*: DLRN cannot take that away again/);
    });
  }
}
