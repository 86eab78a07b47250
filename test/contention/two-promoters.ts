import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '@tagflow/action-kit';
import { openLedger } from '@tagflow/ledger';
import { type FullHash, parseTargetLabel } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import type { ExecutionContext } from 'ava';
import { allOn, bothLabels, label } from '../faults/scenario.ts';
import { type LabWorld, stageBuild, startLabWorld, subtree } from '../pipelines/lab-world.ts';

const rounds = 100;

interface Told {
  readonly outcome: string;
  readonly message: string;
}

/** A promoter in a process of its own. */
interface Promoter {
  tell(inputs: Readonly<Record<string, string>>): Promise<Told>;
  end(): Promise<void>;
}

/**
 * Lets two processes fight for one label, a hundred rounds: one rolls back to one set, the other promotes or rolls back to
 * another. After each round all kinds are of one set, of those that were asked for; who lost has waited or says why.
 * Prints how the rounds ended.
 * @param ledgerUrl where both keep their leases
 */
export async function fight(t: ExecutionContext<unknown>, ledgerUrl: (world: LabWorld) => string): Promise<void> {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const url = ledgerUrl(world);
  const config = await world.writeConfig((tree) => (subtree(tree, 'ledger')['url'] = url));
  const hashes: FullHash[] = [];
  for (let count = 0; count < 3; count += 1) {
    hashes.push(await stageBuild(world));
    const { outcome, message } = await world.act(promoteSymlink, { phase: 'upstream', config });
    t.is(outcome, 'done', message);
  }
  const promoters = [startPromoter('first', world), startPromoter('second', world)] as const;
  t.teardown(() => Promise.all(promoters.map((one) => one.end())).then(() => undefined));
  const ledger = await openLedger(url, { clock: systemClock, random: Math.random });
  t.teardown(() => ledger.close());

  const common = { config, phase: 'upstream', password: world.lab.dlrn.password };
  const seen = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const before = (await bothLabels(world)).label.repository;
    // Both have something to do, whoever comes first.
    const others = hashes.filter((hash) => hash !== before);
    const [one, other] = (round % 2 === 0 ? others : others.toReversed()) as [FullHash, FullHash];
    const back = { ...common, mode: 'rollback', 'full-hash': one, reason: `round ${round}` };
    const there =
      round % 5 === 0
        ? { ...common, mode: 'promote', 'full-hash': other, reason: `round ${round}` }
        : { ...common, mode: 'rollback', 'full-hash': other, reason: `round ${round}` };
    const told = await Promise.all([promoters[0].tell(back), promoters[1].tell(there)]);
    const { label: now, previous } = await bothLabels(world);
    const said = `round ${round}: ${told.map(({ outcome, message }) => `${outcome} (${message})`).join(' | ')}`;
    if (now.repository === null) return t.fail(`${said}: the label is gone`);
    t.deepEqual(now, allOn(now.repository as FullHash), said);
    t.is(new Set([previous.repository, previous.rdo, previous.docker, previous.public]).size, 1, said);
    t.true([one, other].includes(now.repository as FullHash), said);
    for (const { outcome, message } of told) {
      t.true(['done', 'waiting', 'blocked', 'failed'].includes(outcome), said);
      if (outcome === 'waiting') t.regex(message, /is held by (?:first|second) since/);
      if (outcome === 'failed') t.regex(message, /somebody else moved a label/);
    }
    t.true(
      told.some(({ outcome }) => outcome === 'done'),
      said,
    );
    const way = told
      .map(({ outcome }) => outcome)
      .sort()
      .join(' + ');
    seen.set(way, (seen.get(way) ?? 0) + 1);
    await ledger.liftPolicy(
      (await ledger.policy('master')).map(({ id }) => id),
      'the next round',
    );
  }
  const name = parseTargetLabel(label);
  t.deepEqual(await ledger.unfinished('master', name), [], 'every promotion has its end');
  const done = (await ledger.history('master', name, 1000)).filter(({ outcome }) => outcome === 'done');
  const versions = done.map(({ plan }) => plan.version);
  t.deepEqual(
    versions,
    [...new Set(versions)].sort((a, b) => b - a),
    'versions only grow',
  );
  t.log(`${rounds} rounds: ${[...seen].map(([way, count]) => `${count} × ${way}`).join(', ')}`);
}

function startPromoter(name: string, { lab, env }: LabWorld): Promoter {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'promoter.ts'), name, lab.root], {
    env: { PATH: process.env['PATH'] ?? '', HOME: lab.root, TMPDIR: lab.root, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the promoter has no pipes');
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async tell(inputs) {
      stdin.write(`${JSON.stringify(inputs)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`the promoter ${name} ended: ${child.exitCode ?? child.signalCode}`);
      return JSON.parse(value) as Told;
    },
    end: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve());
        stdin.end();
      }),
  };
}
