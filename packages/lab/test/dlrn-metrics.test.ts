import test from 'ava';
import { fetchPlain } from '../src/fetch.ts';
import { startSeeded } from './lab-dlrn.ts';

test('Prometheus reads how many builds there are in each state', async (t) => {
  const { lab } = await startSeeded('component');
  const answer = await fetchPlain(`${lab.apiUrl}/metrics`);
  t.is(answer.status, 200);
  t.is(answer.headers['content-type'], 'text/plain; charset=utf-8');
  const samples = answer.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const label = `{baseurl="${lab.reposUrl}"}`;
  t.deepEqual(samples, [
    `dlrn_builds_succeeded_total${label} 7.0`,
    `dlrn_builds_failed_total${label} 1.0`,
    `dlrn_builds_retry_total${label} 1.0`,
    `dlrn_builds_total${label} 9.0`,
  ]);
  t.is(answer.text.match(/^# TYPE dlrn_builds\w* counter$/gm)?.length, 4);
  t.is(answer.text.match(/^# HELP dlrn_builds/gm)?.length, 4);
  // Also below no prefix, as the rest of the API.
  t.is((await fetchPlain(`${new URL(lab.apiUrl).origin}/metrics`)).text, answer.text);
  t.is((await fetchPlain(`${lab.apiUrl}/metrics`, { method: 'POST' })).status, 405);
  await lab.close();
});

test('every endpoint tells its methods', async (t) => {
  const { lab } = await startSeeded('classic');
  for (const [path, methods] of [
    ['/metrics', 'GET, HEAD, OPTIONS'],
    ['/api/promote', 'POST, OPTIONS'],
    ['/api/health', 'GET, HEAD, POST, OPTIONS'],
    ['/api/graphql', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
  ]) {
    const answer = await fetchPlain(`${lab.apiUrl}${path}`, { method: 'OPTIONS' });
    t.deepEqual([answer.status, answer.headers.allow, answer.text], [200, methods, ''], path);
  }
  await lab.close();
});
