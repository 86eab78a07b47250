import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatJunit } from './junit.ts';
import { formatResults, type TestResults } from './results.ts';

/** Writes the results into the folder, as results.json and as junit.xml, and returns the two paths. */
export async function writeResults(
  folder: string,
  results: TestResults,
): Promise<{ readonly results: string; readonly junit: string }> {
  const files = { results: join(folder, 'results.json'), junit: join(folder, 'junit.xml') };
  await writeFile(files.results, formatResults(results));
  await writeFile(files.junit, formatJunit(results));
  return files;
}
