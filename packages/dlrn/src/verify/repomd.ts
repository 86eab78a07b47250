import { excerptOf, isHtml } from '../answer.ts';
import { DlrnError } from '../error.ts';
import { type Attributes, readXml } from './xml.ts';

/** A checksum as the metadata of a repository writes it. */
export interface Sum {
  /** As Node calls the algorithm. */
  readonly algorithm: string;
  /** Lower case. */
  readonly hex: string;
}

/** One file that a `repomd.xml` lists. */
export interface DataFile {
  /** Such as `primary` or `filelists_db`. */
  readonly type: string;
  readonly href: string;
  /** `xml:base`; null where there is none. */
  readonly base: string | null;
  readonly sum: Sum;
  /** Bytes; null where it is not said. */
  readonly size: number | null;
  /** Of what it holds when it is decompressed; null where it is not said, as in the next. */
  readonly openSum: Sum | null;
  readonly openSize: number | null;
}

/** By the names that createrepo and createrepo_c write, `sha` being the old one of sha1; and the digits of each. */
const algorithms: Readonly<Record<string, readonly [name: string, digits: number]>> = {
  sha: ['sha1', 40],
  sha1: ['sha1', 40],
  sha224: ['sha224', 56],
  sha256: ['sha256', 64],
  sha384: ['sha384', 96],
  sha512: ['sha512', 128],
};
const mostFiles = 100;

/**
 * Returns the files that a `repomd.xml` lists, in its order and at least one.
 * @param where the URL, for messages
 * @throws DlrnError `unexpected-answer`
 */
export async function parseRepomd(content: Buffer, where: string): Promise<readonly DataFile[]> {
  const text = content.toString('utf8');
  if (isHtml(text) && !/<repomd[\s>]/.test(text)) throw bad(where, `is an HTML page (${excerptOf(text)})`);
  const files: DataFile[] = [];
  let fields: Map<string, { readonly text: string; readonly attributes: Attributes }> | null = null;
  let type = '';
  const attributesAt: Attributes[] = [];
  await readXml(once(content), where, {
    open(name, attributes, depth) {
      attributesAt[depth] = attributes;
      if (depth === 1 && name !== 'repomd') throw bad(where, `is no repomd.xml: it begins with <${name}>`);
      if (depth !== 2 || name !== 'data') return;
      fields = new Map();
      type = attributes['type'] ?? '';
    },
    close(name, text, depth) {
      if (depth === 3) fields?.set(name, { text: text.trim(), attributes: attributesAt[depth] ?? {} });
      if (depth !== 2 || name !== 'data' || fields === null) return;
      if (files.length === mostFiles) throw bad(where, `lists more than ${mostFiles} files`);
      files.push(dataFileOf(type, fields, where));
      fields = null;
    },
  });
  if (files.length === 0) throw bad(where, 'lists no files');
  return files;
}

function dataFileOf(
  type: string,
  fields: ReadonlyMap<string, { readonly text: string; readonly attributes: Attributes }>,
  where: string,
): DataFile {
  const what = `${where}: ${type || 'a file without a type'}`;
  const location = fields.get('location')?.attributes;
  const checksum = fields.get('checksum');
  const open = fields.get('open-checksum');
  if (location?.['href'] === undefined) throw bad(what, 'has no location');
  if (checksum === undefined) throw bad(what, 'has no checksum');
  return {
    type,
    href: location['href'],
    base: location['xml:base'] ?? null,
    sum: parseSum(checksum.attributes['type'], checksum.text, what),
    size: countOf(fields.get('size')?.text, `${what}: size`),
    openSum: open === undefined ? null : parseSum(open.attributes['type'], open.text, what),
    openSize: countOf(fields.get('open-size')?.text, `${what}: open-size`),
  };
}

/**
 * Returns a checksum of metadata.
 * @throws DlrnError `unexpected-answer` for an algorithm that is not known, and for a text that is no digest of it
 */
export function parseSum(type: string | undefined, text: string, where: string): Sum {
  const known = type !== undefined && Object.hasOwn(algorithms, type) ? algorithms[type] : undefined;
  if (known === undefined) {
    const names = Object.keys(algorithms).join(', ');
    throw bad(where, `has a checksum of the type ${JSON.stringify(type ?? '')}; known are ${names}`);
  }
  const [algorithm, digits] = known;
  const hex = text.trim().toLowerCase();
  if (hex.length === digits && /^[0-9a-f]+$/.test(hex)) return { algorithm, hex };
  throw bad(where, `has the checksum ${excerptOf(text)}, expected the ${digits} hex digits of ${type}`);
}

function countOf(text: string | undefined, where: string): number | null {
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw bad(where, `is ${excerptOf(text)}, expected a number of bytes`);
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

function bad(where: string, why: string): DlrnError {
  return new DlrnError('unexpected-answer', `${where} ${why}`);
}
