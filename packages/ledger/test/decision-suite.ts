import { type Label, parseLabel, type Verdict, type Vote } from '@tagflow/model';
import test from 'ava';
import type { Declare, NewStage } from './stage.ts';
import { handOffOf, hashOf, hold, label, planOf, verdictOf, waiver } from './world.ts';

const hash = hashOf('b');
const reason = {
  ...({ kind: 'job', path: 'all-of[0]', met: false, job: 'job-a', state: 'missing', url: null, waiver: null } as const),
  text: 'job-a has not reported',
};

function vote(job: string, facts: Partial<Vote> = {}): Vote {
  return {
    job,
    result: 'success',
    timestamp: 1_767_000_000,
    url: `https://ci.example/${job}`,
    notes: null,
    user: null,
    ...facts,
  };
}

/** How decisions are remembered, whatever the ledger is kept in. */
export function decisionSuite(name: string, newStage: NewStage, declare: Declare = test): void {
  declare(`${name}: a verdict is written when it says something else than the last one`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const waiting = verdictOf(hash, { answer: 'waiting', reasons: [reason], votes: [vote('job-b')] });
    // [at, label, what changed, whether it is kept]
    const notes: readonly (readonly [number, Label, Verdict, boolean])[] = [
      [1, label, waiting, true],
      [2, label, waiting, false],
      [3, label, { ...waiting, criteriaDigest: `sha256:${'9'.repeat(64)}` }, false],
      [4, label, { ...waiting, votes: [vote('job-b'), vote('job-a', { notes: 'slow', user: 'ci' })] }, true],
      [5, label, { ...waiting, answer: 'yes' }, true],
      [6, label, { ...waiting, answer: 'yes', reasons: [{ ...reason, met: true }] }, true],
      [7, label, waiting, true],
      [8, parseLabel('other'), waiting, true],
    ];
    for (const [at, of, verdict] of notes) await ledger.noteVerdict({ release: 'master', label: of, at, verdict });
    const kept = notes.filter(([, of, , isKept]) => isKept && of === label);
    t.deepEqual(
      await ledger.verdictsOn('master', label, hash),
      kept.map(([at, of, verdict]) => ({ release: 'master', label: of, at, verdict })),
    );
    t.is((await ledger.verdictsOn('master', parseLabel('other'), hash)).length, 1);
    t.deepEqual(await ledger.verdictsOn('master', label, hashOf('c')), []);
    t.deepEqual(await ledger.jobsSeen('master'), ['job-a', 'job-b']);
    t.deepEqual(await ledger.jobsSeen('stein'), []);
  });

  declare(`${name}: equal verdicts that come at once are one`, async (t) => {
    const stage = await newStage(t);
    const [one, two] = [await stage.open(), await stage.open()];
    const note = { release: 'master', label, at: 1, verdict: verdictOf(hash, { votes: [vote('job-a')] }) };
    await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? one : two).noteVerdict(note)));
    t.is((await one.verdictsOn('master', label, hash)).length, 1);
  });

  declare(`${name}: as many votes as RDO's busiest hash has`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const votes = Array.from({ length: 1200 }, (_, i) =>
      vote(`job-${String(i % 60).padStart(2, '0')}`, { timestamp: i }),
    );
    await ledger.noteVerdict({ release: 'master', label, at: 1, verdict: verdictOf(hash, { votes }) });
    t.is((await ledger.jobsSeen('master')).length, 60);
    t.is((await ledger.verdictsOn('master', label, hash))[0]?.verdict.votes.length, 1200);
  });

  declare(`${name}: holds and freezes stay until somebody lifts them`, async (t) => {
    const stage = await newStage(t);
    const ledger = await stage.open();
    const freeze = { ...hold, kind: 'freeze', id: 'a-freeze', release: null } as const;
    t.deepEqual(await ledger.policy('master'), []);
    await ledger.addPolicy([hold, freeze]);
    await ledger.addPolicy([{ ...hold, reason: 'said again' }]);
    await stage.advance(365 * 86_400_000);
    t.deepEqual(await ledger.policy('master'), [hold, freeze], 'in the order of adding, expired ones too');
    t.deepEqual(await ledger.policy('stein'), [freeze]);
    await ledger.liftPolicy(['unknown'], 'bob');
    await ledger.liftPolicy([], 'bob');
    await ledger.liftPolicy([hold.id], 'alice');
    t.deepEqual(await ledger.policy('master'), [freeze]);
    await ledger.addPolicy([hold]);
    t.deepEqual(await ledger.policy('master'), [freeze], 'what was lifted does not come back');
  });

  declare(`${name}: debts are those of now, by label`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const owe = (of: string, at: number, sentences: readonly string[]) =>
      ledger.noteDebts({ release: 'master', label: parseLabel(of), at, sentences });
    await owe('b-label', 1, ['two tags']);
    await owe('a-label', 2, ['a link', 'ünd mehr']);
    await owe('b-label', 3, ['one tag']);
    t.deepEqual(await ledger.debts('master'), [
      { release: 'master', label: parseLabel('a-label'), at: 2, sentences: ['a link', 'ünd mehr'] },
      { release: 'master', label: parseLabel('b-label'), at: 3, sentences: ['one tag'] },
    ]);
    await owe('a-label', 4, []);
    t.is((await ledger.debts('master')).length, 1);
    t.deepEqual(await ledger.debts('stein'), []);
  });

  declare(`${name}: a promotion that used a waiver ends once more without trouble`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const id = await ledger.begin(planOf('b'.repeat(32), { waivers: [waiver] }));
    await ledger.finish(id, 'half-done');
    await ledger.finish(id, 'done');
    await t.notThrowsAsync(ledger.finish(id, 'done'));
  });

  declare(`${name}: deliveries are found by hash, destination and time, newest first`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const folder = 'sftp://osp@files.example/in';
    const first = handOffOf(hash, { acknowledgement: { at: 11, text: '{"«ü»":1}' }, promotionId: 'p1' });
    const second = handOffOf(hash, { manifest: '{"again":true}\n', deliveredAt: 20, label: null });
    const third = handOffOf(hash, { destination: folder, deliveredAt: 30 });
    const other = handOffOf(hashOf('c'), { deliveredAt: 40 });
    for (const one of [second, other, first, third]) await ledger.recordHandOff(one);
    await ledger.recordHandOff(handOffOf(hash, { release: 'stein' }));
    const release = 'master';
    const hook = second.destination;
    t.deepEqual(await ledger.handOffs({ release }), [other, third, second, first]);
    t.deepEqual(await ledger.handOffs({ release, fullHash: hash, destination: hook }), [second, first]);
    t.deepEqual(await ledger.handOffs({ release, destination: folder }), [third]);
    t.deepEqual(await ledger.handOffs({ release, asOf: 20 }), [second, first]);
    t.deepEqual(await ledger.handOffs({ release: 'pike' }), []);
  });

  declare(`${name}: the same delivery once more is the same row, and no acknowledgement is lost`, async (t) => {
    const ledger = await (await newStage(t)).open();
    const query = { release: 'master' };
    const said = { at: 12, text: 'taken' };
    await ledger.recordHandOff(handOffOf(hash));
    await ledger.recordHandOff(handOffOf(hash, { deliveredAt: 11, acknowledgement: said }));
    await ledger.recordHandOff(handOffOf(hash, { deliveredAt: 13 }));
    t.deepEqual(await ledger.handOffs(query), [handOffOf(hash, { deliveredAt: 13, acknowledgement: said })]);
    const later = { at: 15, text: 'built' };
    await ledger.recordHandOff(handOffOf(hash, { deliveredAt: 13, acknowledgement: later }));
    t.deepEqual((await ledger.handOffs(query))[0]?.acknowledgement, later);
  });
}
