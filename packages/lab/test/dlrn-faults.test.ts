import test from 'ava';
import type { AggregateFile } from '../src/dlrn/faults.ts';
import { fetchPlain } from '../src/fetch.ts';
import { builds, type DlrnUnderTest, get, hashes, list, post, type SeededCommit, tree } from './dlrn-requests.ts';
import { startSeeded } from './lab-dlrn.ts';

const label = 'tripleo-ci-testing';
const components = ['tripleo', 'compute', 'network'] as const;

function promote(dlrn: DlrnUnderTest, commits: readonly (SeededCommit | undefined)[]): Promise<number> {
  const wishes = commits.map((commit) => ({ ...hashes(commit ?? notSeeded()), promote_name: label }));
  const [path, body] = wishes.length === 1 ? ['promote', wishes[0]] : ['promote-batch', wishes];
  return post(dlrn, `/api/${path}`, body).then(({ status }) => status);
}

function notSeeded(): never {
  throw new Error('the seed lacks a build that this test needs');
}

/** Returns what everybody can see of the label: the hash of each file at the top, each component's commit, the rows. */
async function look(dlrn: DlrnUnderTest) {
  const text = async (path: string): Promise<string | null> => {
    const { status, text: body } = await tree(dlrn, path);
    return status === 200 ? body : null;
  };
  const commitOf = async (folder: string): Promise<string | null> =>
    /commit_hash: '?(\w+)/.exec((await text(`${folder}/commit.yaml`)) ?? '')?.[1] ?? null;
  const isClassic = dlrn.mode === 'classic';
  return {
    top: await Promise.all(
      ['delorean.repo', 'delorean.repo.md5', 'versions.csv'].map((file) => text(`${label}/${file}`)),
    ),
    links: await Promise.all(
      isClassic ? [commitOf(label)] : components.map((name) => commitOf(`component/${name}/${label}`)),
    ),
    rows: list(await get(dlrn, '/api/promotions', { promote_name: label })).length,
  };
}

/** Starts a DLRN whose label names the three oldest builds, and returns those and the three newest. */
async function startPromoted(mode: 'classic' | 'component') {
  const { lab, dlrn } = await startSeeded(mode);
  const [old, fresh] = [builds(dlrn).slice(0, 3), builds(dlrn).slice(3)];
  await promote(dlrn, old);
  return { lab, dlrn, old, fresh, before: await look(dlrn) };
}

const names = (commits: readonly SeededCommit[]): readonly string[] => commits.map((commit) => commit.commit_hash);

for (const [file, moved] of [
  ['delorean.repo', 0],
  ['delorean.repo.md5', 1],
  ['versions.csv', 2],
] as const satisfies readonly (readonly [AggregateFile, number])[]) {
  test(`left-over ${file}_: links move, at the top the files before it, no row, 500 for ever`, async (t) => {
    const { lab, dlrn, old, fresh, before } = await startPromoted('component');
    lab.break('left-over', { label, file });
    t.deepEqual(await look(dlrn), before);
    t.is(await promote(dlrn, fresh.slice(0, 1)), 500);
    t.is(await promote(dlrn, fresh), 500);
    const after = await look(dlrn);
    t.deepEqual(after.links, names(fresh));
    for (const [index, text] of after.top.entries()) t.is(text === before.top[index], index >= moved, String(index));
    t.is(after.rows, before.rows);
    t.is((await post(dlrn, '/api/promote', { ...hashes(old[0] ?? notSeeded()), promote_name: 'other' })).status, 201);
    lab.mend('left-over', label);
    t.is(await promote(dlrn, fresh), 201);
    const whole = await look(dlrn);
    t.is(whole.rows, before.rows + 3);
    t.true(whole.top.every((text, index) => text !== before.top[index]));
    await lab.close();
  });
}

test('left-over can be there before the first promotion, not in classic mode', async (t) => {
  const { lab, dlrn } = await startSeeded('component');
  lab.break('left-over', { label });
  t.is(await promote(dlrn, builds(dlrn).slice(0, 1)), 500);
  t.deepEqual((await look(dlrn)).top, [null, null, null]);
  lab.mend('left-over');
  t.is(await promote(dlrn, builds(dlrn).slice(0, 1)), 201);
  await lab.close();
  const classic = await startSeeded('classic');
  t.throws(() => classic.lab.break('left-over', { label }), { message: /no aggregates/ });
  await classic.lab.close();
});

test('partial-batch: the links before the folder stay moved, and there are no rows', async (t) => {
  const { lab, dlrn, old, fresh, before } = await startPromoted('component');
  const inOrder = [fresh[1], fresh[2], fresh[0]];
  lab.break('partial-batch', { label });
  // A folder with the same files, which a reader takes for the link.
  t.deepEqual(await look(dlrn), before);
  t.is(await promote(dlrn, inOrder), 500);
  const [oldTripleo = ''] = names(old);
  t.deepEqual(await look(dlrn), { ...before, links: [oldTripleo, ...names(fresh.slice(1))] });
  t.is(await promote(dlrn, fresh.slice(0, 1)), 500);
  lab.mend('partial-batch', label);
  t.is(lab.state.tree.readLink(`component/tripleo/${label}`), old[0]?.dir.replace('component/tripleo/', '') ?? '');
  t.is(await promote(dlrn, inOrder), 201);
  t.throws(() => lab.break('partial-batch', { label, component: 'storage' }), { message: /compute, network, tripleo/ });
  await lab.close();
});

for (const [reach, links, isNewTop] of [
  ['first-link', 1, false],
  ['links', 3, false],
  ['aggregate', 3, true],
] as const) {
  test(`moved-then-500, ${reach}: so far it comes, without a row`, async (t) => {
    const { lab, dlrn, old, fresh, before } = await startPromoted('component');
    lab.break('moved-then-500', { label, reach });
    t.is(await promote(dlrn, fresh), 500);
    const after = await look(dlrn);
    t.deepEqual(after.links, [...names(fresh.slice(0, links)), ...names(old.slice(links))]);
    t.is(after.top[1] !== before.top[1], isNewTop);
    t.is(after.rows, before.rows);
    // Once, unless told otherwise.
    t.is(await promote(dlrn, fresh), 201);
    await lab.close();
  });
}

test('moved-then-500 dies as often as told, and not of what is refused anyway', async (t) => {
  const { lab, dlrn, fresh, before } = await startPromoted('classic');
  lab.break('moved-then-500', { label, times: 2 });
  const unknown = { commit_hash: 'x', distro_hash: 'y', promote_name: label };
  t.is((await post(dlrn, '/api/promote', unknown)).status, 400);
  t.is((await post(dlrn, '/api/promote', unknown, { authorization: 'Basic eDp5' })).status, 401);
  t.is(await promote(dlrn, fresh.slice(0, 1)), 500);
  t.deepEqual((await look(dlrn)).links, names(fresh.slice(0, 1)));
  t.is((await look(dlrn)).rows, before.rows);
  t.is(await promote(dlrn, fresh.slice(0, 1)), 500);
  t.is(await promote(dlrn, fresh.slice(0, 1)), 201);
  await lab.close();
});

test('vanishing-label: the next reads of the link find nothing, the files at the top stay', async (t) => {
  for (const mode of ['classic', 'component'] as const) {
    const { lab, dlrn } = await startPromoted(mode);
    const link = mode === 'classic' ? label : `component/compute/${label}`;
    const statuses = async (path: string, count: number): Promise<readonly number[]> => {
      const seen: number[] = [];
      for (let index = 0; index < count; index += 1) seen.push((await tree(dlrn, path)).status);
      return seen;
    };
    lab.break('vanishing-label', { label, reads: 2 });
    t.deepEqual(await statuses('consistent/delorean.repo', 1), [200]);
    if (mode === 'component') t.deepEqual(await statuses(`${label}/delorean.repo`, 1), [200]);
    t.deepEqual(await statuses(`${link}/delorean.repo`, 3), [404, 404, 200]);
    lab.break('vanishing-label', { label });
    lab.mend('vanishing-label');
    t.deepEqual(await statuses(`${link}/delorean.repo`, 1), [200]);
    await lab.close();
  }
});

test('vanishing-label, held: a promotion stands between the old link and the new one', async (t) => {
  const { lab, dlrn, fresh, before, old } = await startPromoted('component');
  lab.break('vanishing-label', { label, hold: true });
  const unknown = { commit_hash: 'x', distro_hash: 'y', promote_name: label };
  t.is((await post(dlrn, '/api/promote', unknown)).status, 400);
  const promoted = promote(dlrn, fresh);
  while (lab.state.tree.readLink(`component/tripleo/${label}`) !== null) await get(dlrn, '/api/health');
  t.deepEqual(await look(dlrn), { ...before, links: [null, ...names(old.slice(1))] });
  lab.mend('vanishing-label', label);
  t.is(await promoted, 201);
  t.deepEqual((await look(dlrn)).links, names(fresh));
  await lab.close();
});

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
