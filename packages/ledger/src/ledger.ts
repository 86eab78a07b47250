import type { Ledger } from '@tagflow/model';
import { replaceDebts } from './debts.ts';
import type { LedgerEffects } from './effects.ts';
import { upsertHandOff } from './hand-offs.ts';
import { thisHolder } from './holder.ts';
import { acquireLease } from './leases.ts';
import { insertPolicy, liftEntries } from './policies.ts';
import { finishPromotion, insertEntry, insertPromotion } from './promotions.ts';
import { createQuestions } from './reads.ts';
import type { Store } from './store.ts';
import { insertVerdict } from './verdicts.ts';

/** Returns the ledger in an open store; closing it closes the store. */
export function createLedger(store: Store, effects: LedgerEffects): Ledger {
  const { clock } = effects;
  const self = thisHolder();
  const { change } = store;
  return {
    ...createQuestions(store.read, store.version),
    acquire: (keys, owner, ttlMs) => acquireLease(store, clock, keys, owner, ttlMs, self),
    begin: (plan) => change((trx) => insertPromotion(store, trx, effects, plan)),
    record: (id, step, detail) => change((trx) => insertEntry(store, trx, id, { at: clock.now(), step, detail })),
    finish: (id, outcome) => change((trx) => finishPromotion(trx, id, outcome, clock.now())),
    noteVerdict: (note) => change((trx) => insertVerdict(store, trx, note)),
    addPolicy: (entries) => change((trx) => insertPolicy(store, trx, entries, clock.now())),
    liftPolicy: (ids, by) => change((trx) => liftEntries(trx, ids, by, clock.now())),
    noteDebts: (debts) => change((trx) => replaceDebts(trx, debts)),
    recordHandOff: (handOff) => change((trx) => upsertHandOff(trx, handOff)),
    close: store.close,
  };
}
