import test from 'ava';
import { fetchPlain } from '../src/fetch.ts';
import { json, post } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

for (const release of ['R', 'H'] as const) {
  test(`${release}: a body that is a bare float is no object either`, async (t) => {
    const { lab, dlrn } = await startSeeded('component', { release });
    for (const path of ['promote', 'report_result', 'last_tested_repo', 'remote/import']) {
      t.is((await post(dlrn, `/api/${path}`, '5.0')).status, 500, path);
    }
    // The head says of each item what is wrong with it.
    t.is((await post(dlrn, '/api/promote-batch', '[5.0]')).status, release === 'R' ? 500 : 400);
    for (const path of ['promotions', 'repo_status', 'agg_status', 'last_tested_repo', 'metrics/builds']) {
      const answer = await fetchPlain(`${dlrn.apiUrl}/api/${path}`, { headers: { 'content-type': json }, body: '5.0' });
      t.is(answer.status, 500, path);
    }
    await lab.close();
  });
}
