import { previousOf, type VoteResult } from '@tagflow/model';
import type * as fc from 'fast-check';
import { candidate, hashOf } from '../memory-bench.ts';
import { label } from '../memory-world.ts';
import { agree } from './compare.ts';
import { type Hash, type Model, pointersOf, repository } from './label.ts';
import { build, mostBuilds, placeOf, type Real, valueOf } from './real.ts';

/** What others do: builds, votes, DLRN's own client, time. */
export type Command = fc.AsyncCommand<Model, Real>;

/** Which of the hashes that are built: the n-th last. */
export const nth = (model: Model, n: number): Hash => model.built - 1 - (n % model.built);

/** One step of a history; `words` stand in the report of what failed. */
export function command(
  words: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command {
  return { check, run, toString: () => words };
}

/** There is something that can be asked about. */
export const isBuilt = ({ built }: Model): boolean => built > 0;

/** Time goes on in both. */
export function pass(model: Model, { bench }: Real, seconds: number): void {
  bench.pass(seconds * 1000);
  model.now += seconds;
}

/** A new hash: built, and perhaps tested, and perhaps a candidate. */
export function offer(seconds: number, result: VoteResult | null, isPinned: boolean): Command {
  const words = `build${result === null ? '' : ` ${result}`}${isPinned ? '' : ' unpinned'} +${seconds}s`;
  return command(
    words,
    ({ built }) => built < mostBuilds,
    async (model, real) => {
      pass(model, real, seconds);
      const hash = model.built;
      model.built += 1;
      model.builtAt.push(model.now);
      build(real, hash);
      if (result !== null) cast(model, real, hash, result);
      if (isPinned) append(model, real, hash);
      return agree(model, real);
    },
  );
}

/** A job reports. */
export function cast(model: Model, { bench }: Real, hash: Hash, result: VoteResult): void {
  model.votes.set(hash, [...(model.votes.get(hash) ?? []), result]);
  bench.dlrn.vote(hashOf(hash), result);
}

/** DLRN's own client gives a hash the candidate label. */
export function append(model: Model, { bench }: Real, hash: Hash): void {
  model.candidate.push({ hash, at: model.now });
  bench.dlrn.promote(candidate, hashOf(hash));
}

/** What others do, which we have no part in. */
export function others(
  words: string,
  n: number,
  happens: (model: Model, real: Real, hash: Hash) => void,
  check = isBuilt,
): Command {
  return command(`${words} #${n}`, check, async (model, real) => {
    pass(model, real, 1);
    happens(model, real, nth(model, n));
    return agree(model, real);
  });
}

/** Somebody promotes the label with DLRN's own client: the repository moves, and nothing else. */
export function stray(model: Model, { bench }: Real, hash: Hash): void {
  model.pointers.set(repository('label'), hash);
  model.label.push({ hash, at: model.now });
  bench.dlrn.promote(label, hashOf(hash));
}

/** Somebody promotes `previous-<label>` with DLRN's own client. */
export function strayPrevious(n: number): Command {
  const happens = (model: Model, { bench }: Real, hash: Hash): void => {
    model.pointers.set(repository('previous'), hash);
    bench.dlrn.promote(previousOf(label), hashOf(hash));
  };
  return others('dlrnapi moves previous-label to', n, happens);
}

const drifting = [...pointersOf('label', 2), ...pointersOf('previous', 2)].filter(
  (pointer) => !pointer.startsWith('repository'),
);

/** Somebody moves one tag or link, or removes it. */
export function drift(n: number, which: number, isGone: boolean): Command {
  const pointer = drifting[which % drifting.length] as string;
  const happens = (model: Model, real: Real, hash: Hash): void => {
    const [pointers, key] = placeOf(real, pointer);
    if (isGone) pointers.delete(key);
    else pointers.set(key, valueOf(pointer, hash));
    if (isGone) model.pointers.delete(pointer);
    else model.pointers.set(pointer, hash);
  };
  return others(`${isGone ? 'remove' : 'drift'} ${pointer} to`, n, happens);
}

/** So many days pass. */
export const days = (n: number): Command =>
  command(`${n} days`, isBuilt, async (model, real) => {
    pass(model, real, n * 86_400);
    return agree(model, real);
  });

/** The machine that holds the ledger dies, and it takes a minute until there is another one. */
export function loseLedger(): Command {
  return command('lose the ledger', isBuilt, async (model, real) => {
    pass(model, real, 60);
    real.bench.loseLedger();
    Object.assign(model, { left: [], version: 0, begun: 0, tries: [], interrupted: null });
    return agree(model, real);
  });
}
