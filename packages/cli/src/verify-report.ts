import { printable } from '@tagflow/action-kit';
import type { ArtifactSet, Check, FullHash } from '@tagflow/model';
import { leftOut } from '@tagflow/wiring';

/** Returns the line of one check. */
export function formatCheck(check: Check): string {
  return printable(`${check.ok ? 'ok  ' : 'FAIL'}  ${check.kind.padEnd(10)}  ${sentenceOf(check)}`).replaceAll(
    '\n',
    ' ',
  );
}

/** What is wrong names its address mostly itself. */
export function sentenceOf({ subject, detail }: Pick<Check, 'subject' | 'detail'>): string {
  return detail.includes(subject) ? detail : `${subject}: ${detail}`;
}

/** What was looked at, in one line. */
export function summarize(fullHash: FullHash, checks: readonly Check[]): string {
  const counts = (['repository', 'packages', 'container', 'image'] as const).flatMap((kind) => {
    const count = checks.filter((check) => check.kind === kind).length;
    return count === 0 ? [] : [`${kind} ${count}`];
  });
  const bytes = checks.reduce((sum, check) => sum + check.bytes, 0);
  const wrong = failuresOf(checks).length;
  const verdict = wrong === 0 ? 'all is right' : `${wrong} of ${checks.length} checks failed`;
  return `${fullHash}: ${verdict}; checks: ${counts.join(', ') || 'none'}; ${bytes} bytes read`;
}

/** Returns the checks that failed; when nothing but the set's own file was looked at, that is a failure, too. */
export function failuresOf(checks: readonly Check[]): readonly Check[] {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0 || checks.some(({ kind }) => kind !== 'set')) return failed;
  return [{ kind: 'set', subject: 'set', detail: 'nothing of it was looked at', ok: false, bytes: 0 }];
}

/** Returns a sentence for each part of a set that nobody looked at, so that a success is not taken for more than it is. */
export function formatLeftOut(set: ArtifactSet | null, where: Parameters<typeof leftOut>[1]): readonly string[] {
  if (set === null) return ['containers and images: not looked at, no set is known'];
  const { containers, images } = leftOut(set, where);
  const names = images.map(({ name }) => name).join(', ');
  const why = where.imagesAt.length === 0 ? 'no place is known' : 'they are internal, and every place is public';
  return [
    ...(containers.length === 0 ? [] : ['containers: not looked at, no place is known']),
    ...(images.length === 0 ? [] : [`images: not looked at, ${why}: ${names}`]),
  ];
}
