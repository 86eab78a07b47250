import { createHash } from 'node:crypto';
import { checkLayout } from './dlrn-layout.ts';
import {
  both,
  builds,
  type Expectation,
  get,
  good,
  hashes,
  list,
  member,
  post,
  sameComponent,
  tree,
} from './dlrn-requests.ts';

const promotionKeys = [
  ...['aggregate_hash', 'commit_hash', 'component', 'distro_hash', 'extended_hash', 'promote_name', 'repo_hash'],
  ...['repo_url', 'timestamp', 'user'],
];

/** What promoting does in DLRN 0.26.1. */
export const promotions: readonly Expectation[] = [
  {
    title: 'promotes one build: link, row, and 201 again for the same',
    modes: both,
    check: async (t, dlrn) => {
      const commit = good(dlrn);
      const answer = await post(dlrn, '/api/promote', { ...hashes(commit), promote_name: 'one' });
      t.is(answer.status, 201, answer.text);
      const row: unknown = JSON.parse(answer.text);
      t.deepEqual(Object.keys(Object(row)), promotionKeys);
      t.regex(answer.text, /"timestamp": ?\d+\.\d/);
      t.is(member(row, 'repo_hash'), `${commit.commit_hash}_${commit.distro_hash.slice(0, 8)}`);
      t.is(member(row, 'repo_url'), `${dlrn.reposUrl}/${commit.dir}`);
      t.is(member(row, 'component'), commit.component);
      t.is(typeof member(row, 'aggregate_hash'), dlrn.mode === 'classic' ? 'object' : 'string');
      await checkLayout(t, dlrn, 'one', commit.component ?? 'none');

      await post(dlrn, '/api/promote', { ...hashes(commit), promote_name: 'one' });
      const rows = list(await get(dlrn, '/api/promotions', { promote_name: 'one', limit: '100' }));
      t.is(rows.length, 2);
      t.true(rows.every((each) => Number.isInteger(member(each, 'timestamp'))));
      t.is(list(await get(dlrn, '/api/promotions', { promote_name: 'one', offset: '1' })).length, 1);
      t.is(list(await get(dlrn, '/api/promotions', { ...hashes(commit), promote_name: 'one' })).length, 2);
      t.is((await get(dlrn, '/api/promotions', { promote_name: 'none' })).text.trim(), '[]');
    },
  },
  {
    title: 'moves a label, newest promotion first',
    modes: both,
    check: async (t, dlrn) => {
      const [older, newer] = sameComponent(dlrn);
      for (const commit of [older, newer])
        await post(dlrn, '/api/promote', { ...hashes(commit), promote_name: 'moves' });
      const rows = list(await get(dlrn, '/api/promotions', { promote_name: 'moves', limit: '100' }));
      t.deepEqual(
        rows.map((row) => member(row, 'commit_hash')),
        [newer.commit_hash, older.commit_hash],
      );
      const folder = newer.component === null ? '' : `component/${newer.component}/`;
      const yaml = (await tree(dlrn, `${folder}moves/commit.yaml`)).text;
      t.true(yaml.includes(newer.commit_hash));
    },
  },
  {
    title: 'checks a whole batch before the first link',
    modes: both,
    check: async (t, dlrn) => {
      const wrong = { ...hashes(good(dlrn)), distro_hash: '0'.repeat(40) };
      const batch = [hashes(good(dlrn)), wrong].map((wish) => ({ ...wish, promote_name: 'never' }));
      t.is((await post(dlrn, '/api/promote-batch', batch)).status, 400);
      const folder = good(dlrn).component === null ? '' : `component/${good(dlrn).component}/`;
      t.is((await tree(dlrn, `${folder}never/delorean.repo`)).status, 404);
      t.is((await get(dlrn, '/api/promotions', { promote_name: 'never' })).text.trim(), '[]');
    },
  },
  {
    title: 'finds a build without its extended hash',
    modes: both,
    check: async (t, dlrn) => {
      const { commit_hash, distro_hash, extended_hash } = good(dlrn);
      const answer = await post(dlrn, '/api/promote', { commit_hash, distro_hash, promote_name: 'short' });
      t.is(answer.status, 201, answer.text);
      t.is(member(JSON.parse(answer.text), 'extended_hash'), extended_hash);
    },
  },
  {
    title: 'leaves the links before a folder in the way of a batch, and no rows',
    modes: both,
    check: async (t, dlrn) => {
      const commit = good(dlrn);
      const batch = ['half', commit.commit_hash.slice(0, 2)].map((name) => ({ ...hashes(commit), promote_name: name }));
      t.is((await post(dlrn, '/api/promote-batch', batch)).status, 500);
      const folder = commit.component === null ? '' : `component/${commit.component}/`;
      t.is((await tree(dlrn, `${folder}half/delorean.repo`)).status, 200);
      t.is((await get(dlrn, '/api/promotions', { promote_name: 'half' })).text.trim(), '[]');
    },
  },
  {
    title: 'puts the links of a batch back when one cannot be made',
    modes: both,
    check: async (t, dlrn) => {
      const batch = ['undone', 'x'.repeat(256)].map((name) => ({ ...hashes(good(dlrn)), promote_name: name }));
      const answer = await post(dlrn, '/api/promote-batch', batch);
      t.is(answer.status, 500);
      t.regex(String(member(JSON.parse(answer.text), 'message')), /File name too long.*rolled back\.$/);
      const folder = good(dlrn).component === null ? '' : `component/${good(dlrn).component}/`;
      t.is((await tree(dlrn, `${folder}undone/delorean.repo`)).status, 404);
    },
  },
  {
    title: 'promotes a batch into one aggregate that only its last row names',
    modes: ['component'],
    check: async (t, dlrn) => {
      const newest = [...new Map(builds(dlrn).map((commit) => [commit.component, commit])).values()];
      const wishes = newest.map((commit) => ({ ...hashes(commit), promote_name: 'batch' }));
      const answer = await post(dlrn, '/api/promote-batch', wishes);
      t.is(answer.status, 201, answer.text);
      const last: unknown = JSON.parse(answer.text);
      t.is(member(last, 'commit_hash'), newest.at(-1)?.commit_hash);
      const hash = String(member(last, 'aggregate_hash'));

      const repo = await tree(dlrn, 'batch/delorean.repo');
      t.is((await tree(dlrn, 'batch/delorean.repo.md5')).text, hash);
      t.is(createHash('md5').update(repo.body).digest('hex'), hash);
      const shard = `batch/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
      t.deepEqual((await tree(dlrn, `${shard}/delorean.repo`)).body, repo.body);
      const sections = [...repo.text.matchAll(/^\[delorean-component-(.*)\]$/gm)].map(([, name]) => name);
      t.deepEqual(sections, newest.map((commit) => commit.component ?? '').toSorted());

      const rows = list(await get(dlrn, '/api/promotions', { promote_name: 'batch', limit: '100' }));
      t.deepEqual(
        rows.map((row) => member(row, 'aggregate_hash')),
        [hash, ...newest.slice(1).map(() => null)],
      );
      t.is(list(await get(dlrn, '/api/promotions', { aggregate_hash: hash, promote_name: 'batch' })).length, 1);
    },
  },
  {
    title: 'takes votes on an aggregate once it was promoted, and gives equal sets equal hashes',
    modes: ['component'],
    check: async (t, dlrn) => {
      const newest = [...new Map(builds(dlrn).map((commit) => [commit.component, commit])).values()];
      const promoteAs = async (label: string): Promise<string> => {
        const wishes = newest.map((commit) => ({ ...hashes(commit), promote_name: label }));
        const row: unknown = JSON.parse((await post(dlrn, '/api/promote-batch', wishes)).text);
        return String(member(row, 'aggregate_hash'));
      };
      const hash = await promoteAs('twin-a');
      t.is(await promoteAs('twin-b'), hash);
      const report = { job_id: 'integration', success: 'true', url: 'u', timestamp: 1, aggregate_hash: hash };
      t.is((await post(dlrn, '/api/report_result', report)).status, 201);
      const votes = list(await get(dlrn, '/api/agg_status', { aggregate_hash: hash }));
      t.deepEqual(votes, [
        {
          ...{ aggregate_hash: hash, in_progress: false, job_id: 'integration', notes: '', success: true },
          ...{ timestamp: 1, url: 'u', user: dlrn.username },
        },
      ]);
      t.is((await get(dlrn, '/api/agg_status', { aggregate_hash: 'f'.repeat(32) })).text.trim(), '[]');
    },
  },
  {
    title: 'gives at most 100 promotions at once',
    modes: ['classic'],
    check: async (t, dlrn) => {
      const wishes = Array.from({ length: 104 }, () => ({ ...hashes(good(dlrn)), promote_name: 'many' }));
      t.is((await post(dlrn, '/api/promote-batch', wishes)).status, 201);
      t.is(list(await get(dlrn, '/api/promotions', { promote_name: 'many', limit: '500' })).length, 100);
      t.is(list(await get(dlrn, '/api/promotions', { promote_name: 'many', offset: '100' })).length, 4);
    },
  },
];
