import { createHash } from 'node:crypto';
import type { ArtifactSet, Criteria, FullHash, Label, PolicyEntry, PromotionMode, Verdict, Vote } from '@tagflow/model';
import { HandOffError } from './error.ts';
import { refuseInternalStatement } from './hidden.ts';
import type { PromotionRecollection } from './recollection.ts';

/**
 * Returns what a promotion's statement says of how the label came to the set, after checking that it is about them.
 * @param text an in-toto statement, as promote-symlink writes it
 * @param set what of it the receiver may see
 * @param hidden names of images that it may not see; null: it may see everything
 * @throws HandOffError `bad-request` for one about another hash or label, or about other content of the set, and for one
 *   that names what the receiver may not see
 */
export function readStatement(
  text: string,
  hash: FullHash,
  label: Label | null,
  set: ArtifactSet,
  hidden: readonly string[] | null,
): PromotionRecollection {
  const statement = fieldsOf(parseJson(text));
  const predicate = fieldsOf(statement['predicate']);
  const wanted = { toHash: hash, ...(label === null ? {} : { label }) };
  for (const [key, value] of Object.entries(wanted)) {
    if (predicate[key] === value) continue;
    const said = typeof predicate[key] === 'string' ? `it says ${predicate[key]}` : 'it does not say';
    throw refused(`the statement is not about ${value}: its predicate.${key} has to be that, and ${said}`);
  }
  const subjects = subjectsOf(statement['subject']);
  checkSubjects(subjects, set);
  if (hidden !== null) refuseInternalStatement(subjects, predicate, set, hidden);
  const verdict = verdictOf(predicate['verdict']);
  return {
    promotion: {
      source: 'statement',
      id: textOf(predicate['promotionId']),
      mode: textOf(predicate['mode']) as PromotionMode | null,
      version: typeof predicate['version'] === 'number' ? predicate['version'] : null,
      promotedAt: textOf(predicate['finishedAt']),
      actor: textOf(predicate['actor']),
      reason: textOf(predicate['reason']),
      planDigest: textOf(predicate['planDigest']),
      statementDigest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    },
    verdict,
    criteria: (predicate['criteria'] ?? null) as Criteria | null,
    votes: verdict?.votes ?? null,
    waivers: listOf<PolicyEntry>(predicate['waivers']),
    internal: [],
  };
}

interface Subject {
  readonly name: unknown;
  readonly digest: Readonly<Record<string, unknown>>;
}

function subjectsOf(subject: unknown): readonly Subject[] {
  return (listOf(subject) ?? []).map((item) => {
    const { name, digest } = fieldsOf(item);
    return { name, digest: fieldsOf(digest) };
  });
}

function checkSubjects(subjects: readonly Subject[], { containers, images }: ArtifactSet): void {
  const said = new Map(subjects.map(({ name, digest }) => [name, digest['sha256']]));
  const known = [
    ...containers.map(({ name, digest }) => [name, digest.slice('sha256:'.length)] as const),
    ...images.map(({ name, sha256 }) => [name, sha256] as const),
  ];
  for (const [name, sha256] of known) {
    const other = said.get(name);
    if (typeof other === 'string' && other !== sha256)
      throw refused(`the statement is about other content: ${name} is ${other} there, and ${sha256} in the set`);
  }
}

function verdictOf(data: unknown): Verdict | null {
  const { answer, reasons, criteriaDigest, votes } = fieldsOf(data);
  if (typeof answer !== 'string' || typeof criteriaDigest !== 'string' || listOf(reasons) === null) return null;
  return { ...(data as Verdict), votes: listOf<Vote>(votes) ?? [] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('the statement is not JSON', cause);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function listOf<Item = unknown>(value: unknown): readonly Item[] | null {
  return Array.isArray(value) ? (value as readonly Item[]) : null;
}

function refused(message: string, cause?: unknown): HandOffError {
  return new HandOffError('bad-request', message, {
    cause,
    next: 'Take the statement of the promotion that moved the label to this hash, or give none.',
  });
}
