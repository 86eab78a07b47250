import { writeFile } from 'node:fs/promises';
import { type ArtifactSet, formatSet, type FullHash } from '@tagflow/model';
import { FeaturesetError } from './error.ts';

/**
 * Writes a set for the command of a job and returns the file's path; undefined when there is no set.
 * @throws FeaturesetError `bad-set` for one that is of another hash than the tested one.
 */
export async function writeSetFile(
  set: ArtifactSet | null,
  fullHash: FullHash,
  target: string,
): Promise<string | undefined> {
  if (set === null) return undefined;
  if (set.fullHash !== fullHash) {
    throw new FeaturesetError('bad-set', `input "set" is of the hash ${set.fullHash}, but full-hash is ${fullHash}`);
  }
  await writeFile(target, formatSet(set));
  return target;
}
