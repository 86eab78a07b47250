import type { ActionContext } from '@tagflow/action-kit';
import { type Config, managedLabels } from '@tagflow/config';
import { createRepositoryTree } from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { imagesLeaseKey } from '@tagflow/images';
import { assertLedgerUsable, isThrowAwayRunner, openLedger, openLedgerReader } from '@tagflow/ledger';
import { type FullHash, type Label, previousOf } from '@tagflow/model';
import type { Place } from './places.ts';

/** Long enough for the removal of one directory; renewed before each. */
const leaseMs = 120_000;

/**
 * Returns the hashes that are needed whatever the links of a store say, each with the reason: the named one, those of
 * promotions that are not finished, the last ones of every label as the ledger remembers them, and what DLRN's labels
 * name. The last cover a ledger that was lost, a hash that is being tested, and what optional destinations are owed:
 * the set of the label's hash. Reads only; a ledger that does not exist is not made.
 */
export async function readNeeded(
  config: Config | null,
  named: FullHash | null,
  context: ActionContext,
): Promise<Map<string, string>> {
  const needed = new Map<string, string>(named === null ? [] : [[named, 'named by the caller']]);
  if (config === null) return needed;
  const add = (hash: string | null, why: string): void => {
    if (hash !== null && !needed.has(hash)) needed.set(hash, why);
  };
  await addUnfinished(config, needed);
  const ledger = await openLedgerReader(config.ledger.url);
  try {
    for (const label of managedLabels(config)) {
      const history = (await ledger?.history(config.release, label, recentPromotions)) ?? [];
      const last = history.find(({ outcome }) => outcome === 'done')?.plan;
      add(last?.toHash ?? null, `${label} names it`);
      add(last?.fromHash ?? null, `${label} named it before`);
    }
  } finally {
    await ledger?.close();
  }
  const { reposUrl, mode } = config.dlrn;
  const tree = createRepositoryTree(createApi(context), { reposUrl, mode, effects: context });
  const labels = repositoryLabels(config);
  const hashes = await Promise.all(labels.map((label) => tree.readLabel(label)));
  for (const [index, label] of labels.entries()) add(hashes[index] ?? null, `${label} names it in the repository`);
  return needed;
}

/**
 * Adds the hashes of promotions that are not finished: one that begins to stage while others are pruned says so in the
 * ledger first.
 */
async function addUnfinished(config: Config | null, needed: Map<string, string>): Promise<void> {
  const ledger = config === null ? null : await openLedgerReader(config.ledger.url);
  if (config === null || ledger === null) return;
  try {
    for (const label of managedLabels(config)) {
      for (const { id, plan } of await ledger.unfinished(config.release, label)) {
        for (const hash of [plan.fromHash, plan.toHash]) {
          if (hash !== null && !needed.has(hash)) needed.set(hash, `promotion ${id} of ${label} is not finished`);
        }
      }
    }
  } finally {
    await ledger.close();
  }
}

// Among them is the last one that was done, unless a label failed more often in a row: then its links tell.
const recentPromotions = 20;

/** The labels whose hashes have images: what a phase pins to, promotes or hands off. A component's hash has none. */
function repositoryLabels(config: Config): readonly Label[] {
  const phases = Object.values(config.phases).filter(({ component }) => component === null);
  const labels = phases.flatMap(({ pin, promote, handOff }) => {
    const written = [pin?.to, promote?.to].flatMap((label) => (label === undefined ? [] : [label, previousOf(label)]));
    return [...written, promote?.from, handOff?.label].flatMap((label) => label ?? []);
  });
  return [...new Set(labels)];
}

/**
 * Runs `work` while no promotion can move the links of a store: under the leases that promotions take for them, where
 * the CI system does not keep runs apart. A dry run takes none. `before` is called before each removal: it rejects when a
 * lease was lost, and adds what promotions need that have begun since.
 * @throws LedgerError `held` with the outcome `waiting`, naming the holder
 */
export async function whileLinksStand<Done>(
  config: Config | null,
  { store, layout }: Pick<Place, 'store' | 'layout'>,
  context: ActionContext,
  work: (before: (needed: Map<string, string>) => Promise<void>) => Promise<Done>,
): Promise<Done> {
  const labels = config === null ? [] : managedLabels(config).flatMap((label) => [label, previousOf(label)]);
  if (config === null || config.ledger.lock === 'ci' || context.dryRun || labels.length === 0) {
    return work(() => Promise.resolve());
  }
  const { url, lock, explicit } = config.ledger;
  assertLedgerUsable({ url, lock, explicit, throwAwayRunner: isThrowAwayRunner(context.env) });
  await using opened = new AsyncDisposableStack();
  const ledger = await openLedger(url, context);
  opened.defer(() => ledger.close());
  const keys = labels.map((label) => imagesLeaseKey(store.url, layout, label));
  const lease = await ledger.acquire(keys, `${context.actor} (prune)`, leaseMs);
  opened.defer(() => lease.release());
  return await work(async (needed) => {
    await lease.check();
    await addUnfinished(config, needed);
  });
}
