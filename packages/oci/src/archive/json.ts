import { type ArchiveFiles, badArchive, readSmall } from './archive-files.ts';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns a JSON file of an archive, or null when it is not there.
 * @param limit bytes
 * @throws OciError `bad-archive`
 */
export async function readJson(files: ArchiveFiles, path: string, limit: number): Promise<unknown> {
  const file = await files.find(path);
  if (file === null) return null;
  return parseJson(await readSmall(file, limit, `${files.title}: ${path}`), `${files.title}: ${path}`);
}

/** @throws OciError `bad-archive` */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw badArchive(`${where} is not JSON`, cause);
  }
}

/** @throws OciError `bad-archive` */
export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badArchive(`${where} is not an object`);
  return value as Fields;
}

/** @throws OciError `bad-archive` */
export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badArchive(`${where} is not a list`);
  return value;
}

/** Returns a list of texts; Go writes `null` for an empty one. */
export function textsOf(value: unknown, where: string): readonly string[] {
  return listOf(value ?? [], where).map((item) => {
    if (typeof item !== 'string') throw badArchive(`${where} holds something that is no text`);
    return item;
  });
}
