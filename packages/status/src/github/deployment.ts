import type { PromotionFacts, Told } from './facts.ts';
import { type GithubPort, member, textMember } from './port.ts';
import { oneLine } from './text.ts';

/** Tells our deployments from those that GitHub makes for jobs, whose task is `deploy`. */
const task = 'promote';
/** How many of an environment's newest deployments are looked through. */
const mostOfOurs = 300;
const mostOfJobs = 20;

/**
 * Shows a promotion as a deployment of the environment that stands for the label; needs `deployments: write`.
 *
 * | The promotion | Its deployment |
 * | --- | --- |
 * | done | `success` |
 * | half-done | `error`; `success` follows when it was resumed |
 * | failed after it began to write | `failure` |
 * | any other | none: nothing was brought anywhere. A blocked verdict is no failed deployment |
 *
 * GitHub makes a deployment by itself for a job with `environment:`, whose statuses link to the run. Where exactly one of
 * this run could be that of the promotion, it gets our status; else there is one of our own, because two releases of one
 * run may share an environment, and nothing tells their jobs apart. A promotion that was told before is known by its id,
 * in the payload of ours and at the beginning of what our statuses say.
 *
 * Several releases may share an environment, so `auto_inactive` is off: a promotion of one must not end what the
 * others have there. The deployment of ours that came before, of the same label and release, is made inactive instead.
 */
export async function tellDeployment(facts: PromotionFacts, port: GithubPort): Promise<Told> {
  const { environment, commit, promotionId, runId, logPage, environmentUrl, outcome } = facts;
  const nothing = (text: string): Told => ({ did: 'nothing', text: `no deployment: ${text}`, url: null });
  const state = stateOf(facts);
  if (state === null) return nothing(`the outcome is ${outcome ?? 'that it did not come to it'}`);
  if (commit === null) return nothing('nobody said of which commit');
  const id = promotionId ?? (runId === null ? null : `of run ${runId}`);
  if (id === null) return nothing('neither the promotion nor the run has an id');

  const mark = `promotion ${id}: `;
  const what = `${facts.release} ${facts.label} ${facts.fullHash ?? ''}`;
  const description = oneLine(`${mark}${what}${outcome === 'done' ? '' : `, ${outcome}: ${facts.reason}`}`);
  const payload = payloadOf(facts, id);
  const { own, before } = await findOurs(payload, environment, port);
  const found = own ?? (await findJobs(facts, mark, port));
  const text = `deployment of ${facts.fullHash ?? 'the hash'} in environment ${environment}: ${state}`;
  if (found !== null) {
    const statuses = await statusesOf(found.id, port);
    const isTold = statuses.some((each) => textMember(each, 'state') === state && describes(each, mark));
    if (isTold) return { did: 'known', text, url: found.url };
  }
  const made = found ?? (await create({ commit, environment, description: oneLine(`${mark}${what}`), payload }, port));
  await port.write('POST /deployments/{deployment_id}/statuses', {
    ...{ deployment_id: made.id, state, description, auto_inactive: false },
    ...(logPage === null ? {} : { log_url: logPage }),
    ...(environmentUrl === null ? {} : { environment_url: environmentUrl }),
  });
  if (state === 'success' && before !== null) await endEarlier(before, id, port);
  return { did: 'told', text, url: made.url };
}

function stateOf({ outcome, promotionId }: PromotionFacts): 'success' | 'failure' | 'error' | null {
  if (outcome === 'done') return 'success';
  if (outcome === 'half-done') return 'error';
  return outcome === 'failed' && promotionId !== null ? 'failure' : null;
}

interface Payload {
  readonly [name: string]: string | null;
}

function payloadOf(facts: PromotionFacts, id: string): Payload {
  const { release, label, component, fullHash, previousHash } = facts;
  return {
    ...{ release, label, component },
    ...{ 'full-hash': fullHash, 'previous-hash': previousHash, 'promotion-id': id },
  };
}

interface Deployment {
  /** Null only in a dry run. */
  readonly id: number | null;
  readonly url: string | null;
}

function deploymentOf(value: unknown): Deployment {
  const id = member(value, 'id');
  return { id: typeof id === 'number' ? id : null, url: textMember(value, 'url') || null };
}

/** Returns our deployment of this promotion, and the newest one of ours of an earlier promotion of the same label. */
async function findOurs(
  payload: Payload,
  environment: string,
  port: GithubPort,
): Promise<{ readonly own: Deployment | null; readonly before: Deployment | null }> {
  let own: Deployment | null = null;
  let before: Deployment | null = null;
  let seen = 0;
  for await (const each of port.list('GET /deployments', { environment, task })) {
    const theirs = readPayload(member(each, 'payload'));
    const isSame = (name: string): boolean => (member(theirs, name) ?? null) === payload[name];
    if (['release', 'label', 'component'].every(isSame)) {
      const isOwn = own === null && isSame('promotion-id');
      // What was newer than our own did not come before it.
      if (isOwn) [own, before] = [deploymentOf(each), null];
      else before ??= deploymentOf(each);
    }
    if (++seen >= mostOfOurs || (own !== null && before !== null)) break;
  }
  return { own, before };
}

/** What was sent as an object comes back as one; a GitHub of before may give it as a text. */
function readPayload(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return null;
  }
}

/** Returns the deployment that GitHub made for the job that promoted; null where there is none, or several. */
async function findJobs(facts: PromotionFacts, mark: string, port: GithubPort): Promise<Deployment | null> {
  const { environment, commit: sha, runId } = facts;
  if (runId === null) return null;
  const candidates: Deployment[] = [];
  let seen = 0;
  for await (const each of port.list('GET /deployments', { environment, sha, task: 'deploy' })) {
    const found = deploymentOf(each);
    const statuses = await statusesOf(found.id, port);
    const isOfRun = statuses.some((status) => namesRun(textMember(status, 'log_url'), runId));
    if (isOfRun) {
      if (statuses.some((status) => describes(status, mark))) return found;
      // What is queued, or waits for an approval, is the job of another release: ours has promoted.
      const hasBegun = statuses.some((status) => begun.includes(textMember(status, 'state')));
      if (hasBegun && !statuses.some((status) => describes(status, 'promotion '))) candidates.push(found);
    }
    if (++seen >= mostOfJobs) break;
  }
  const [only = null] = candidates;
  return candidates.length === 1 ? only : null;
}

const begun: readonly string[] = ['in_progress', 'success', 'failure', 'error'];

function namesRun(url: string, runId: string): boolean {
  const path = URL.parse(url)?.pathname ?? '';
  return path.endsWith(`/actions/runs/${runId}`) || path.includes(`/actions/runs/${runId}/`);
}

function describes(status: unknown, mark: string): boolean {
  return textMember(status, 'description').startsWith(mark);
}

/** Newest first. */
async function statusesOf(id: number | null, port: GithubPort): Promise<readonly unknown[]> {
  const statuses: unknown[] = [];
  const route = 'GET /deployments/{deployment_id}/statuses';
  for await (const status of port.list(route, { deployment_id: id })) statuses.push(status);
  return statuses;
}

interface NewDeployment {
  readonly commit: string;
  readonly environment: string;
  readonly description: string;
  readonly payload: Payload;
}

async function create({ commit, ...facts }: NewDeployment, port: GithubPort): Promise<Deployment> {
  // Nothing is merged for it, and no status of the commit stands in its way: least of all our own.
  const asked = { ...facts, ref: commit, task, auto_merge: false, required_contexts: [] };
  return deploymentOf(await port.write('POST /deployments', asked));
}

async function endEarlier({ id }: Deployment, by: string, port: GithubPort): Promise<void> {
  const [newest] = await statusesOf(id, port);
  if (textMember(newest, 'state') !== 'success') return;
  const description = oneLine(`${textMember(newest, 'description').split(', ')[0]}, until promotion ${by}`);
  await port.write('POST /deployments/{deployment_id}/statuses', { deployment_id: id, state: 'inactive', description });
}
