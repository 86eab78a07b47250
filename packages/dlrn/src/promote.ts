import type { Effects } from '@tagflow/model';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { isUnclear } from './requests.ts';
import type { RepositoryTree } from './tree.ts';
import { findLabel, type LabelMove, waitForLabel, type Whereabouts } from './whereabouts.ts';

export interface PromoteWork {
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
  readonly effects: Pick<Effects, 'clock' | 'log' | 'signal'>;
  /** Called right before every write; rejects when it must not happen. */
  readonly before: () => Promise<void>;
}

const attempts = 3;

/**
 * Gives a hash a label and reads it back, through the API and in the tree. A 5xx or a time-out says nothing of what
 * happened, so the label is looked up before anything is said; promoting again is safe (DLRN adds a second row).
 * @throws DlrnError `not-promoted` when the label is where it was, `half-promoted` when it is neither here nor there or
 * cannot be read, and DLRN's own refusal.
 */
export async function promoteHash(move: LabelMove, work: PromoteWork): Promise<void> {
  refuseLeftOvers(move);
  const { client, tree, effects } = work;
  const { builds } = move.to;
  for (let attempt = 1; ; attempt += 1) {
    await work.before();
    try {
      const [only] = builds;
      await (builds.length === 1 && only !== undefined
        ? client.promote(only, move.label)
        : client.promoteBatch(builds, move.label));
    } catch (error) {
      if (!isUnclear(error)) throw error;
      const seen = await lookAgain(() => findLabel(client, tree, move), move, error);
      if (seen.state === 'there') {
        effects.log.warning(`${error.message}; the label ${move.label} names ${move.to.fullHash} all the same`);
        return;
      }
      if (attempt === attempts) throw giveUp(move, seen, error);
      effects.log.warning(`${error.message}; promoting again`);
      await effects.clock.sleep(1000 * attempt, effects.signal);
      continue;
    }
    const seen = await lookAgain(() => waitForLabel(client, tree, move, effects), move, null);
    if (seen.state === 'there') return;
    throw halfPromoted(
      move,
      seen.state === 'between' ? seen.facts : 'DLRN said that it was done, and nothing moved',
      null,
    );
  }
}

/**
 * An aggregate is made of every component that has the label, and no call takes a label away: with a component more
 * than wanted, the label's aggregate could never be the wanted one.
 */
function refuseLeftOvers(move: LabelMove): void {
  if (move.to.kind !== 'aggregate' || move.from === null) return;
  const wanted = new Set(move.to.builds.map((build) => build.component));
  const extra = move.from.builds.map((build) => build.component).filter((component) => !wanted.has(component));
  if (extra.length === 0) return;
  throw new DlrnError(
    'component-left-over',
    `label ${move.label} has the components ${extra.join(', ')}, which ${move.to.fullHash} has not, and DLRN cannot remove them: ` +
      `nothing was written`,
    { next: `Remove component/<name>/${move.label} on the DLRN server, or choose a hash that has these components.` },
  );
}

async function lookAgain(
  look: () => Promise<Whereabouts>,
  move: LabelMove,
  error: DlrnError | null,
): Promise<Whereabouts> {
  try {
    return await look();
  } catch (cause) {
    throw halfPromoted(
      move,
      `${error?.message ?? 'DLRN took the promotion'}, and where the label is cannot be read`,
      cause,
    );
  }
}

function giveUp(move: LabelMove, seen: Whereabouts, cause: DlrnError): DlrnError {
  if (seen.state === 'between') return halfPromoted(move, seen.facts, cause);
  return new DlrnError(
    'not-promoted',
    `${move.to.fullHash} was not promoted to ${move.label}, which names ${move.from?.fullHash ?? 'nothing'} as before: ${cause.message}`,
    { cause, outcome: cause.outcome, next: 'Look into the log of the DLRN API, then try again.' },
  );
}

function halfPromoted(move: LabelMove, facts: string, cause: unknown): DlrnError {
  return new DlrnError(
    'half-promoted',
    `${move.to.fullHash} is promoted to ${move.label} in part, or not yet visibly: ${facts}`,
    {
      cause,
      outcome: 'half-done',
      next:
        'Run tagflow resume. When it ends like this again, look on the DLRN server for a leftover ' +
        `${move.label}/delorean.repo_ file, which blocks every promotion of this label until it is removed.`,
    },
  );
}
