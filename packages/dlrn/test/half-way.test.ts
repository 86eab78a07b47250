import test from 'ava';
import { fullHashOfCommit, parseLabel } from '@tagflow/model';
import { type Bench, bench } from './bench.ts';
import { failsWith, flipRecorder, moveOf, setOfHash, stageOptions } from './client-suite.ts';

const label = parseLabel('label');

/** What each component's own label names. */
async function links({ tree, second }: Bench): Promise<readonly (string | null)[]> {
  return Promise.all(
    second.members.map(({ component }) => tree.readLabel(label, { component: component ?? '', retry: false })),
  );
}

const hashesOf = (resolved: Bench['first']): readonly string[] => resolved.builds.map(fullHashOfCommit);

/** Promotes first → second, with everything that a foresight would have found out left to happen. */
function flip({ destination, first, second }: Bench): Promise<void> {
  return destination.flip([moveOf('label', first.fullHash, second.fullHash)], flipRecorder().options);
}

for (const file of ['delorean.repo', 'delorean.repo.md5', 'versions.csv'] as const) {
  test(`component: a leftover ${file}_ stops the label half-way; it is taken back, and the file is named`, async (t) => {
    const world = await bench(t, 'component');
    const { started, tree, client, first, second, destination } = world;
    started.lab.break('left-over', { label, file });
    const before = (await client.promotions({ label, limit: 100 })).length;
    const error = await failsWith(t, 'not-promoted', () => flip(world));
    t.is(error.outcome, 'failed');
    t.regex(error.message, new RegExp(`taken back, so that it names ${first.fullHash} as before`));
    t.true(error.next?.includes(`label/${file}_ on the DLRN server`), error.next);
    t.is(await tree.readLabel(label), first.fullHash);
    t.deepEqual(await links(world), hashesOf(first));
    t.is(
      await tree.readFile('label/delorean.repo'),
      await tree.readFile(first.repoUrl.slice(tree.reposUrl.length + 1) + '/delorean.repo'),
    );
    t.is((await client.promotions({ label, limit: 100 })).length, before, 'DLRN recorded nothing');

    // A plan says it before anything is written.
    const foreseen = await destination.foresee?.([moveOf('label', first.fullHash, second.fullHash)]);
    t.is(foreseen?.problems.length, 1);
    t.true(foreseen?.problems[0]?.includes(`/label/${file}_ was left behind`));

    started.lab.mend('left-over');
    await flip(world);
    t.is(await tree.readLabel(label), second.fullHash);
  });
}

test('component: a folder in the way of the second link leaves the first one moved; it is taken back', async (t) => {
  const world = await bench(t, 'component');
  const [, blocked] = world.second.members;
  world.started.lab.break('partial-batch', { label, component: blocked?.component ?? '' });
  const error = await failsWith(t, 'not-promoted', () => flip(world));
  t.regex(error.next ?? '', /log of the DLRN API/);
  t.deepEqual(await links(world), hashesOf(world.first));
});

test('component: what cannot be taken back is half done', async (t) => {
  const world = await bench(t, 'component');
  const { started, destination, second } = world;
  started.lab.state.tree.write('fresh/nothing', '', 0);
  started.lab.state.tree.link('fresh/delorean.repo_', '../consistent/delorean.repo');
  const move = moveOf('fresh', null, second.fullHash);
  const error = await failsWith(t, 'half-promoted', () => destination.flip([move], flipRecorder().options));
  t.is(error.outcome, 'half-done');
  t.regex(error.next ?? '', /^Delete http.*fresh\/delorean\.repo_ on the DLRN server/);
});

test('component: a lease that was lost stops the way back, too', async (t) => {
  const { started, destination, first, second } = await bench(t, 'component');
  started.lab.break('left-over', { label });
  let left = 3;
  const before = (): Promise<void> => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('lease lost')));
  const options = { ...flipRecorder().options, before };
  const error = await failsWith(t, 'half-promoted', () =>
    destination.flip([moveOf('label', first.fullHash, second.fullHash)], options),
  );
  t.regex(error.message, /it could not be taken back/);
});

test('component: a component that strayed from the label of the whole is brought home by the next flip', async (t) => {
  const world = await bench(t, 'component');
  const { started, destination, first } = world;
  const state = started.lab.state.tree;
  const [member] = world.second.members.filter(({ fullHash }) => !hashesOf(first).includes(fullHash));
  const path = `component/${member?.component}/label`;
  state.remove(path);
  state.link(path, member?.path.slice(`component/${member.component}/`.length) ?? '');
  t.is(await world.tree.readLabel(label), first.fullHash);
  const { options, written } = flipRecorder();
  await destination.flip([moveOf('label', null, first.fullHash)], options);
  t.deepEqual(written, ['label']);
  t.deepEqual(await links(world), hashesOf(first));
});

for (const mode of ['classic', 'component'] as const) {
  test(`${mode}: a directory that lost its files is no repository, and DLRN would promote it all the same`, async (t) => {
    const { started, destination, second, tree } = await bench(t, mode);
    const set = setOfHash(second);
    const [member] = second.members;
    const path = `${member?.path}/repodata/repomd.xml`;
    started.lab.setFaults((request) =>
      request.path === `/${path}` ? { status: 404, body: 'gone', contentType: 'text/plain' } : undefined,
    );
    t.deepEqual(await destination.verify(set, stageOptions), [
      `${tree.reposUrl}/${path} is not there: no package could be installed`,
    ]);
    await failsWith(t, 'nothing-there', () => destination.stage(set, stageOptions));
    started.lab.setFaults(undefined);
    t.deepEqual(await destination.verify(set, stageOptions), []);
  });
}

test('component: an aggregate whose parts changed on the server cannot be promoted as what it was', async (t) => {
  const { started, destination, first, second } = await bench(t, 'component');
  const [member] = second.members;
  started.lab.setFaults((request) =>
    request.path === `/${member?.path}/delorean.repo`
      ? { status: 200, body: `[x]\nbaseurl=http://mirror/${member?.path}\n`, contentType: 'text/plain' }
      : undefined,
  );
  const move = moveOf('label', first.fullHash, second.fullHash);
  const foreseen = await destination.foresee?.([move]);
  t.is(foreseen?.problems.length, 1);
  t.regex(
    foreseen?.problems[0] ?? '',
    new RegExp(
      `would give the aggregate [0-9a-f]{32}: the delorean.repo of the component ${member?.component} is not what ${second.fullHash} was made of`,
    ),
  );
});
