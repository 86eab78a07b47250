import type { ArtifactSet, FullHash, Log } from '@tagflow/model';
import { HandOffError } from './error.ts';
import type { PromotionRecollection } from './recollection.ts';

/** Returns the names of the images of a set that only insiders may know. */
export function internalNames({ images }: Pick<ArtifactSet, 'images'>): readonly string[] {
  return images.filter(({ visibility }) => visibility === 'internal').map(({ name }) => name);
}

/**
 * Returns what is remembered of a promotion without the parts that name something internal: a reason or a waiver may.
 * What was left out is null, as what nobody knows, and is told.
 */
export function withoutInternal(
  recalled: PromotionRecollection,
  names: readonly string[],
  log: Pick<Log, 'warning'>,
): PromotionRecollection {
  const { promotion } = recalled;
  const isClean = (value: unknown): boolean => namesAmong(names, value).length === 0;
  const parts = Object.entries({ reason: promotion?.reason ?? null, ...factsOf(recalled) });
  const left = parts.filter(([, value]) => !isClean(value)).map(([name]) => name);
  if (left.length === 0) return recalled;
  log.warning(
    `${left.join(', ')} of the promotion left out: visibility is public, and internal images are named there`,
  );
  const keep = <Value>(name: string, value: Value): Value | null => (left.includes(name) ? null : value);
  return {
    ...recalled,
    promotion: promotion === null ? null : { ...promotion, reason: keep('reason', promotion.reason) },
    verdict: keep('verdict', recalled.verdict),
    criteria: keep('criteria', recalled.criteria),
    votes: keep('votes', recalled.votes),
    waivers: keep('waivers', recalled.waivers),
  };
}

function factsOf({ verdict, criteria, votes, waivers }: PromotionRecollection) {
  // What the verdict rests on is told as votes.
  return { verdict: verdict === null ? null : { ...verdict, votes: null }, criteria, votes, waivers };
}

/**
 * Refuses a statement that names what a public receiver may not know. Nothing is cut out of it: it would be
 * another one.
 * @param subjects those of the statement
 * @param predicate what it says of them
 * @param set what the receiver may see
 * @param internal names of images that only insiders may know
 * @throws HandOffError `bad-request`
 */
export function refuseInternalStatement(
  subjects: readonly { readonly name: unknown; readonly digest: Readonly<Record<string, unknown>> }[],
  predicate: unknown,
  set: ArtifactSet,
  internal: readonly string[],
): void {
  const visible = new Set([...set.containers, ...set.images].map(({ name }) => name));
  const outside = subjects
    .filter(({ name, digest }) => !visible.has(String(name)) && !isRepository(digest, set.fullHash))
    .map(({ name }) => String(name));
  const said = namesAmong([...internal, ...outside], predicate);
  const names = [...new Set([...outside, ...said])];
  if (names.length === 0) return;
  throw new HandOffError(
    'bad-request',
    `input "statement": visibility is public, and it names what is not in the public set: ${names.join(', ')}`,
    { next: 'Leave the input statement out, or say visibility: internal where the receiver may know of it.' },
  );
}

function isRepository(digest: Readonly<Record<string, unknown>>, hash: FullHash): boolean {
  return Object.keys(digest).join() === 'dlrnHash' && digest['dlrnHash'] === hash;
}

function namesAmong(names: readonly string[], value: unknown): readonly string[] {
  const text = JSON.stringify(value) ?? '';
  return names.filter((name) => new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w-])`).test(text));
}
