import test from 'ava';
import { createApi } from '@tagflow/http';
import { parseLabel } from '@tagflow/model';
import type { LabDlrnRequest } from '@tagflow/lab';
import { createDlrnClient, createRepositoryDestination, readLabelNow, voteTargetOf } from '../src/index.ts';
import { bench, isPromote } from './bench.ts';
import { failsWith, flipRecorder, moveOf, setOfHash, stageOptions, testEffects } from './client-suite.ts';

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: a 500 after the promotion was made is a promotion`, async (t) => {
    const { destination, first, second, tree, fail } = await bench(t, mode);
    fail('after', isPromote, 1);
    const { options, written } = flipRecorder();
    await destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
    t.deepEqual(written, ['label']);
    t.is(await tree.readLabel(parseLabel('label')), second.fullHash);
  });

  for (const fault of ['html', 'reset', 'hang'] as const) {
    test(`${mode}: a promotion that ends in "${fault}" and did not happen is made again`, async (t) => {
      const { destination, first, second, tree, fail } = await bench(t, mode);
      fail(fault, isPromote, 1);
      const { options, written } = flipRecorder();
      await destination.flip([moveOf('label', first.fullHash, second.fullHash)], options);
      t.deepEqual(written, ['label', 'label'], 'the lease is checked before each write');
      t.is(await tree.readLabel(parseLabel('label')), second.fullHash);
    });
  }

  test(`${mode}: a promotion that never happens leaves the label, and says so`, async (t) => {
    const { destination, first, second, tree, fail } = await bench(t, mode);
    fail('html', isPromote);
    const flip = (): Promise<void> =>
      destination.flip([moveOf('label', first.fullHash, second.fullHash)], flipRecorder().options);
    const error = await failsWith(t, 'not-promoted', flip);
    t.is(error.outcome, 'failed');
    t.regex(error.message, /names [0-9a-f_]+ as before: POST .* answered 500: "500 Internal Server Error"/);
    t.is(await tree.readLabel(parseLabel('label')), first.fullHash);
  });

  test(`${mode}: a promotion whose end nobody can see is half done`, async (t) => {
    const { destination, first, second, fail } = await bench(t, mode);
    let promoted = false;
    fail('reset', (request) => promoted || (promoted = isPromote(request)));
    const flip = (): Promise<void> =>
      destination.flip([moveOf('label', first.fullHash, second.fullHash)], flipRecorder().options);
    const error = await failsWith(t, 'half-promoted', flip);
    t.is(error.outcome, 'half-done');
  });

  test(`${mode}: a vote is listed, or not given; a time-out is looked into`, async (t) => {
    const { client, first, fail } = await bench(t, mode);
    const target = voteTargetOf(first.fullHash, first.builds);
    const report = { job: 'job', success: true, url: 'https://logs.example/', timestamp: 5 };
    const isReport = (request: LabDlrnRequest): boolean => request.path === '/api/report_result';
    fail('after', isReport, 1);
    t.is((await client.reportResult(target, report)).result, 'success');
    fail('html', isReport, 1);
    await failsWith(t, 'server-error', () => client.reportResult(target, { ...report, job: 'other' }));
    t.deepEqual(
      (await client.votes(target)).filter((vote) => vote.job !== 'consistent').map((vote) => vote.job),
      ['job'],
    );
  });

  test(`${mode}: a label that vanishes for a moment is read again`, async (t) => {
    const { destination, client, first, tree, fail } = await bench(t, mode);
    const notFound = { status: 404, body: '<title>404 Not Found</title>', contentType: 'text/html' };
    const isLabel = (request: LabDlrnRequest): boolean => request.area === 'tree' && request.path.startsWith('/label/');
    fail(notFound, isLabel, 4);
    t.is((await tree.resolveLabel(parseLabel('label'))).fullHash, first.fullHash);
    fail(notFound, isLabel, 4);
    t.deepEqual([...(await destination.observe(['label']))], [['label', first.fullHash as string]]);
    fail(notFound, isLabel);
    t.deepEqual([...(await destination.observe(['label']))], [['label', null]], 'gone for good: promoting heals it');
    await failsWith(t, 'label-vanished', () => readLabelNow(client, tree, parseLabel('label'), 'here'));
  });

  test(`${mode}: a page where a file should be is refused`, async (t) => {
    const { client, tree, fail } = await bench(t, mode);
    const login = {
      status: 200,
      body: '<!DOCTYPE html><html><head><title>Please log in</title></head></html>',
      contentType: 'text/html',
    };
    fail(login, () => true);
    t.regex(
      (await failsWith(t, 'unexpected-answer', () => tree.resolveLabel(parseLabel('label')))).message,
      /Please log in/,
    );
    const promotions = await failsWith(t, 'unexpected-answer', () => client.promotions({ limit: 1 }));
    t.regex(
      promotions.message,
      /GET http.*\/api\/promotions\?limit=1 answered 200 with an HTML page .* "Please log in"/,
    );
    t.regex(promotions.next ?? '', /dlrn-url/);
  });

  test(`${mode}: a server that is away is worth another try`, async (t) => {
    const { client, tree, fail } = await bench(t, mode);
    fail('reset', () => true);
    t.is((await failsWith(t, 'unreachable', () => client.health())).outcome, 'waiting');
    t.is((await failsWith(t, 'unreachable', () => tree.resolveLabel(parseLabel('label')))).outcome, 'waiting');
    fail({ status: 503, body: 'down', contentType: 'text/plain' }, () => true);
    t.is((await failsWith(t, 'server-error', () => client.health())).outcome, 'waiting');
  });
}

test('staging tries the password, because DLRN is written last; a DLRN that is too old to be asked is believed', async (t) => {
  const { started, destination, second, tree, fail } = await bench(t, 'classic');
  const set = setOfHash(second);
  const api = createApi(testEffects);
  const wrong = { username: started.username, password: 'wrong' };
  const client = createDlrnClient(api, { apiUrl: started.apiUrl, credentials: wrong });
  const stranger = createRepositoryDestination({ client, tree, mode: 'classic', name: 'dlrn', effects: testEffects });
  const error = await failsWith(t, 'unauthorized', () => stranger.stage(set, stageOptions));
  t.is(error.next, 'Check username and password.');
  t.deepEqual(await destination.stage(set, stageOptions), { bytesMoved: 0, bytesSaved: 0 });

  const page = { status: 404, body: '<h1>Not Found</h1>', contentType: 'text/html' };
  fail(page, ({ method, path }) => method === 'POST' && path === '/api/health');
  t.deepEqual(await destination.stage(set, stageOptions), { bytesMoved: 0, bytesSaved: 0 });
});

test('an answer about something else is refused', async (t) => {
  const { client, first, fail } = await bench(t, 'classic');
  const [promotion] = await client.promotions({ limit: 1 });
  t.is(promotion?.label, 'label');
  const rows = [{ promote_name: 'other', commit_hash: 'a'.repeat(40), distro_hash: 'b'.repeat(40), timestamp: 1 }];
  fail(
    { status: 200, body: JSON.stringify(rows), contentType: 'application/json' },
    (request) => request.path === '/api/promotions',
  );
  const error = await failsWith(t, 'unexpected-answer', () =>
    client.promotions({ label: parseLabel('label'), limit: 1 }),
  );
  t.regex(error.message, /was asked about promote_name "label" and answered about "other"/);
  fail({ status: 201, body: JSON.stringify(rows[0]), contentType: 'application/json' }, isPromote);
  await failsWith(t, 'unexpected-answer', () => client.promoteBatch(first.builds, parseLabel('label')));
  fail({ status: 200, body: '{}', contentType: 'application/json' }, () => true);
  await failsWith(t, 'unexpected-answer', () => client.promotions({ limit: 1 }));
});

test('an aggregate that was changed on the server is refused', async (t) => {
  const { started, tree, second } = await bench(t, 'component');
  const changed = started.lab.state.tree.find(
    `consistent/${second.fullHash.slice(0, 2)}/${second.fullHash.slice(2, 4)}/${second.fullHash}/delorean.repo`,
  );
  const text = changed?.kind === 'file' ? changed.content.toString().replace('priority=1', 'priority=2') : '';
  started.lab.setFaults((request) =>
    request.path.endsWith(`${second.fullHash}/delorean.repo`)
      ? { status: 200, body: text, contentType: 'text/plain' }
      : undefined,
  );
  const error = await failsWith(t, 'unexpected-answer', () => tree.resolveLabel(parseLabel('consistent')));
  t.regex(error.message, /has the md5 [0-9a-f]{32}: it was changed, or cut short/);
});
