import { stringify } from 'yaml';
import { type CommentedJob, sortComments } from './comments.ts';
import type { Draft } from './draft.ts';
import type { Finding } from './finding.ts';
import { itemsOf, textOf } from './old-tree.ts';
import type { WrittenPhase } from './to-phases.ts';

/** A job that a comment took out of the criteria of a label. */
export interface OldWaiver extends CommentedJob {
  readonly file: string;
  readonly phase: string;
  readonly label: string;
  readonly component: string | null;
}

/** Tells of the comments among the criteria, and returns the jobs that they took out. */
export function tellComments(draft: Draft, phases: readonly WrittenPhase[], findings: Finding[]): readonly OldWaiver[] {
  return phases.flatMap(({ name, target }) => {
    const { file, first, last } = target.comments;
    const document = draft.layers.documents.find((each) => each.name === file);
    const own = (document?.comments ?? []).filter(({ line }) => line > first && line <= last);
    const { jobs, notes } = sortComments(own);
    const required = new Set(target.jobs.map((node) => textOf(node) ?? String(node.path.at(-1))));
    const standsIn = target.alternatives?.line ?? Infinity;
    const tell = (kind: 'waiver' | 'note', line: number, value: string, why: string, todo: string): void =>
      void findings.push({ kind, file, line, key: `${target.to}`, value, why, todo });
    for (const { line, text } of notes) {
      const isAnyOf = /at least (?:one|1)|any of|one of|either/i.test(text);
      const why = isAnyOf ? 'a rule that the old form could not say' : 'a comment among the criteria';
      tell(
        'note',
        line,
        text,
        why,
        isAnyOf ? 'Say it: a group of any-of in all-of.' : 'Copy it to tagflow.yaml if it still holds.',
      );
    }
    const waivers: OldWaiver[] = [];
    for (const job of jobs) {
      if (required.has(job.job) || waivers.some((other) => other.job === job.job)) {
        tell('note', job.line, job.text, `${job.job} is in the criteria, or commented out, a second time`, '');
      } else if (job.line > standsIn && itemsOf(target.alternatives).length === 0) {
        tell(
          'note',
          job.line,
          job.text,
          'an alternative that was commented out',
          'Add it under alternatives if it is wanted.',
        );
      } else {
        const why = job.reason === '' ? 'commented out, and nothing says why' : `commented out: ${job.reason}`;
        tell(
          'waiver',
          job.line,
          job.job,
          why,
          'Require it again, with the waiver that is proposed while it has to wait; or leave it out for good.',
        );
        waivers.push({ ...job, file, phase: name, label: target.to, component: target.component });
      }
    }
    return waivers;
  });
}

/**
 * Returns a file for the policy folder with an entry for each, all as comments: who has to act, why, and until when,
 * is a person's to say. Null where there is none.
 */
export function proposePolicy(waivers: readonly OldWaiver[], release: string): string | null {
  if (waivers.length === 0) return null;
  const entries = waivers.map((waiver) => {
    const { job, label, component, file, line, reason, bug } = waiver;
    const entry = {
      ...{ id: `old-${component ?? label}-${job}`.slice(0, 128), job, hash: 'any', label, release },
      ...(component === null ? {} : { component }),
    };
    const lines = [
      ...stringify(entry, { lineWidth: 0 }).trimEnd().split('\n'),
      'owner: # who has to act',
      `bug: ${bug ?? '# where it is worked on'}`,
      `reason: ${reason === '' ? '# why' : JSON.stringify(reason)}`,
      'expires: # a day: then the job counts again by itself',
    ];
    return [`# ${file}:${line}`, ...lines.map((text, index) => `# ${index === 0 ? '- ' : '  '}${text}`)].join('\n');
  });
  return [
    '# Jobs that comments had taken out of the criteria, each as the waiver that it was. None of them is in force: name the job',
    '# under all-of in tagflow.yaml again, take the "#" away here, and fill in what is empty.',
    '',
    'waivers:',
    ...entries.map((text) => `\n${text}`),
    '',
  ].join('\n');
}
