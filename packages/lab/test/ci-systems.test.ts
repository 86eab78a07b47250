import test from 'ava';
import { startLabGithub } from '../src/ci-systems/github.ts';
import { startLabJenkins } from '../src/ci-systems/jenkins.ts';
import { pickTree } from '../src/ci-systems/tree.ts';
import { startLabZuul } from '../src/ci-systems/zuul.ts';
import { zipOf } from '../src/ci-systems/zip.ts';
import { fetchPlain } from '../src/fetch.ts';

test('a tree picks what it names', (t) => {
  const value = { a: 1, b: [{ c: 2, d: 3 }, { d: 4 }, { c: 5 }], e: { f: 6 } };
  t.deepEqual(pickTree(value, 'a,b[c]{0,2},x'), { a: 1, b: [{ c: 2 }, {}] });
  t.deepEqual(pickTree(value, 'e'), { e: { f: 6 } });
  for (const tree of ['a,b[c', 'a b', 'b]']) t.throws(() => pickTree(value, tree), { instanceOf: RangeError });
});

test('Jenkins drops what a job does not declare, and takes the same order twice as one', async (t) => {
  const told: object[] = [];
  const lab = await startLabJenkins({
    jobs: { job: ['a'] },
    run: (run) => Promise.resolve(told.push(run.parameters) > 0 ? 'SUCCESS' : ''),
  });
  lab.holdQueue(true);
  const order = (body: string) => fetchPlain(`${lab.url}/job/job/buildWithParameters`, { method: 'POST', body });
  t.is((await order('a=1&b=2')).status, 201);
  t.is((await order('a=1&b=3')).status, 303);
  lab.holdQueue(false);
  t.deepEqual(told, [{ a: '1' }]);
  t.is((await fetchPlain(`${lab.url}/job/other/api/json?tree=a`)).status, 404);
  const log = await fetchPlain(`${lab.url}/job/job/1/logText/progressiveText?start=99`);
  t.is(log.headers['x-text-size'], '0');
  await lab.close();
});

test('GitHub refuses a wrong token, and gives what is stored to nobody who shows one', async (t) => {
  const lab = await startLabGithub({
    repository: 'o/r',
    workflows: { 'x.yml': [] },
    artifact: 'a',
    token: 'mine',
    run: (run) => Promise.resolve((run.keep('f', 'x'), 'success')),
  });
  const call = (path: string, authorization: string, method = 'GET', body = '') =>
    fetchPlain(`${lab.url}/repos/o/r/actions${path}`, { method, headers: { authorization }, body });
  t.is((await call('/workflows/x.yml/dispatches', 'Bearer other', 'POST', '{}')).status, 401);
  t.is((await call('/workflows/x.yml/dispatches', 'Bearer mine', 'POST', '{"inputs":{}}')).status, 204);
  const answer = await call('/artifacts/1000/zip', 'Bearer mine');
  t.is(answer.status, 302);
  const stored = answer.headers.location ?? '';
  t.not(new URL(stored).origin, lab.url);
  t.is((await fetchPlain(stored, { headers: { authorization: 'Bearer mine' } })).status, 400);
  t.deepEqual((await fetchPlain(stored)).body, zipOf(new Map([['f', Buffer.from('x')]])));
  await lab.close();
});

test('Zuul shows what it was sent, and gives a job only what the project declares', async (t) => {
  const place = { tenant: 't', project: 'p', pipeline: 'l', branch: 'main', job: 'j' };
  const told: object[] = [];
  const run = (one: { parameters: object }) => Promise.resolve(told.push(one.parameters) > 0 ? 'SUCCESS' : '');
  const lab = await startLabZuul({ ...place, run, token: 'jwt', parameters: ['a'] });
  const order = { pipeline: 'l', ref: 'refs/heads/main', parameters: { a: '1', b: '2' } };
  const enqueue = (authorization: string) =>
    fetchPlain(`${lab.url}/api/tenant/t/project/p/enqueue`, {
      ...{ method: 'POST', headers: { authorization }, body: JSON.stringify(order) },
    });
  t.is((await enqueue('Bearer other')).status, 401);
  t.is((await enqueue('Bearer jwt')).status, 200);
  const [buildset] = JSON.parse((await fetchPlain(`${lab.url}/api/tenant/t/buildsets`)).text) as {
    parameters: object;
  }[];
  t.deepEqual(buildset?.parameters, { a: '1', b: '2' });
  await lab.buildsets[0]?.record?.over;
  t.deepEqual(told, [{ a: '1' }]);
  await lab.close();
});

test('GitHub lets a failed status stand in the way of a deployment, and ends what was in the environment', async (t) => {
  const sha = 'c'.repeat(40);
  const lab = await startLabGithub({
    ...{ repository: 'o/r', workflows: {}, artifact: '', token: 'mine', commits: [sha] },
    run: () => Promise.resolve('success'),
  });
  const headers = { authorization: 'Bearer mine' };
  const post = async (path: string, body: object): Promise<number> => {
    const url = `${lab.url}/repos/o/r${path}`;
    return (await fetchPlain(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };
  const wanted = { ref: sha, environment: 'e', auto_merge: false, required_contexts: [] };
  t.is(await post(`/statuses/${sha}`, { state: 'failure', context: 'c' }), 201);
  t.is(await post('/deployments', { ...wanted, required_contexts: undefined }), 409);
  t.is(await post('/deployments', { ...wanted, auto_merge: undefined }), 409);
  t.is(await post('/deployments', wanted), 201);
  t.is(await post('/deployments', wanted), 201);
  const [first, second] = lab.board.deployments;
  t.is(await post(`/deployments/${first?.id}/statuses`, { state: 'success' }), 201);
  t.is(await post(`/deployments/${second?.id}/statuses`, { state: 'success', description: 'x'.repeat(141) }), 422);
  t.is(await post(`/deployments/${second?.id}/statuses`, { state: 'success' }), 201);
  t.deepEqual(
    first?.statuses.map(({ state }) => state),
    ['success', 'inactive'],
  );
  t.is(await post('/issues', { title: '' }), 422);
  lab.board.permissions.issues = 'read';
  t.is(await post('/issues', { title: 'x' }), 403);
  await lab.close();
});
