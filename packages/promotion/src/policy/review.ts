import { type Criteria, type FullHash, type Label, matchesJob, type PolicyEntry } from '@tagflow/model';
import { jobsOf } from '../verdict/decide.ts';

/**
 * What is to be said of a waiver, hold or freeze. `orphaned`: it names what nobody has, so it does not do what its owner
 * believes; `expired`: it counts no more; `expires-soon`: within three days; `unused`: a waiver that no verdict needed.
 */
export type PolicyState = 'orphaned' | 'expired' | 'expires-soon' | 'unused' | 'active';

/** A label that is moved, and what a hash needs for it. */
export interface PolicyPlace {
  readonly release: string;
  readonly component: string | null;
  readonly label: Label;
  readonly criteria: Criteria;
}

/** Everything that a review depends on. */
export interface PolicyQuestion {
  readonly entries: readonly PolicyEntry[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Every label that is pinned or promoted to, of every configuration that was read. */
  readonly places: readonly PolicyPlace[];
  /** Whether anybody knows the hash; only the caller can have asked. */
  readonly knownHash: (hash: FullHash) => boolean;
  /** The ids of the waivers that verdicts of late needed; null where nobody remembers. */
  readonly used: ReadonlySet<string> | null;
}

export interface PolicyReview {
  readonly entry: PolicyEntry;
  /** The worst of `states`. */
  readonly state: PolicyState;
  /** All that hold, the worst first. */
  readonly states: readonly [PolicyState, ...PolicyState[]];
  /** Whose it is, where it is written, when it ends, what is wrong, and what to do. Texts of others stand in it as they are. */
  readonly sentence: string;
}

const dayMs = 86_400_000;
const soonMs = 3 * dayMs;
const order: readonly PolicyState[] = ['orphaned', 'expired', 'expires-soon', 'unused', 'active'];

/**
 * Returns what is to be said of each entry, the worst first, then those that end first. Pure. What a rollback left and
 * has ended by itself is not there: nobody has to do anything about it.
 */
export function reviewPolicy(question: PolicyQuestion): readonly PolicyReview[] {
  const { entries, now } = question;
  return entries
    .filter((entry) => isActive(entry, now) || entry.bug !== null)
    .map((entry) => review(entry, question))
    .sort(
      (a, b) =>
        order.indexOf(a.state) - order.indexOf(b.state) ||
        a.entry.expires - b.entry.expires ||
        (a.entry.id < b.entry.id ? -1 : 1),
    );
}

function isActive({ expires }: PolicyEntry, now: number): boolean {
  return now < expires;
}

function review(entry: PolicyEntry, question: PolicyQuestion): PolicyReview {
  const { now, used } = question;
  const { expires, kind, id, owner, bug, where } = entry;
  const named = `${kind} ${id} of ${owner} (${bug ?? 'no bug'}; ${where})`;
  const done = (states: PolicyReview['states'], said: string): PolicyReview => ({
    ...{ entry, state: states[0], states },
    sentence: `${named} ${said}.`,
  });
  if (!isActive(entry, now)) {
    const ago = days(now - expires);
    return done(['expired'], `ended ${ago} ago and counts no more; take it out, or give it a new end and say why`);
  }
  const isSoon = expires - now <= soonMs;
  const soon = isSoon ? (['expires-soon'] as const) : [];
  const ends = `ends in ${days(expires - now)}`;
  const orphans = orphansOf(entry, question);
  if (orphans.length > 0) {
    return done(['orphaned', ...soon], `${ends}, but names ${orphans.join(', and ')}; correct it, or take it out`);
  }
  if (kind === 'waiver' && used !== null && !used.has(id)) {
    const said = `${ends}, and no verdict of late needed it; take it out if ${entry.job} succeeds again`;
    return done(isSoon ? ['expires-soon', 'unused'] : ['unused'], said);
  }
  return isSoon ? done(['expires-soon'], `${ends}; ${whatThen(entry)}`) : done(['active'], `${ends}; nothing to do`);
}

function whatThen(entry: PolicyEntry): string {
  const later = 'give it a later end before that and say why';
  switch (entry.kind) {
    case 'waiver':
      return `then ${entry.job} counts again: make it succeed, or ${later}`;
    case 'hold':
      return `then what it holds may be promoted: see that nothing is wrong with it any more, or ${later}`;
    case 'freeze':
      return `then ${entry.label} moves by itself again: see that it may, or ${later}`;
  }
}

/** What an entry names and nobody has, each as `NAME, which …`; of places that do not exist the jobs are not asked for. */
function orphansOf(entry: PolicyEntry, { places, knownHash }: PolicyQuestion): readonly string[] {
  const { release, component, label } = entry;
  const released = places.filter((place) => release === null || place.release === release);
  if (released.length === 0) return [`release ${release}, which no tagflow.yaml that was read is about`];
  const built = released.filter((place) => component === undefined || place.component === component);
  if (built.length === 0)
    return [`${component === null ? 'no component' : `component ${component}`}, which no phase has`];
  const meant = built.filter((place) => label === null || place.label === label);
  if (meant.length === 0) return [`label ${label}, which no phase moves${release === null ? '' : ` in ${release}`}`];
  const orphans: string[] = [];
  if (entry.kind === 'waiver' && !meant.some(({ criteria }) => asksFor(criteria, entry.job))) {
    orphans.push(`job ${entry.job}, which no criteria of ${label ?? 'any label'} ask for`);
  }
  const range = entry.kind === 'freeze' ? null : entry.hashes;
  const hashes = range === null ? [] : [...new Set([range.from, range.to ?? range.from])];
  for (const hash of hashes) if (!knownHash(hash)) orphans.push(`hash ${hash}, which nobody knows`);
  return orphans;
}

// An informing job decides nothing, so there is nothing to waive.
function asksFor(criteria: Criteria, job: string): boolean {
  if (criteria === 'none') return false;
  const { names, patterns } = jobsOf({ ...criteria, informing: [] });
  return names.has(job) || patterns.some((pattern) => matchesJob(pattern, job));
}

function days(ms: number): string {
  const count = Math.floor(ms / dayMs);
  return count === 0 ? 'less than a day' : count === 1 ? '1 day' : `${count} days`;
}
