import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { messageOf } from '@tagflow/model';

export interface FoundReports {
  /** Paths relative to the folder, sorted, those of subunit before those of JUnit. */
  readonly files: readonly string[];
  /** Why a file that should be a report is not among them, each with its path. */
  readonly problems: readonly string[];
}

export interface FindLimits {
  readonly maxDepth: number;
  readonly maxFiles: number;
}

const reportName = /\.(?:xml|subunit)$/i;

/**
 * Finds the report files below a folder. No link is followed: a report may be anywhere on the machine then; one that
 * leads out of the folder is a problem, because whoever made it meant it to be read.
 */
export async function findReports(folder: string, { maxDepth, maxFiles }: FindLimits): Promise<FoundReports> {
  const files: string[] = [];
  const problems: string[] = [];
  const top = await realpath(folder).catch(() => null);
  if (top === null) return { files, problems };

  async function look(below: string, depth: number): Promise<void> {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
      problems.push(`${below === '' ? '.' : below}: the folder cannot be read: ${messageOf(error)}`);
      return [];
    });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth < maxDepth) await look(path, depth + 1);
        else problems.push(`${path}: it is more than ${maxDepth} folders deep, and not looked into`);
      } else if (reportName.test(entry.name)) {
        if (entry.isFile()) files.push(path);
        else if (!entry.isSymbolicLink()) problems.push(`${path}: it is no file`);
        else if (!(await leadsInside(path))) problems.push(`${path}: it is a link that leads out of the folder`);
      }
    }
  }

  async function leadsInside(path: string): Promise<boolean> {
    const target = await realpath(join(folder, path)).catch(() => null);
    return target?.startsWith(`${top}${sep}`) === true;
  }

  await look('', 0);
  if (files.length > maxFiles) {
    problems.push(`${files[maxFiles] ?? ''}: there are ${files.length} report files, and only ${maxFiles} are read`);
    files.length = maxFiles;
  }
  const isXml = (path: string): boolean => /\.xml$/i.test(path);
  return { files: [...files.filter((path) => !isXml(path)), ...files.filter(isXml)], problems };
}
