import { excerptOf } from '../answer.ts';
import { DlrnError } from '../error.ts';
import { parseSum, type Sum } from './repomd.ts';
import { type Attributes, readXml } from './xml.ts';

/** One package file of a repository. */
export interface PackageFile {
  readonly name: string;
  readonly href: string;
  /** `xml:base`; null where there is none. */
  readonly base: string | null;
  /** Bytes. */
  readonly size: number;
  readonly sum: Sum;
}

/** Fedora has 70 000. */
const mostPackages = 200_000;

/**
 * Returns the packages that a `primary.xml` lists, in its order and at least one.
 * @param where the URL, for messages
 * @throws DlrnError `unexpected-answer` also for another number of packages than the file says itself
 */
export async function readPrimary(pieces: AsyncIterable<Uint8Array>, where: string): Promise<readonly PackageFile[]> {
  const packages: PackageFile[] = [];
  let said: string | undefined;
  let name = '';
  let sum: Sum | null = null;
  let size: string | undefined;
  let location: Attributes = {};
  let checksumType: string | undefined;
  await readXml(pieces, where, {
    open(element, attributes, depth) {
      if (depth === 1) {
        if (element !== 'metadata') throw bad(where, `is no primary.xml: it begins with <${element}>`);
        said = attributes['packages'];
      } else if (depth === 2) {
        name = '';
        sum = null;
        size = undefined;
        location = {};
      } else if (depth === 3) {
        if (element === 'checksum') checksumType = attributes['type'];
        if (element === 'size') size = attributes['package'];
        if (element === 'location') location = attributes;
      }
    },
    close(element, text, depth) {
      if (depth === 3 && element === 'name') name = text.trim().slice(0, 200);
      if (depth === 3 && element === 'checksum') sum = parseSum(checksumType, text, `${where}: package ${name}`);
      if (depth !== 2 || element !== 'package') return;
      if (packages.length === mostPackages) throw bad(where, `lists more than ${mostPackages} packages`);
      const { href, 'xml:base': base = null } = location;
      const missing = href === undefined ? 'location' : sum === null ? 'checksum' : null;
      if (href === undefined || sum === null) throw bad(where, `package ${excerptOf(name)} has no ${missing}`);
      if (size === undefined || !/^\d{1,15}$/.test(size)) throw bad(where, `package ${excerptOf(name)} has no size`);
      packages.push({ name, href, base, size: Number(size), sum });
    },
  });
  if (said !== undefined && said !== String(packages.length)) {
    throw bad(where, `says that it lists ${excerptOf(said)} packages, and lists ${packages.length}`);
  }
  if (packages.length === 0) throw bad(where, 'lists no packages: the repository is empty');
  return packages;
}

function bad(where: string, why: string): DlrnError {
  return new DlrnError('unexpected-answer', `${where} ${why}`);
}
