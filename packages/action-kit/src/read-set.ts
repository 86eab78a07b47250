import { type ArtifactSet, mergeSets, messageOf, parsePlan, parseSet } from '@tagflow/model';
import { KitError } from './errors.ts';

/**
 * Returns what the inputs `set` and `plan` say of a set, merged into one; null when neither is given.
 * @throws KitError `invalid-inputs` for a file that cannot be read; ParseError for one that is not what it should be,
 *   or that contradicts another
 */
export async function readSetInputs(given: {
  /** Paths of set.json files, or of parts of one. */
  readonly set: readonly string[];
  /** The path of a plan. */
  readonly plan?: string | undefined;
}): Promise<ArtifactSet | null> {
  const parts = await Promise.all(given.set.map(async (path) => parseSet(await readInput('set', path), path)));
  if (given.plan !== undefined) parts.push(parsePlan(await readInput('plan', given.plan), given.plan).set);
  return parts.length === 0 ? null : mergeSets(parts);
}

async function readInput(input: string, path: string): Promise<string> {
  try {
    // Taken when there is something to read: its loading would be a part of every start.
    return await process.getBuiltinModule('node:fs/promises').readFile(path, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw new KitError('invalid-inputs', [`input "${input}": ${path} cannot be read: ${why}`], {
      outcome: 'invalid',
      cause,
    });
  }
}
