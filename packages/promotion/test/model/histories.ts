import type { VoteResult } from '@tagflow/model';
import * as fc from 'fast-check';
import type { Mishap } from '../memory-bench.ts';
import { type Moment, request } from './asking.ts';
import {
  append,
  cast,
  type Command,
  days,
  drift,
  loseLedger,
  nth,
  offer,
  others,
  stray,
  strayPrevious,
} from './commands.ts';
import type { Hash, Model } from './label.ts';
import type { Real } from './real.ts';

const n = fc.nat(5);
const result = fc.constantFrom<VoteResult>('success', 'success', 'failure', 'running');
const mishap: fc.Arbitrary<Mishap | null> = fc.option(
  fc.record({
    ...{ write: fc.integer({ min: 1, max: 45 }), when: fc.constantFrom('before', 'after') },
    kills: fc.boolean(),
  }),
  { freq: 2 },
);
const moment: fc.Arbitrary<Moment> = fc.record({ seconds: fc.nat(1), mishap });
const quiet: fc.Arbitrary<Moment> = fc.record({ seconds: fc.nat(1), mishap: fc.constant(null) });
const isByHand = fc.boolean();
const which = fc.option(n, { freq: 1 });
const ofHash = (model: Model, hash: number | null): Hash | null => (hash === null ? null : nth(model, hash));
const by = (hand: boolean): string => (hand ? ' by hand' : '');

/** Every command, in the proportion in which they make histories that go somewhere. */
export const everyCommand: readonly fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 4 }, () =>
    fc
      .tuple(fc.nat(2), fc.option(result, { freq: 5 }), fc.boolean())
      .map(([s, r, isPinned]) => offer(s, r, isPinned || s > 0)),
  ),
  fc.tuple(n, result).map(([hash, r]) => others(`vote ${r} on`, hash, (model, real, one) => cast(model, real, one, r))),
  n.map((hash) => others('dlrnapi pins', hash, append)),
  fc
    .tuple(n, quiet)
    .map(([hash, when]) => request(`pin #${hash}`, when, (model) => ({ what: 'pin', hash: nth(model, hash) }))),
  n.map((hash) => others('dlrnapi moves the label to', hash, stray)),
  n.map(strayPrevious),
  fc.tuple(n, fc.nat(20), fc.boolean()).map(([hash, pointer, isGone]) => drift(hash, pointer, isGone)),
  fc.integer({ min: 1, max: 31 }).map(days),
  fc.constant(null).map(loseLedger),
  ...Array.from({ length: 4 }, () =>
    fc.tuple(which, isByHand, moment).map(([hash, hand, when]) =>
      request(`promote ${hash === null ? 'what is new' : `#${hash}`}${by(hand)}`, when, (model) => ({
        ...{ what: 'promote', hash: ofHash(model, hash), byHand: hand },
      })),
    ),
  ),
  ...Array.from({ length: 2 }, () =>
    fc.tuple(which, moment).map(([hash, when]) =>
      request(`roll back${hash === null ? '' : ` to #${hash}`}`, when, (model) => ({
        ...{ what: 'rollback', hash: ofHash(model, hash) },
      })),
    ),
  ),
  ...Array.from({ length: 2 }, () =>
    fc.tuple(which, isByHand, quiet).map(([hash, hand, when]) =>
      request(`plan ${hash === null ? 'what is new' : `#${hash}`}${by(hand)}`, when, (model) => ({
        ...{ what: 'plan', hash: ofHash(model, hash), byHand: hand },
      })),
    ),
  ),
  ...Array.from({ length: 3 }, () =>
    fc
      .tuple(isByHand, moment)
      .map(([hand, when]) =>
        request(`apply the plan${by(hand)}`, when, ({ plan }) =>
          plan === null ? null : { what: 'apply', byHand: hand },
        ),
      ),
  ),
  ...Array.from({ length: 2 }, () =>
    fc
      .tuple(isByHand, moment)
      .map(([hand, when]) => request(`resume${by(hand)}`, when, () => ({ what: 'resume', byHand: hand }))),
  ),
];

/** Where every history begins. */
export function createModel(real: Real): Model {
  const now = Math.floor(real.bench.now() / 1000);
  return {
    ...{ now, built: 0, builtAt: [], votes: new Map(), candidate: [], label: [], pointers: new Map(), left: [] },
    ...{ version: 0, begun: 0, tries: [], interrupted: null, plan: null },
  };
}
