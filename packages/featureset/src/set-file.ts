import { readFile, writeFile } from 'node:fs/promises';
import { type ArtifactSet, formatSet, type FullHash, mergeSets, parseSet, TagflowError } from '@tagflow/model';
import { FeaturesetError } from './error.ts';

/**
 * Merges set files into one and returns its path, for the command of a job; undefined when there are none to merge.
 * @throws FeaturesetError `bad-set` for a file that cannot be read, or that is of another hash than the tested one.
 */
export async function writeMergedSet(
  paths: readonly string[],
  fullHash: FullHash,
  target: string,
): Promise<string | undefined> {
  if (paths.length === 0) return undefined;
  const set = mergeSets(await Promise.all(paths.map(readSet)));
  if (set.fullHash !== fullHash) {
    throw new FeaturesetError('bad-set', `input "set" is of the hash ${set.fullHash}, but full-hash is ${fullHash}`);
  }
  await writeFile(target, formatSet(set));
  return target;
}

async function readSet(path: string): Promise<ArtifactSet> {
  try {
    return parseSet(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof TagflowError) throw error;
    throw new FeaturesetError('bad-set', `input "set": ${path} cannot be read`, { cause: error });
  }
}
