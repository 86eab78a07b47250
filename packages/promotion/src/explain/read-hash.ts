import { type ArtifactSet, type FullHash, TagflowError, type Vote } from '@tagflow/model';
import { type Chooser, obstacleTo } from '../choose.ts';
import type { PromotionWorld } from '../transaction/engine.ts';
import { PromotionError } from '../error.ts';
import { labelledHash, theRepository } from '../plan/plan.ts';
import type { Evidence, PromoteRequest } from '../promote.ts';
import { openJudge } from '../verdict/judge.ts';
import type { CandidateFacts } from './candidate.ts';
import { type HashFacts, type HashRouteFacts, labelsOf } from './hash.ts';
import { type ExplainRequest, inMs, routeOf } from './read-label.ts';

/** A request, and where its answer is read. Those of one component share their world. */
export interface ExplainPlace {
  readonly request: ExplainRequest;
  readonly world: PromotionWorld;
  readonly evidence: Evidence;
}

/**
 * Reads what there is to be known of a hash, on every route.
 * @throws PromotionError `bad-request` when no repository has it
 */
export async function readHash(hash: FullHash, places: readonly ExplainPlace[], release: string): Promise<HashFacts> {
  const read = [];
  for (const place of places) read.push(await readRoute(hash, place));
  const first = read.find(({ votes }) => votes !== null);
  if (first === undefined) {
    const where = [...new Set(places.map(({ evidence }) => evidence.place))].join(' and ');
    throw new PromotionError('bad-request', `${where} has no build ${hash}`, {
      outcome: 'invalid',
      next: 'Take the hash from get-repo-hash; DLRN may have purged an old one.',
    });
  }
  const now = places[0]?.world.clock.now() ?? 0;
  return { fullHash: hash, release, now, routes: read.map(({ facts }) => facts), votes: first.votes ?? [] };
}

interface ReadRoute {
  readonly facts: HashRouteFacts;
  /** Null where the hash is not known. */
  readonly votes: readonly Vote[] | null;
}

async function readRoute(hash: FullHash, { request, world, evidence }: ExplainPlace): Promise<ReadRoute> {
  const { promote, jobs } = request;
  const { label, candidateLabel, release, component } = promote;
  const isRecorded = candidateLabel !== null && !evidence.isUnrecorded(candidateLabel);
  const [current, promoted, named, found, history] = await Promise.all([
    labelledHash(theRepository(world.destinations), label),
    evidence.firstNamed(label, hash).then(inMs),
    isRecorded ? evidence.firstNamed(candidateLabel, hash).then(inMs) : null,
    describe(hash, promote, evidence),
    world.ledger.history(release, label, recentPromotions),
  ]);
  const { candidate, votes } =
    found === null
      ? { candidate: null, votes: null }
      : await readCandidate(hash, found, { promote, world, evidence, current, named });
  return {
    votes,
    facts: {
      ...{ route: routeOf(request), current, promoted, candidate, jobs },
      isCandidate: isRecorded ? named !== null : await isNamedNow(hash, promote, current, evidence),
      isOlder: isRecorded && current !== null && (await evidence.namedEarlier(candidateLabel, hash, current)) === true,
      history: history.filter(({ plan }) => plan.component === component),
    },
  };
}

const recentPromotions = 100;

async function describe(
  hash: FullHash,
  request: PromoteRequest,
  evidence: Evidence,
): Promise<ArtifactSet['repository'] | null> {
  try {
    return await evidence.describe(hash, labelsOf(request));
  } catch (error) {
    // Another component's hash, or one that never was.
    if (error instanceof TagflowError && error.code === 'nothing-there') return null;
    throw error;
  }
}

async function readCandidate(
  hash: FullHash,
  { builds }: ArtifactSet['repository'],
  place: Omit<ExplainPlace, 'request'> & {
    readonly promote: PromoteRequest;
    readonly current: FullHash | null;
    readonly named: number | null;
  },
): Promise<{ readonly candidate: CandidateFacts; readonly votes: readonly Vote[] }> {
  const { promote, world, evidence, current, named } = place;
  const { release, label, criteria } = promote;
  const votes = await evidence.votes(hash, builds);
  const judge = await openJudge(promote, world, { ...evidence, votes: () => Promise.resolve(votes) });
  const chooser: Chooser = { evidence, judge, ledger: world.ledger };
  const candidate = {
    question: await judge.questionOf(hash, builds, criteria),
    obstacle: await obstacleTo(hash, promote, current, chooser),
    notes: await world.ledger.verdictsOn(release, label, hash),
    named,
  };
  return { candidate, votes };
}

/** Whether a label without a memory names a hash now; null where it names another one, as it may have named this one. */
async function isNamedNow(
  hash: FullHash,
  { candidateLabel, label }: PromoteRequest,
  current: FullHash | null,
  evidence: Evidence,
): Promise<true | null> {
  if (candidateLabel === null) return null;
  const { known } = await evidence.candidates(candidateLabel, label, current);
  return known.some(({ fullHash }) => fullHash === hash) ? true : null;
}
