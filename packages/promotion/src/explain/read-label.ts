import type { FullHash } from '@tagflow/model';
import { type Chooser, obstacleTo } from '../choose.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { unfinishedOf } from '../transaction/interrupted.ts';
import { labelledHash, theRepository } from '../plan/plan.ts';
import type { Candidate, Evidence, PromoteRequest } from '../promote.ts';
import { openJudge } from '../verdict/judge.ts';
import { type CandidateFacts, explainCandidate, type JobFacts, nearestOf } from './candidate.ts';
import type { LabelFacts } from './label.ts';
import type { Route, Since } from './types.ts';

/** What an explanation reads of a phase; nothing is written. */
export interface ExplainRequest {
  readonly phase: string;
  /** As for the promotion that is to be explained. */
  readonly promote: PromoteRequest;
  readonly jobs: JobFacts;
}

/** How many candidates are looked at: each costs a question to DLRN, and older ones are seldom the nearest. */
const looksAt = 20;

/** How many are asked about at once. */
const atOnce = 4;

/** Reads what there is to be known of a label. */
export async function readLabel(
  { phase, promote: request, jobs }: ExplainRequest,
  world: PromotionWorld,
  evidence: Evidence,
): Promise<LabelFacts> {
  const { release, label, candidateLabel } = request;
  const now = world.clock.now();
  const current = await labelledHash(theRepository(world.destinations), label);
  const judge = await openJudge(request, world, evidence);
  const { known, newer } =
    candidateLabel === null ? { known: [], newer: [] } : await evidence.candidates(candidateLabel, label, current);
  const read = await readCandidates(
    newer.slice(0, looksAt),
    request,
    current,
    { evidence, judge, ledger: world.ledger },
    world,
  );
  const [unfinished, debts] = await Promise.all([unfinishedOf(request, world), world.ledger.debts(release)]);
  return {
    route: routeOf({ phase, promote: request }),
    now,
    current:
      current === null ? null : { fullHash: current, since: await namedSince(current, request, world, evidence) },
    candidates: await withName(read, request, evidence, jobs),
    unseen: Math.max(0, newer.length - looksAt),
    hasCandidates: candidateLabel === null || known.length > 0,
    unfinished,
    debts: debts.flatMap((debt) => (debt.label === label ? debt.sentences : [])),
    freezes: judge.policy.flatMap((entry) => {
      const isOurs = entry.kind === 'freeze' && entry.label === label && (entry.release ?? release) === release;
      return isOurs && now < entry.expires ? [entry] : [];
    }),
    jobs,
  };
}

async function readCandidates(
  candidates: readonly Candidate[],
  request: PromoteRequest,
  current: FullHash | null,
  chooser: Chooser,
  { ledger }: PromotionWorld,
): Promise<readonly CandidateFacts[]> {
  const read: CandidateFacts[] = [];
  for (let start = 0; start < candidates.length; start += atOnce) {
    read.push(
      ...(await Promise.all(
        candidates.slice(start, start + atOnce).map(async (candidate) => ({
          question: await chooser.judge.questionOf(candidate.fullHash, candidate.builds, request.criteria),
          obstacle: await obstacleTo(candidate.fullHash, request, current, chooser),
          notes: await ledger.verdictsOn(request.release, request.label, candidate.fullHash),
          named: null,
        })),
      )),
    );
  }
  return read;
}

/** When a candidate was named costs questions of its own, and is told of the nearest and the newest only. */
async function withName(
  read: readonly CandidateFacts[],
  { candidateLabel }: PromoteRequest,
  evidence: Evidence,
  jobs: JobFacts,
): Promise<readonly CandidateFacts[]> {
  const nearest = nearestOf(read.map((facts) => explainCandidate(facts, jobs)));
  if (nearest === null || candidateLabel === null || evidence.isUnrecorded(candidateLabel)) return read;
  return Promise.all(
    read.map(async (facts, index) => {
      const { fullHash } = facts.question;
      if (index > 0 && fullHash !== nearest.fullHash) return facts;
      return { ...facts, named: inMs(await evidence.firstNamed(candidateLabel, fullHash)) };
    }),
  );
}

/** Since when a label names a hash: by its last promotion; where the ledger has another one, when it first did. */
async function namedSince(
  current: FullHash,
  { release, component, label }: PromoteRequest,
  { ledger }: PromotionWorld,
  evidence: Evidence,
): Promise<Since> {
  const history = await ledger.history(release, label, recentPromotions);
  const last = history.find(({ plan, outcome }) => outcome === 'done' && plan.component === component);
  const ended = last?.plan.toHash === current && last.plan.fromHash !== current ? last.journal.at(-1) : undefined;
  if (ended !== undefined) return { at: ended.at, source: 'ledger' };
  const first = inMs(await evidence.firstNamed(label, current));
  return first === null ? { at: null, source: 'unknown' } : { at: first, source: 'repository' };
}

const recentPromotions = 20;

/** Returns DLRN's seconds as milliseconds. */
export function inMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

/** Returns the route of a request. */
export function routeOf({ phase, promote }: Pick<ExplainRequest, 'phase' | 'promote'>): Route {
  const { release, component, label, candidateLabel, mode } = promote;
  return { phase, mode: mode === 'pin' ? 'pin' : 'promote', release, component, label, candidateLabel };
}
