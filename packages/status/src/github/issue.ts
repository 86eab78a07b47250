import { StatusError } from '../error.ts';
import type { Redness } from '../redness.ts';
import { nameOfLabel, type PromotionFacts, type Told } from './facts.ts';
import { changedComment, greenComment, hasLine, issueText, markerOf } from './issue-text.ts';
import { type GithubPort, member, textMember } from './port.ts';

/** The issue label: only who may change issues can give it, so nobody else can pass something off as ours. */
const issueLabel = 'tagflow-red';
const reopenMs = 7 * 24 * 3_600_000;

/**
 * Keeps one issue open while a label is red; needs `issues: write`. It is made once, and known again by a line of its body
 * that nobody sees and by the label `tagflow-red`. Its text is written anew at each run; a comment, which sends mail, comes
 * only when the reason is another one. It is closed with a comment when the label is green, and opened again rather than
 * made twice where that was less than 7 days ago. Of two that two runs made at the same time the oldest stays.
 */
export async function tellIssue(facts: PromotionFacts, port: GithubPort): Promise<Told> {
  const { redness } = facts;
  if (redness === null) return nothing(`nobody knows how long ${nameOfLabel(facts)} stands`);
  try {
    return await keepIssue(facts, redness, port);
  } catch (error) {
    // That is how the repository is meant to be, and no reason to come back.
    if (error instanceof StatusError && error.code === 'github-off') return nothing('the repository has none');
    throw error;
  }
}

function nothing(why: string): Told {
  return { did: 'nothing', text: `no issue: ${why}`, url: null };
}

async function keepIssue(facts: PromotionFacts, redness: Redness, port: GithubPort): Promise<Told> {
  const name = nameOfLabel(facts);
  const open = await findIssues(facts, port, { state: 'open' });
  if (!redness.isRed) return close(facts, redness, open, port);

  const text = issueText(facts, redness);
  const [first = null] = open;
  if (first !== null) {
    await closeOthers(open, port);
    return refresh(first);
  }
  const since = new Date(facts.now - reopenMs).toISOString();
  const closed = (await findIssues(facts, port, { state: 'closed', since })).filter(
    ({ closedAt }) => closedAt >= facts.now - reopenMs,
  );
  const again = closed.at(-1);
  if (again !== undefined) {
    await port.write('PATCH /issues/{issue_number}', { issue_number: again.number, state: 'open', body: text.body });
    await comment(again, changedComment(facts, true), port);
    return { did: 'told', text: `issue of ${name}: open again`, url: again.url };
  }
  return make();

  async function refresh(issue: Issue): Promise<Told> {
    const { number, body, url } = issue;
    if (body === text.body) return { did: 'known', text: `issue of ${name} is open`, url };
    await port.write('PATCH /issues/{issue_number}', { issue_number: number, body: text.body });
    if (!hasLine(body, text.reasonMarker)) await comment(issue, changedComment(facts, false), port);
    return { did: 'told', text: `issue of ${name}: written anew`, url };
  }

  async function make(): Promise<Told> {
    await ensureLabel(port);
    const { title, body } = text;
    const made = issueOf(await port.write('POST /issues', { title, body, labels: [issueLabel] }));
    const told = (issue: Issue | null): Told => ({
      ...{ did: 'told', text: `issue of ${name}: opened` },
      url: issue?.url ?? null,
    });
    if (made === null) return told(null);
    if (!made.labels.includes(issueLabel)) return disown(made);
    // Another run may have looked at the same moment, and have found none either.
    const there = await findIssues(facts, port, { state: 'open' });
    await closeOthers(there, port);
    return told(there[0] ?? made);
  }

  /** GitHub leaves out the labels of whom it does not trust with them: nobody would find this one again. */
  async function disown({ number }: Issue): Promise<never> {
    const body = 'Opened by mistake: the token may not give it its label.';
    await port.write('PATCH /issues/{issue_number}', { issue_number: number, state: 'closed', body });
    throw new StatusError('github-refused', `the token may not give issues the label ${issueLabel}`, {
      next: 'Give the job the permission "issues: write".',
    });
  }
}

interface Issue {
  readonly number: number;
  readonly url: string | null;
  readonly body: string;
  readonly labels: readonly string[];
  /** Milliseconds since 1970; NaN of an open one. */
  readonly closedAt: number;
}

function issueOf(value: unknown): Issue | null {
  const number = member(value, 'number');
  if (typeof number !== 'number' || member(value, 'pull_request') !== undefined) return null;
  const labels = member(value, 'labels');
  return {
    ...{ number, url: textMember(value, 'html_url') || null, body: textMember(value, 'body') },
    labels: Array.isArray(labels) ? labels.map((label) => textMember(label, 'name')) : [],
    closedAt: Date.parse(textMember(value, 'closed_at')),
  };
}

/** Returns those of the label, the oldest first. */
async function findIssues(
  facts: PromotionFacts,
  port: GithubPort,
  which: Readonly<Record<string, string>>,
): Promise<readonly Issue[]> {
  const marker = markerOf(facts);
  const found: Issue[] = [];
  for await (const each of port.list('GET /issues', { ...which, labels: issueLabel })) {
    const issue = issueOf(each);
    if (issue !== null && hasLine(issue.body, marker)) found.push(issue);
  }
  return found.toSorted((a, b) => a.number - b.number);
}

async function close(facts: PromotionFacts, redness: Redness, open: readonly Issue[], port: GithubPort): Promise<Told> {
  const name = nameOfLabel(facts);
  const [first] = open;
  if (first === undefined) return nothing(`${name} is not red`);
  for (const issue of open) {
    await comment(issue, greenComment(facts, redness), port);
    const done = { issue_number: issue.number, state: 'closed', state_reason: 'completed' };
    await port.write('PATCH /issues/{issue_number}', done);
  }
  return { did: 'told', text: `issue of ${name}: closed`, url: first.url };
}

/** They lose the line by which they would be found: only the first one is opened again some day. */
async function closeOthers([first, ...others]: readonly Issue[], port: GithubPort): Promise<void> {
  for (const { number } of others) {
    const body = `The same as #${first?.number}, opened at the same time.`;
    const closed = { state: 'closed', state_reason: 'not_planned', body };
    await port.write('PATCH /issues/{issue_number}', { issue_number: number, ...closed });
  }
}

async function comment({ number }: Issue, body: string, port: GithubPort): Promise<void> {
  await port.write('POST /issues/{issue_number}/comments', { issue_number: number, body });
}

async function ensureLabel(port: GithubPort): Promise<void> {
  if ((await port.read('GET /labels/{name}', { name: issueLabel })) !== null) return;
  const description = 'A label that tagflow moves was not promoted for too long';
  try {
    await port.write('POST /labels', { name: issueLabel, color: 'b60205', description });
  } catch (error) {
    // Another run may have made it meanwhile.
    const isThere = (await port.read('GET /labels/{name}', { name: issueLabel })) !== null;
    if (!(error instanceof StatusError) || !isThere) throw error;
  }
}
