import type { Report } from './api-votes.ts';

// What the columns of DLRN's database hold: more is cut off there, or ends as a 500.
const longest = { job: 255, 'log-url': 1024, notes: 65_535 } as const;

/** Returns one sentence for each part of a report that DLRN could not record as it is, named as inputs are. */
export function reportProblems({ job, url, notes = '' }: Pick<Report, 'job' | 'url' | 'notes'>): readonly string[] {
  const lengths = [
    ['job', [...job].length, 'characters'],
    ['log-url', [...url].length, 'characters'],
    ['notes', Buffer.byteLength(notes), 'bytes'],
  ] as const;
  // Criteria name jobs, and pages list them: what cannot be seen makes two names of one.
  const isHidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(job);
  const name = JSON.stringify(job.slice(0, 80));
  return [
    ...(isHidden ? [`input "job": ${name} holds a line end or another character that cannot be seen`] : []),
    ...lengths
      .filter(([input, length]) => length > longest[input])
      .map(([input, length, unit]) => `input "${input}" has ${length} ${unit}: DLRN keeps ${longest[input]}`),
  ];
}
