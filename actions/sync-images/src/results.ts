import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import { type FileReport, formatFileLine, formatFileTable } from '@tagflow/images';
import { type ArtifactSet, formatSet } from '@tagflow/model';
import type { Opener } from './places.ts';
import type { Settings } from './settings.ts';

export type Result = ActionResult<'set' | 'files' | 'previous' | 'bytes-moved' | 'bytes-saved'>;

/** Does what a mode says with one pair of places. */
export type Run = (
  settings: Settings,
  pair: Settings['pairs'][number],
  open: Opener,
  context: ActionContext,
) => Promise<Result>;

export function planned(message: string): Result {
  return { outcome: 'planned', outputs: {}, message };
}

interface Report {
  readonly set: ArtifactSet;
  /** Those of the set that the place may hold; absent: all. */
  readonly images?: ArtifactSet['images'];
  /** What became of each file, where any could travel. */
  readonly table?: readonly FileReport[];
  readonly changed: boolean;
  readonly bytesMoved: number;
  readonly bytesSaved: number;
  readonly files: string;
  readonly previous?: string | null;
}

/** Returns the result of work that is over, with its set written. */
export async function done(context: ActionContext, report: Report): Promise<Result> {
  const path = join(context.outDir, 'set.json');
  await writeFile(path, formatSet(report.set));
  for (const file of report.changed ? (report.table ?? []) : []) context.log.info(formatFileLine(file));
  return {
    outcome: report.changed ? 'done' : 'nothing-to-do',
    ...(report.table === undefined ? {} : { summary: formatFileTable(report.table) }),
    message: `${(report.images ?? report.set.images).map(({ name }) => name).join(', ')} in ${report.files}`,
    outputs: {
      set: path,
      files: report.files,
      'bytes-moved': String(report.bytesMoved),
      'bytes-saved': String(report.bytesSaved),
      ...(report.previous === undefined ? {} : { previous: report.previous ?? '' }),
    },
  };
}
