import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parsePlan } from '@tagflow/model';
import { bench, candidate, label } from './world.ts';

test('a pin moves the repository label alone, without votes; again it has nothing to do', async (t) => {
  const { lab, run, build, named } = await bench(t);
  const { hash } = await build();
  const result = await run({ mode: 'pin' });
  t.is(result.outcome, 'done', result.message);
  t.is(result.outputs['full-hash'], hash);
  t.is(await named(candidate), hash);
  t.deepEqual(lab.rdo.tags('tripleomaster/centos-binary-heat-api').includes(candidate), false);
  t.is((await run({ mode: 'pin' })).outcome, 'nothing-to-do');
});

test('from blocked to planned to promoted, and back again', async (t) => {
  const { lab, run, build, pass, named, said } = await bench(t);
  const first = await build();
  t.is((await run({ mode: 'pin' })).outcome, 'done');
  const early = await run({ 'full-hash': first.hash, set: first.set });
  t.is(early.outcome, 'waiting');
  t.regex(early.message ?? '', /has not reported/);
  t.is(await named(label), null);
  await pass(first.build);

  const planned = await run({ 'full-hash': first.hash, set: first.set, 'dry-run': 'true' });
  t.is(planned.outcome, 'planned', planned.message);
  const plan = parsePlan(await readFile(planned.outputs['plan'] ?? '', 'utf8'), 'plan');
  t.is(plan.moves.at(-1)?.kind, 'repository');
  t.is(await named(label), null, 'a dry run writes nothing');

  const applied = await run({ plan: planned.outputs['plan'] ?? '' });
  t.is(applied.outcome, 'done', `${applied.message ?? ''} ${said.join('\n')}`);
  t.is(await named(label), first.hash);
  t.regex(await readFile(applied.outputs['statement'] ?? '', 'utf8'), /in-toto/);
  const link = join(lab.root, 'images', 'master', 'rdo_trunk', label);
  t.regex(await readFile(join(link, 'set.json'), 'utf8'), new RegExp(first.hash));

  const second = await build();
  await run({ mode: 'pin' });
  await pass(second.build);
  // No hash: the newest candidate is found.
  const next = await run({ set: second.set });
  t.is(next.outcome, 'done', next.message);
  t.is(next.outputs['previous-hash'], first.hash);
  t.is(await named(`previous-${label}`), first.hash);

  const unexplained = await run({ mode: 'rollback' });
  t.is(unexplained.outcome, 'invalid');
  t.regex(unexplained.error?.message ?? '', /"reason" is required/);
  const back = await run({ mode: 'rollback', reason: 'bug 1' });
  t.is(back.outcome, 'done', back.message);
  t.is(await named(label), first.hash);
  t.is((await run({ mode: 'resume' })).outcome, 'nothing-to-do');
});

test('bad input is refused before anything is asked or moved', async (t) => {
  const { run, build, named } = await bench(t);
  const { hash } = await build();
  const byKerberos = { 'auth-method': 'kerberos', username: '', password: '' };
  const table: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ phase: 'downstream' }, /no phase "downstream"; it has: upstream/],
    [{ 'full-hash': 'abc' }, /full-hash "abc" is not a hash/],
    [{ 'target-label': 'consistent' }, /belongs to DLRN itself/],
    [{ 'full-hash': hash, 'repo-url': 'http://127.0.0.1/4d/37/other' }, /is not the directory of full-hash/],
    [{ config: '/nowhere/tagflow.yaml' }, /config.*\/nowhere\/tagflow\.yaml/],
    [{ 'auth-method': 'ntlm' }, /"auth-method": "ntlm" is not one of basic, kerberos/],
    [{ keytab: import.meta.filename }, /"keytab" is for auth-method kerberos/],
    [{ 'server-principal': 'HTTP/h' }, /"server-principal" is for auth-method kerberos/],
    [
      { 'auth-method': 'kerberos' },
      /^input.* "password" (?:is|are) for auth-method basic, and auth-method is kerberos$/,
    ],
    [{ ...byKerberos, keytab: import.meta.filename }, /promote-symlink\.test\.ts is not a keytab/],
    [{ ...byKerberos, 'server-principal': 'trunk' }, /server-principal "trunk" is not the principal of a server/],
    [{ password: '' }, /"password" is missing: DLRN at .* lets only its users move a label/],
    [{ mode: 'move' }, /"move" is not one of promote, pin, follow, rollback, repair, resume/],
  ];
  for (const [inputs, message] of table) {
    const result = await run(inputs);
    t.is(result.outcome, 'invalid', JSON.stringify(inputs));
    t.regex(result.error?.message ?? '', message);
  }
  t.is(await named(candidate), null);
});

test('kerberos needs neither name nor password, and what it needs is missed before anything is moved', async (t) => {
  const { run, build, named, lab } = await bench(t);
  await build();
  const inputs = { mode: 'pin', 'auth-method': 'kerberos', username: '', password: '' };
  // There is no curl on an empty PATH, which is as far as a login can come without a KDC.
  const result = await run(inputs, { PATH: '/nonexistent' });
  t.not(result.outcome, 'done');
  t.regex(result.message ?? '', /Kerberos needs the program curl/);
  t.is(await named(candidate), null);
  t.false(lab.dlrn.requests.some(({ method, path }) => method === 'POST' && path.startsWith('/api/promote')));
  t.is(
    (await run({ ...inputs, 'dry-run': 'true' }, { PATH: '/nonexistent' })).outcome,
    'planned',
    'reading needs no login',
  );
});

test('a phase without the section has nothing to do, and a wrong password moves nothing', async (t) => {
  const { run, build, named } = await bench(t);
  await build();
  t.is((await run({ phase: 'osp-phase-0' })).outcome, 'nothing-to-do');
  const wrong = await run({ mode: 'pin', password: 'not-the-password' });
  t.is(wrong.outcome, 'failed', wrong.message);
  t.regex(wrong.message ?? '', /401|password|credentials/i);
  t.is(await named(candidate), null);
});
