import { canonicalJson, type FullHash, type Label, type Verdict, type VerdictNote, type Vote } from '@tagflow/model';
import type { Kysely, Transaction } from 'kysely';
import { digestOf } from './digest.ts';
import { LedgerError } from './error.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Remembers a decision when it says something else than the last one of that label and hash, and its votes. */
export async function insertVerdict(store: Store, trx: Transaction<Tables>, note: VerdictNote): Promise<void> {
  const { release, label, at, verdict } = note;
  await store.alone(trx);
  const [last] = await verdictRows(trx, release, label, verdict.fullHash)
    .orderBy('sequence', 'desc')
    .limit(1)
    .execute();
  const text = canonicalJson(verdict);
  if (last !== undefined && essence(parseVerdict(last.verdict, last.full_hash)) === essence(verdict)) return;
  const sequence = (last?.sequence ?? 0) + 1;
  await trx
    .insertInto('verdicts')
    .values({ release, label, full_hash: verdict.fullHash, sequence, at, answer: verdict.answer, verdict: text })
    .execute();
  for (let from = 0; from < verdict.votes.length; from += votesAtOnce) {
    const votes = verdict.votes.slice(from, from + votesAtOnce);
    await trx
      .insertInto('votes_seen')
      .values(votes.map((vote) => voteRow(release, verdict.fullHash, vote, at)))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

// SQLite takes 32766 values in a statement, PostgreSQL 65535.
const votesAtOnce = 500;

// Another digest of the criteria, or another waiver of the same effect, shows in the reasons where it matters.
function essence({ answer, reasons, votes }: Verdict): string {
  return canonicalJson({ answer, reasons, votes });
}

function voteRow(release: string, hash: FullHash, vote: Vote, seenAt: number) {
  const { job, result, timestamp, url, notes } = vote;
  const facts = { release, full_hash: hash, job, result, timestamp, url, notes, reporter: vote.user };
  return { digest: digestOf(canonicalJson(facts)), ...facts, seen_at: seenAt };
}

/** Returns what was decided about a hash for a label, oldest first. */
export async function selectVerdicts(
  db: Kysely<Tables>,
  release: string,
  label: Label,
  hash: FullHash,
): Promise<readonly VerdictNote[]> {
  const rows = await verdictRows(db, release, label, hash).orderBy('sequence').execute();
  return rows.map((row) => ({ release, label, at: row.at, verdict: parseVerdict(row.verdict, hash) }));
}

/** Returns the jobs of every vote that was seen, sorted. */
export async function selectJobs(db: Kysely<Tables>, release: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('votes_seen')
    .select('job')
    .distinct()
    .where('release', '=', release)
    .orderBy('job')
    .execute();
  return rows.map(({ job }) => job);
}

function verdictRows(db: Kysely<Tables>, release: string, label: Label, hash: FullHash) {
  return db
    .selectFrom('verdicts')
    .selectAll()
    .where('release', '=', release)
    .where('label', '=', label)
    .where('full_hash', '=', hash);
}

function parseVerdict(text: string, hash: string): Verdict {
  const data = JSON.parse(text) as Partial<Verdict> | null;
  if (!Array.isArray(data?.reasons) || !Array.isArray(data.votes)) {
    throw new LedgerError('unreadable', `a verdict on ${hash} in the ledger has no reasons or no votes`);
  }
  return data as Verdict;
}
