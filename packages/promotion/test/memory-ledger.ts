import type {
  Debts,
  JournalEntry,
  Label,
  Lease,
  Ledger,
  Outcome,
  Plan,
  PolicyEntry,
  PromotionRecord,
  VerdictNote,
} from '@tagflow/model';

interface Kept {
  readonly plan: Plan;
  readonly finishedAt: number;
  readonly journal: JournalEntry[];
  outcome: Outcome | null;
}

/** A ledger in memory; hand the same one to the next world to let it survive. */
export interface MemoryLedger extends Ledger {
  readonly records: Map<string, Kept>;
  readonly left: Map<string, PolicyEntry>;
  readonly verdicts: VerdictNote[];
  readonly owed: Map<string, Debts>;
}

/** Returns an empty ledger whose leases are always to be had. */
export function createMemoryLedger(): MemoryLedger {
  const records = new Map<string, Kept>();
  const left = new Map<string, PolicyEntry>();
  const verdicts: VerdictNote[] = [];
  const owed = new Map<string, Debts>();
  const list = (label: Label): PromotionRecord[] =>
    [...records]
      .filter(([, { plan }]) => plan.label === label)
      .map(([id, { plan, outcome, journal }]) => ({ id, plan, outcome, journal: [...journal] }));
  const lease: Lease = { check: () => Promise.resolve(Number.MAX_SAFE_INTEGER), release: () => Promise.resolve() };
  return {
    ...{ records, left, verdicts, owed },
    acquire: () => Promise.resolve(lease),
    recordHandOff: () => Promise.resolve(),
    handOffs: () => Promise.resolve([]),
    begin(plan) {
      const id = `p${records.size + 1}`;
      records.set(id, { plan, outcome: null, finishedAt: records.size + 1, journal: [] });
      return Promise.resolve(id);
    },
    record(id, step, detail) {
      const journal = records.get(id)?.journal;
      journal?.push({ at: journal.length, step, detail });
      return Promise.resolve();
    },
    finish(id, outcome) {
      const record = records.get(id);
      if (record !== undefined) record.outcome = outcome;
      return Promise.resolve();
    },
    unfinished: (_release, label) =>
      Promise.resolve(list(label).filter((record) => record.outcome === null || record.outcome === 'half-done')),
    history: (_release, label, limit) => Promise.resolve(list(label).reverse().slice(0, limit)),
    asOf: (release, at) => {
      const done = [...records].filter(
        ([, { plan, outcome, finishedAt }]) => plan.release === release && outcome === 'done' && finishedAt <= at,
      );
      const last = new Map(done.map(([id, { plan, outcome }]) => [plan.label, { id, plan, outcome, journal: [] }]));
      return Promise.resolve([...last.values()]);
    },
    lastVersion: (_release, label) =>
      Promise.resolve(
        Math.max(
          0,
          ...list(label)
            .filter(({ outcome }) => outcome === 'done')
            .map(({ plan }) => plan.version),
        ),
      ),
    noteVerdict: (note) => Promise.resolve(void verdicts.push(note)),
    verdictsOn: (_release, label, hash) =>
      Promise.resolve(verdicts.filter((note) => note.label === label && note.verdict.fullHash === hash)),
    jobsSeen: () =>
      Promise.resolve([...new Set(verdicts.flatMap(({ verdict }) => verdict.votes.map(({ job }) => job)))]),
    policy: () => Promise.resolve([...left.values()]),
    addPolicy(entries) {
      for (const entry of entries) left.set(entry.id, entry);
      return Promise.resolve();
    },
    liftPolicy(ids) {
      for (const id of ids) left.delete(id);
      return Promise.resolve();
    },
    noteDebts(debts) {
      owed.set(debts.label, debts);
      return Promise.resolve();
    },
    debts: () => Promise.resolve([...owed.values()].filter(({ sentences }) => sentences.length > 0)),
    close: () => Promise.resolve(),
  };
}

/**
 * What a request says of waivers, holds and freezes where there are none. A person asks: evidence in memory often says
 * that the label has named every hash before, and where a label was moved away from automation does not go again.
 */
export const noPolicy = {
  policy: { entries: [], digest: 'sha256:p' },
  knownJobs: [],
  byHand: true,
} as const;
