import { checkLayout } from './dlrn-layout.ts';
import { both, type Expectation, get, good, hashes, list, member, post, tree, vote } from './dlrn-requests.ts';

/** What DLRN 0.26.1 does, in this order. */
export const behaviours: readonly Expectation[] = [
  {
    title: 'is healthy',
    modes: both,
    check: async (t, dlrn) => {
      t.is((await get(dlrn, '/api/health')).text.trim(), '{"result":"ok"}');
      t.is((await post(dlrn, '/api/health', {})).status, 200);
      t.is((await post(dlrn, '/api/health', '', { 'content-type': 'text/plain' })).status, 200);
    },
  },
  {
    title: 'answers 401 in plain words that it calls HTML',
    modes: both,
    check: async (t, dlrn) => {
      const wrong = `Basic ${Buffer.from(`${dlrn.username}:wrong`).toString('base64')}`;
      for (const authorization of [wrong, 'Bearer x']) {
        const answer = await post(dlrn, '/api/health', {}, { authorization });
        t.is(answer.status, 401);
        t.is(answer.text, 'Unauthorized Access');
        t.regex(answer.headers['content-type'] ?? '', /^text\/html/);
        t.is(answer.headers['www-authenticate'], 'Basic realm="Authentication Required"');
      }
    },
  },
  {
    title: 'lays its own labels out',
    modes: both,
    check: async (t, dlrn) => {
      await checkLayout(t, dlrn, 'current', good(dlrn).component ?? 'none');
      await checkLayout(t, dlrn, 'consistent', good(dlrn).component ?? 'none');
    },
  },
  {
    title: 'describes a build in its directory',
    modes: both,
    check: async (t, dlrn) => {
      const commit = good(dlrn);
      const repo = (await tree(dlrn, `${commit.dir}/delorean.repo`)).text;
      t.regex(
        repo,
        dlrn.mode === 'classic' ? /^\[delorean\]$/m : new RegExp(`^\\[delorean-component-${commit.component}\\]$`, 'm'),
      );
      t.true(repo.includes(`baseurl=${dlrn.reposUrl}/${commit.dir}\n`), repo);
      const yaml = (await tree(dlrn, `${commit.dir}/commit.yaml`)).text;
      t.regex(yaml, new RegExp(`commit_hash: '?${commit.commit_hash}`));
      t.regex(yaml, new RegExp(`^ +extended_hash: '?${commit.extended_hash ?? 'None'}`, 'm'));
      const csv = (await tree(dlrn, `${commit.dir}/versions.csv`)).text;
      t.is(
        csv.split(/\r?\n/)[0],
        'Project,Source Repo,Source Sha,Dist Repo,Dist Sha,Status,Last Success Timestamp,Component,Extended Sha,Pkg NVR',
      );
      t.true(csv.includes(`,${commit.commit_hash},`));
    },
  },
  {
    title: 'keeps every vote, oldest first, and filters by success',
    modes: both,
    check: async (t, dlrn) => {
      const commit = good(dlrn);
      const answer = await post(
        dlrn,
        '/api/report_result',
        vote(commit, 'twice', { success: 'false', notes: 'first' }),
      );
      t.is(answer.status, 201);
      t.deepEqual(JSON.parse(answer.text), {
        ...{ aggregate_hash: null, commit_hash: commit.commit_hash, component: commit.component },
        ...{
          distro_hash: commit.distro_hash,
          extended_hash: commit.extended_hash,
          in_progress: false,
          job_id: 'twice',
        },
        ...{
          notes: 'first',
          success: false,
          timestamp: 1_600_000_000,
          url: 'http://ci.example/1',
          user: dlrn.username,
        },
      });
      await post(dlrn, '/api/report_result', vote(commit, 'twice', { timestamp: 1_500_000_000 }));
      const mine = (query: Record<string, string>): Promise<readonly unknown[]> =>
        get(dlrn, '/api/repo_status', { ...hashes(commit), ...query }).then((status) =>
          list(status)
            .filter((each) => member(each, 'job_id') === 'twice')
            .map((each) => member(each, 'success')),
        );
      t.deepEqual(await mine({}), [false, true]);
      t.deepEqual(await mine({ success: 'true' }), [true]);
    },
  },
  {
    title: 'leaves a job in progress in the list after it reported',
    modes: both,
    check: async (t, dlrn) => {
      const commit = good(dlrn);
      await post(dlrn, '/api/report_result', vote(commit, 'before', {}));
      const taken = await post(dlrn, '/api/last_tested_repo', {
        ...{ max_age: '0', job_id: 'before', reporting_job_id: 'runner' },
      });
      t.is(taken.status, 201);
      t.is(member(JSON.parse(taken.text), 'in_progress'), true);
      await post(dlrn, '/api/report_result', vote(commit, 'runner'));
      const votes = list(await get(dlrn, '/api/repo_status', hashes(commit)));
      const progress = votes
        .filter((each) => member(each, 'job_id') === 'runner')
        .map((each) => member(each, 'in_progress'));
      t.deepEqual(progress, [true, false]);
    },
  },
  {
    title: 'falls back to any vote where a job never voted',
    modes: both,
    check: async (t, dlrn) => {
      await post(dlrn, '/api/report_result', vote(good(dlrn), 'somebody'));
      const answer = await get(dlrn, '/api/last_tested_repo', { max_age: '0', job_id: 'nobody' });
      t.is(answer.status, 200);
      t.not(member(JSON.parse(answer.text), 'job_id'), 'nobody');
    },
  },
];
