import { redactUrl } from '@tagflow/http';
import type { CommitBuild, Effects, Label } from '@tagflow/model';
import { blockingFiles, temporaryNames } from './blocking-files.ts';
import type { DlrnClient } from './client.ts';
import { DlrnError } from './error.ts';
import { hashChanged } from './hash-changed.ts';
import { placeOf } from './label-place.ts';
import type { LabelMove } from './label-state.ts';
import { readBuilds } from './read-builds.ts';
import { isUnclear, mayStillRun } from './requests.ts';
import type { RepositoryTree } from './tree.ts';
import { waitForLabel, type Whereabouts } from './whereabouts.ts';

export interface PromoteWork {
  readonly client: DlrnClient;
  readonly tree: RepositoryTree;
  readonly effects: Pick<Effects, 'clock' | 'log' | 'signal'>;
  /** What to call the place in an error. */
  readonly name: string;
  /** Called right before every write; rejects when it must not happen. */
  readonly before: () => Promise<void>;
}

const attempts = 3;
// How long a label is waited for, in milliseconds. A server that has answered is done, but for caches; behind a gateway
// that gave up it may work on for some seconds.
const delaysAfterAnswer = [200, 500, 1000, 2000];
const delaysWithoutAnswer = [250, 500, 1000, 2000, 4000];

/**
 * Gives a hash a label and reads it back, through the API and in the tree. A 5xx or a time-out says nothing of what
 * happened, so the label is looked up for some seconds before anything is said; promoting again is safe (DLRN adds a
 * second row), and is done only while the label is where the plan saw it, or where it should go.
 * A promotion that stays half-way is taken back by promoting the old set: DLRN fails at that as well, and yet moves the
 * links, which are read back.
 * @throws DlrnError `not-promoted` when the label is where it was, `unclear` when it is, and the server may still be at
 * work, `half-promoted` when it is neither here nor there or cannot be read, `hash-changed`, and DLRN's own refusal.
 */
export async function promoteHash(move: LabelMove, work: PromoteWork): Promise<void> {
  const { log } = work.effects;
  /** The first attempt that may have been carried out, and the first that the server may still be working on. */
  let unclear: DlrnError | null = null;
  let pending: DlrnError | null = null;
  for (let attempt = 1; ; attempt += 1) {
    await refuseStrangers(move, work, attempt > 1);
    await work.before();
    const failure = await send(move, work.client);
    const isFinal = failure === null || !isUnclear(failure);
    if (isFinal && failure !== null && unclear === null) throw failure;
    if (!isFinal) {
      unclear ??= failure;
      if (mayStillRun(failure)) pending ??= failure;
    }

    const hasAnswered = failure === null || !mayStillRun(failure);
    const delays = hasAnswered ? delaysAfterAnswer : delaysWithoutAnswer;
    const seen = await lookAgain(move, work, { wanted: 'there', delays }, failure);
    if (seen.state === 'there') {
      if (failure !== null)
        log.warning(`${failure.message}; the label ${move.label} names ${move.to.fullHash} all the same`);
      return;
    }
    if (seen.state === 'elsewhere') throw overtaken(move, seen.facts, failure, work.name);
    if (failure === null) {
      const done = 'DLRN said that it was done';
      if (seen.state === 'back') throw halfPromoted(move, `${done}, and nothing moved`, null);
      throw await takeBack(move, seen.facts, new DlrnError('unexpected-answer', `${done}, and it was not`), work);
    }
    if (isFinal || attempt === attempts) {
      if (seen.state === 'between' && pending === null) throw await takeBack(move, seen.facts, failure, work);
      throw giveUp(move, seen, failure, pending, work);
    }
    log.warning(`${failure.message}; promoting again`);
  }
}

/** Returns why DLRN did not say that it was done. */
async function send(
  { label, to }: { readonly label: Label; readonly to: { readonly builds: readonly CommitBuild[] } },
  client: DlrnClient,
): Promise<DlrnError | null> {
  const { builds } = to;
  const [only] = builds;
  try {
    await (builds.length === 1 && only !== undefined
      ? client.promote(only, label)
      : client.promoteBatch(builds, label));
    return null;
  } catch (error) {
    if (error instanceof DlrnError) return error;
    throw error;
  }
}

/** Seconds may have gone by since the label was looked at: nobody else's promotion is written over. */
async function refuseStrangers(move: LabelMove, work: PromoteWork, hasWritten: boolean): Promise<void> {
  const { tree, name } = work;
  const place = placeOf(move.component);
  const now = await tree.readLabel(move.label, { ...place, retry: false }).catch((cause: unknown) => {
    throw hasWritten ? halfPromoted(move, 'where the label is cannot be read', cause) : cause;
  });
  const from = move.from?.fullHash ?? null;
  // A label that is gone is nobody's: DLRN removes a link before it makes the new one.
  if (now === null || now === from || now === move.to.fullHash) return;
  throw hashChanged(name, { label: move.label, from }, now, hasWritten ? 'half-done' : 'failed');
}

function overtaken(move: LabelMove, facts: string, cause: DlrnError | null, name: string): DlrnError {
  return new DlrnError(
    'hash-changed',
    `${name}: somebody else promotes to ${move.label} at the same time: ${facts}, the plan saw ${move.from?.fullHash ?? 'nothing'}` +
      (cause === null ? '' : `; before that, ${cause.message}`),
    { cause, outcome: 'half-done', next: 'Find out who else promotes; then run promote-symlink with mode resume.' },
  );
}

async function lookAgain(
  move: LabelMove,
  { client, tree, effects }: PromoteWork,
  wait: Parameters<typeof waitForLabel>[4],
  error: DlrnError | null,
): Promise<Whereabouts> {
  try {
    return await waitForLabel(client, tree, move, effects, wait);
  } catch (cause) {
    throw halfPromoted(
      move,
      `${error?.message ?? 'DLRN took the promotion'}, and where the label is cannot be read`,
      cause,
    );
  }
}

/** Returns the error that a promotion ends with which DLRN carried out in part, after promoting the old set. */
async function takeBack(move: LabelMove, facts: string, cause: DlrnError, work: PromoteWork): Promise<DlrnError> {
  const { label, from, to } = move;
  const { client, tree, effects } = work;
  const files = await blockingFiles(tree, move).catch(() => []);
  // A label that did not exist cannot be taken away.
  if (from === null) return halfPromoted(move, facts, cause, files);
  const place = placeOf(move.component);
  const old = await readBuilds(client, tree, from.fullHash, { ...place, labels: [label] }).catch(() => null);
  if (old === null) return halfPromoted(move, `${facts}; the builds of ${from.fullHash} are gone`, cause, files);
  effects.log.warning(`${cause.message}; ${facts}: promoting ${from.fullHash} to ${label} again`);
  try {
    await work.before();
  } catch (refusal) {
    return halfPromoted(move, `${facts}; it could not be taken back`, refusal, files);
  }
  const failure = await send({ label, to: old }, client);
  if (failure !== null) effects.log.info(`as expected: ${failure.message}`);
  const seen = await lookAgain(move, work, { wanted: 'back', delays: delaysAfterAnswer }, failure);
  if (seen.state === 'elsewhere') return overtaken(move, seen.facts, cause, work.name);
  if (seen.state !== 'back') {
    const now = seen.state === 'between' ? seen.facts : facts;
    return halfPromoted(move, `${now}, after ${from.fullHash} was promoted again`, cause, files);
  }
  return new DlrnError(
    'not-promoted',
    `${to.fullHash} was promoted to ${label} in part and taken back, so that it names ${from.fullHash} as before: ${cause.message}`,
    {
      cause,
      next:
        files.length === 0
          ? lookFor(label)
          : `Delete ${files.join(' and ')} on the DLRN server: until then every promotion of ${label} fails.`,
    },
  );
}

/** What to do where nothing is to be seen over HTTP, as of a link that leads nowhere. */
function lookFor(label: Label): string {
  const names = temporaryNames.map((name) => `${label}/${name}`).join(', ');
  return (
    `Look into the log of the DLRN API; on the DLRN server one of ${names} may be left over, or a folder stand where ` +
    `component/<name>/${label} should be a link: delete it, then try again.`
  );
}

function giveUp(
  move: LabelMove,
  seen: Whereabouts,
  cause: DlrnError,
  pending: DlrnError | null,
  { client, tree }: PromoteWork,
): DlrnError {
  if ('facts' in seen) return halfPromoted(move, seen.facts, cause);
  const before = `${move.label}, which names ${move.from?.fullHash ?? 'nothing'} as before`;
  if (pending === null) {
    const next = lookFor(move.label);
    return new DlrnError('not-promoted', `${move.to.fullHash} was not promoted to ${before}: ${cause.message}`, {
      cause,
      outcome: cause.outcome,
      next,
    });
  }
  return new DlrnError(
    'unclear',
    `nobody can say whether DLRN at ${client.apiUrl} still promotes ${move.to.fullHash} to ${before}: ${pending.message}` +
      (cause.message === pending.message ? '' : `; in the end: ${cause.message}`),
    {
      cause,
      outcome: 'half-done',
      next:
        `When the server has come to rest, look at what ${redactUrl(tree.reposUrl)}/…/${move.label} names and at ` +
        `${client.apiUrl}/api/promotions?promote_name=${move.label}; then run promote-symlink with mode resume.`,
    },
  );
}

function halfPromoted(move: LabelMove, facts: string, cause: unknown, files: readonly string[] = []): DlrnError {
  return new DlrnError(
    'half-promoted',
    `${move.to.fullHash} is promoted to ${move.label} in part, or not yet visibly: ${facts}`,
    {
      cause,
      outcome: 'half-done',
      next:
        files.length === 0
          ? `Run promote-symlink with mode resume. When it ends like this again: ${lookFor(move.label)}`
          : `Delete ${files.join(' and ')} on the DLRN server, which makes every promotion of ${move.label} fail, and ` +
            'then run promote-symlink with mode resume.',
    },
  );
}
