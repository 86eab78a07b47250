import { createHash } from 'node:crypto';
import {
  canonicalJson,
  type Criteria,
  type Criterion,
  formatExpiry,
  type FullHash,
  type Informing,
  matchesJob,
  type PolicyEntry,
  type Reason,
  type Verdict,
  type Vote,
  type Waiver,
} from '@tagflow/model';
import { type JobSeen, type JobStates, readJobStates } from './job-states.ts';

/** Everything that a decision depends on. */
export interface Question {
  readonly fullHash: FullHash;
  readonly criteria: Criteria;
  /** Every vote on the hash, in the order in which they came. */
  readonly votes: readonly Vote[];
  /** The waivers, holds and freezes that speak of this hash and label; expired ones count for nothing. */
  readonly policy: readonly PolicyEntry[];
  /** The jobs that were seen to vote on whatever hash; null where nobody remembers. */
  readonly knownJobs: ReadonlySet<string> | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A person moves the label and says why: a freeze does not stop that. */
  readonly byHand: boolean;
}

/** Returns `sha256:` of the canonical criteria, which ties a verdict and a plan to what was asked. */
export function criteriaDigest(criteria: Criteria): string {
  return `sha256:${createHash('sha256').update(canonicalJson(criteria)).digest('hex')}`;
}

/**
 * Returns whether a hash may be promoted, with a reason for every part of the criteria. Pure.
 *
 * A failed, a running and a missing job are told apart, and a job that nobody has ever seen vote. Nothing required, or
 * nothing tested, is never a yes. A waiver counts only where the answer needs it, and never in place of everything.
 */
export function decide(question: Question): Verdict {
  const { fullHash, criteria, now } = question;
  const active = question.policy.filter(({ expires }) => now < expires);
  const forbidding = active.flatMap((entry) => forbids(entry, question.byHand));
  const waivers = active.filter((entry) => entry.kind === 'waiver');
  const judged = judgeCriteria(question, waivers);
  const needed = judged.answer === 'yes' ? withoutSuperfluous(question, waivers) : waivers;
  const { answer, reasons } = needed.length === waivers.length ? judged : judgeCriteria(question, needed);
  const used = new Set(reasons.flatMap(({ waiver }) => waiver ?? []));
  return {
    answer: forbidding.length > 0 ? 'no' : answer,
    fullHash,
    reasons: [...forbidding, ...reasons],
    criteriaDigest: criteriaDigest(criteria),
    waivers: [...used].sort(),
    votes: namedVotes(question),
  };
}

/** Returns a reason that is no part of the criteria, with nothing but a text unless more is given. */
export function reasonOf(
  kind: Reason['kind'],
  path: string,
  met: boolean,
  text: string,
  more?: Partial<Reason>,
): Reason {
  return { kind, path, met, job: null, state: null, url: null, waiver: null, text, ...more };
}

function forbids(entry: PolicyEntry, byHand: boolean): readonly Reason[] {
  if (entry.kind === 'waiver' || (entry.kind === 'freeze' && byHand)) return [];
  const until = formatExpiry(entry.expires);
  const text =
    entry.kind === 'hold'
      ? `held by ${entry.owner} until ${until}: ${entry.reason}`
      : `${entry.label} is frozen by ${entry.owner} until ${until} and moves by hand only: ${entry.reason}`;
  return [reasonOf(entry.kind, entry.id, false, text, { url: entry.bug })];
}

interface Judged {
  readonly answer: Verdict['answer'];
  readonly reasons: readonly Reason[];
}

/** A waiver is used where the answer needs it: what a later reader sees is what really was left out. */
function withoutSuperfluous(question: Question, waivers: readonly Waiver[]): readonly Waiver[] {
  return waivers.reduce<readonly Waiver[]>((kept, waiver) => {
    const others = kept.filter((other) => other !== waiver);
    return judgeCriteria(question, others).answer === 'yes' ? others : kept;
  }, waivers);
}

function judgeCriteria({ criteria, votes, knownJobs }: Question, waivers: readonly Waiver[]): Judged {
  if (criteria === 'none') {
    const text = 'no criteria: the configuration says `criteria: none`';
    return { answer: 'yes', reasons: [reasonOf('criteria', 'criteria', true, text)] };
  }
  if (criteria.allOf.length === 0) {
    const text = 'the criteria are empty, and empty criteria never promote';
    return { answer: 'no', reasons: [reasonOf('criteria', 'all-of', false, text)] };
  }
  const states = readJobStates(votes, criteria.votes ?? 'any-success', knownJobs);
  const bench: Bench = { states, known: knownJobs, waivers: new Map(waivers.map((waiver) => [waiver.job, waiver])) };
  const judged = criteria.allOf.map((part, index) => judge(part, `all-of[${index}]`, bench));
  const reasons = judged.flatMap((part) => part.reasons);
  const evidence = evidenceOf(criteria.minimumJobs, states, reasons);
  const all = [...judged, ...evidence];
  return {
    answer: worst(all.map(({ answer }) => answer)),
    reasons: [
      ...reasons,
      ...evidence.flatMap((part) => part.reasons),
      ...criteria.informing.flatMap((job, index) => informing(job, `informing[${index}]`, states)),
    ],
  };
}

function worst(answers: readonly Verdict['answer'][]): Verdict['answer'] {
  return answers.includes('no') ? 'no' : answers.includes('waiting') ? 'waiting' : 'yes';
}

/** What a criterion is held against. */
interface Bench {
  readonly states: JobStates;
  readonly known: ReadonlySet<string> | null;
  readonly waivers: ReadonlyMap<string, Waiver>;
}

function judge(part: Criterion, path: string, bench: Bench): Judged {
  if (typeof part === 'string') return judgeJob(part, path, bench);
  if ('matching' in part) return judgeMatching(part, path, bench);
  const [name, needed, members] =
    'allOf' in part
      ? ['all-of', part.allOf.length, part.allOf]
      : 'anyOf' in part
        ? ['any-of', 1, part.anyOf]
        : ['at-least', part.atLeast, part.of];
  const judged = members.map((member, index) => judge(member, `${path}.${name}[${index}]`, bench));
  return judgeGroup(path, needed, judged, { isEmpty: members.length === 0, of: `${members.length}` });
}

function judgeJob(job: string, path: string, { states, waivers }: Bench): Judged {
  const { state, url, words } = states.of(job);
  const facts = { job, state, url };
  const waiver = state === 'success' ? undefined : waivers.get(job);
  if (waiver !== undefined) {
    const until = formatExpiry(waiver.expires);
    const text = `${job} ${words}; waived by ${waiver.owner} until ${until}: ${waiver.reason} (${waiver.bug ?? waiver.id})`;
    return { answer: 'yes', reasons: [reasonOf('job', path, true, text, { ...facts, waiver: waiver.id })] };
  }
  const answer = state === 'success' ? 'yes' : state === 'failure' ? 'no' : 'waiting';
  return { answer, reasons: [reasonOf('job', path, answer === 'yes', `${job} ${words}`, facts)] };
}

/** Jobs that a pattern means: those that voted, those that somebody saw voting before, and those that are waived. */
export function jobsMatching(pattern: string, voted: readonly string[], known: Iterable<string>): readonly string[] {
  return [...new Set([...voted, ...[...known].sort()])].filter((job) => matchesJob(pattern, job));
}

function judgeMatching(
  { matching, atLeast }: Extract<Criterion, { matching: string }>,
  path: string,
  bench: Bench,
): Judged {
  const jobs = jobsMatching(matching, bench.states.voted, [...(bench.known ?? []), ...bench.waivers.keys()]);
  const judged = jobs.map((job) => judgeJob(job, `${path}.matching[${job}]`, bench));
  const group = judgeGroup(path, atLeast, judged, { isEmpty: false, of: `${jobs.length} jobs like ${matching}` });
  // Jobs that nobody has heard of yet may match too: without a failure nothing is lost.
  const isOpen = group.answer === 'no' && !judged.some(({ answer }) => answer === 'no');
  return isOpen ? { ...group, answer: 'waiting' } : group;
}

function judgeGroup(
  path: string,
  needed: number,
  judged: readonly Judged[],
  { isEmpty, of }: { readonly isEmpty: boolean; readonly of: string },
): Judged {
  const met = judged.filter((member) => member.answer === 'yes').length;
  const open = judged.filter((member) => member.answer === 'waiting').length;
  const answer = isEmpty ? 'no' : met >= needed ? 'yes' : met + open >= needed ? 'waiting' : 'no';
  const lost = answer === 'no' && judged.some((member) => member.answer === 'no') ? ', and too few can still come' : '';
  const text = isEmpty
    ? 'this group of criteria is empty, and empty criteria never promote'
    : `${met} of ${of} succeeded, ${needed} needed${lost}`;
  return {
    answer,
    reasons: [reasonOf('group', path, answer === 'yes', text), ...judged.flatMap((member) => member.reasons)],
  };
}

/** Whether enough was tested at all, said only where somebody asked for it or it is not so. */
function evidenceOf(minimumJobs: number | undefined, states: JobStates, reasons: readonly Reason[]): readonly Judged[] {
  const evidence: Judged[] = [];
  if (minimumJobs !== undefined) {
    const finished = states.voted.filter((job) => states.of(job).hasFinished).length;
    const isMet = finished >= minimumJobs;
    const text = `${finished} different jobs have finished, ${minimumJobs} needed`;
    evidence.push({
      answer: isMet ? 'yes' : 'waiting',
      reasons: [reasonOf('evidence', 'minimum-jobs', isMet, text)],
    });
  }
  const isWaived = reasons.some(({ waiver }) => waiver !== null);
  if (isWaived && !reasons.some(({ kind, state }) => kind === 'job' && state === 'success')) {
    const text = 'nothing succeeded: waivers cannot stand for every test';
    evidence.push({ answer: 'waiting', reasons: [reasonOf('evidence', 'all-of', false, text)] });
  }
  return evidence;
}

function informing(job: Informing, path: string, states: JobStates): readonly Reason[] {
  const line = (name: string, at: string): Reason => {
    const { state, url, words }: JobSeen = states.of(name);
    return reasonOf('informing', at, true, `${name}: ${words} (informing only)`, { job: name, state, url });
  };
  if (typeof job === 'string') return [line(job, path)];
  return states.voted.filter((name) => matchesJob(job.matching, name)).map((name) => line(name, `${path}[${name}]`));
}

/** The votes of the jobs that the criteria name or mean. */
function namedVotes({ criteria, votes }: Question): readonly Vote[] {
  if (criteria === 'none') return [];
  const { names, patterns } = jobsOf(criteria);
  return votes.filter(({ job }) => names.has(job) || patterns.some((pattern) => matchesJob(pattern, job)));
}

/** Returns the jobs that criteria name and the patterns in them; informing ones too. */
export function jobsOf(criteria: Criteria): {
  readonly names: ReadonlySet<string>;
  readonly patterns: readonly string[];
} {
  const names = new Set<string>();
  const patterns: string[] = [];
  const walk = (part: Criterion | Informing): void => {
    if (typeof part === 'string') names.add(part);
    else if ('matching' in part) patterns.push(part.matching);
    else for (const member of 'allOf' in part ? part.allOf : 'anyOf' in part ? part.anyOf : part.of) walk(member);
  };
  if (criteria !== 'none') for (const part of [...criteria.allOf, ...criteria.informing]) walk(part);
  return { names, patterns };
}

/** Returns why a verdict is not yes, as one text: what forbids first, then the open jobs, then anything else. */
export function whyNot({ reasons }: Verdict): string {
  const open = reasons.filter(({ met }) => !met);
  const forbidding = open.filter(({ kind }) => kind === 'hold' || kind === 'freeze');
  const jobs = open.filter(({ job }) => job !== null);
  const said = forbidding.length > 0 ? forbidding : jobs.length > 0 ? jobs : open.slice(0, 1);
  return said.length === 0 ? 'no reason' : said.map(({ text }) => text).join('; ');
}
