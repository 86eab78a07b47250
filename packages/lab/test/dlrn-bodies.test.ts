import test from 'ava';
import type { LabDlrn } from '../src/dlrn/server.ts';
import { fetchPlain } from '../src/fetch.ts';
import { good, hashes, json, post } from './dlrn-requests.ts';
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

const label = 'tripleo-ci-testing';

for (const release of ['R', 'H'] as const) {
  for (const [title, breakIt] of [
    ['nothing', () => undefined],
    ['a promotion that dies', (lab: LabDlrn) => lab.break('moved-then-500', { label })],
    ['a promotion that is held', (lab: LabDlrn) => lab.break('vanishing-label', { label, hold: true })],
  ] as const) {
    test(`${release}, ${title}: a label that is no JSON is refused as DLRN refuses it`, async (t) => {
      const { lab, dlrn } = await startSeeded('component', { release });
      breakIt(lab);
      for (const [path, body] of [
        ['promote', String.raw`{"promote_name": "a\q"}`],
        ['promote-batch', String.raw`[{"promote_name": "${label}"}, {"promote_name": "\u12"}]`],
        ['promote', `{"promote_name": "${label}"`],
      ] as const) {
        const answer = await post(dlrn, `/api/${path}`, body);
        t.is(answer.status, 400, body);
        t.regex(answer.text, /<title>400 Bad Request<\/title>/, body);
        t.is((await post(dlrn, `/api/${path}`, body, { authorization: 'Basic eDp5' })).status, 401, body);
      }
      await lab.close();
    });
  }
}

test('a defect finds its label however the JSON spells it', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  const wish = JSON.stringify({ ...hashes(good(dlrn)), promote_name: label });
  const spelled = wish
    .replace('promote_name', String.raw`promote\u005fname`)
    .replace(label, String.raw`\u0074ripleo-ci-testing`);
  lab.break('moved-then-500', { label, times: 2 });
  t.is((await post(dlrn, '/api/promote', spelled)).status, 500);
  t.is((await post(dlrn, '/api/promote-batch', `[${spelled}]`)).status, 500);
  t.is((await post(dlrn, '/api/promote', spelled)).status, 201);
  t.is(lab.state.promotions.at(-1)?.label, label);
  await lab.close();
});
