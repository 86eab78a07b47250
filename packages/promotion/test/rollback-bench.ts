import type { FullHash } from '@tagflow/model';
import { promote, type PromoteReport, type PromoteRequest } from '../src/index.ts';
import { type Bench, candidate, createBench, hashOf, type Mishap, periodic, rollbackTo } from './memory-bench.ts';
import { label } from './memory-world.ts';

/** In milliseconds. */
export const day = 86_400_000;
/** The first four hashes. */
export const [a, b, c, d] = [hashOf(0), hashOf(1), hashOf(2), hashOf(3)] as [FullHash, FullHash, FullHash, FullHash];

/** Asks for something, of the evidence as it is. */
export const run = (bench: Bench, request: PromoteRequest): Promise<PromoteReport> =>
  promote(request, bench.start().world, bench.dlrn.evidence);

/** Asks for something in a process that is killed; returns whether it was before it came to its end. */
export async function killed(bench: Bench, request: PromoteRequest, mishap: Omit<Mishap, 'kills'>): Promise<boolean> {
  const dying = bench.start({ ...mishap, kills: true });
  await promote(request, dying.world, bench.dlrn.evidence).catch(() => null);
  return dying.fate() === 'killed';
}

/** What rollbacks left in the ledger. */
export const leftIn = async (bench: Bench): Promise<readonly string[]> =>
  (await bench.ledger().policy('master')).map(({ kind }) => kind);

/** Builds the n-th hash, has it tested and makes it a candidate, a minute later than what was before. */
export function offer(bench: Bench, n: number): void {
  const { fullHash } = bench.build(n);
  bench.dlrn.vote(fullHash, 'success');
  bench.pass(60_000);
  bench.dlrn.promote(candidate, fullHash);
}

/** The label went a → b → c, each by its votes. */
export async function promoted(wrap?: Parameters<typeof createBench>[0]): Promise<Bench> {
  const bench = createBench(wrap);
  for (const n of [0, 1, 2]) {
    offer(bench, n);
    await run(bench, periodic);
  }
  return bench;
}

/** And a person took it back to b. */
export async function rolledBack(): Promise<Bench> {
  const bench = await promoted();
  const report = await run(bench, rollbackTo(b));
  if (report.outcome !== 'done') throw new Error(report.message);
  return bench;
}

/** What each kind names as the label, in words: `b`, or what they differ in. */
export function named({ disks }: Bench, name: string = label): string {
  const letters = new Map([a, b, c, d].map((hash, n) => [hash as string, 'abcd'[n] as string]));
  const seen = [disks.repository, disks.public].map(({ pointers }) => letters.get(pointers.get(name) ?? '') ?? 'none');
  for (const { pointers } of [disks.rdo, disks.docker]) {
    for (const container of ['heat-api', 'nova-compute']) {
      const digits = pointers.get(`${container}:${name}`)?.slice('sha256:'.length, 'sha256:'.length + 40);
      seen.push(digits === undefined ? 'none' : (letters.get(`${digits}_${digits.slice(0, 8)}`) ?? digits));
    }
  }
  return [...new Set(seen)].join();
}
