import test from 'ava';
import { fetchPlain } from '../src/fetch.ts';
import { get, post } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

test('a fault can be an answer, a cut connection, a page, or come after the work', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  const commit = dlrn.commits.at(-1);
  const wish = { commit_hash: commit?.commit_hash, distro_hash: commit?.distro_hash, promote_name: 'x' };
  const promotions = (): number => lab.state.promotions.length;

  lab.setFaults(({ path }) =>
    path === '/api/health' ? { status: 503, body: 'later', contentType: 'text/plain' } : undefined,
  );
  t.is((await get(dlrn, '/api/health')).text, 'later');
  t.is((await get(dlrn, '/api/promotions')).status, 200);

  lab.setFaults(({ area }) => (area === 'tree' ? 'html' : undefined));
  t.is((await fetchPlain(`${dlrn.reposUrl}/current/delorean.repo`)).status, 500);

  lab.setFaults(() => 'reset');
  await t.throwsAsync(post(dlrn, '/api/promote', wish), { message: /had no answer/ });
  t.is(promotions(), 0);

  lab.setFaults(() => 'after');
  t.is((await post(dlrn, '/api/promote', wish)).status, 500);
  t.is(promotions(), 1);

  lab.setFaults(() => 'hang');
  const aborted = fetchPlain(`${dlrn.apiUrl}/api/health`, { signal: AbortSignal.timeout(50) });
  await t.throwsAsync(aborted, { message: /had no answer/ });

  lab.setFaults(undefined);
  t.is((await get(dlrn, '/api/health')).status, 200);
  t.is(lab.requests.filter(({ path, method }) => path === '/api/promote' && method === 'POST').length, 2);
  await lab.close();
});

test('a leftover beside an aggregate breaks every promotion of that name, and the component link moves', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const [older, newer] = [dlrn.commits.find((row) => row.status === 'SUCCESS' && row.flags === 0), dlrn.commits.at(-3)];
  const wish = (row: typeof older): Record<string, unknown> => {
    return { commit_hash: row?.commit_hash, distro_hash: row?.distro_hash, promote_name: 'stuck' };
  };
  t.is((await post(dlrn, '/api/promote', wish(older))).status, 201);
  const aggregate = await fetchPlain(`${dlrn.reposUrl}/stuck/delorean.repo.md5`);
  lab.state.tree.link('stuck/delorean.repo_', 'gone', 0);
  t.is((await post(dlrn, '/api/promote', wish(newer))).status, 500);
  const yaml = await fetchPlain(`${dlrn.reposUrl}/component/tripleo/stuck/commit.yaml`);
  t.true(yaml.text.includes(newer?.commit_hash ?? 'no commit'));
  t.is((await fetchPlain(`${dlrn.reposUrl}/stuck/delorean.repo.md5`)).text, aggregate.text);
  t.is(lab.state.promotions.length, 1);
  await lab.close();
});

test('answers below no prefix as well, and lists folders', async (t) => {
  const { lab } = await startSeeded('classic');
  const origin = new URL(lab.apiUrl).origin;
  t.is((await fetchPlain(`${origin}/api/health`)).status, 200);
  t.is((await fetchPlain(`${origin}/current/delorean.repo`)).status, 200);
  t.is((await fetchPlain(lab.reposUrl)).headers.location, '/centos7-master/');
  t.is((await fetchPlain(`${lab.reposUrl}/current`)).headers.location, 'current/');
  t.regex((await fetchPlain(`${lab.reposUrl}/current/`)).text, /href="delorean.repo"/);
  await lab.close();
});

test('a name that is too long, or taken by a file, ends as on the real server', async (t) => {
  const { lab, dlrn } = await startSeeded('classic');
  const commit = dlrn.commits.at(-1);
  const wish = { commit_hash: commit?.commit_hash, distro_hash: commit?.distro_hash };
  const long = await post(dlrn, '/api/promote', { ...wish, promote_name: 'x'.repeat(256) });
  t.is(long.status, 500);
  t.regex(long.text, /^\{"message":"Symlink creation failed with error: \[Errno 36\] File name too long/);
  t.is((await post(dlrn, '/api/promote', { ...wish, promote_name: 'report.html' })).status, 201);
  t.not(lab.state.tree.readLink('report.html'), null);
  await lab.close();
});
