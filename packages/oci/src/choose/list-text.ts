import { OciError } from '../error.ts';
import type { NamePattern } from '../reference.ts';
import { type ListedContainer, listedContainers, listedNames } from './container-list.ts';
import { type ExpectedTags, refuseOtherBuild } from './other-build.ts';
import { type Named, oncePerName } from './wanted.ts';

/** A list that was read. */
export interface ListText {
  readonly text: string;
  /** What to call it in reasons: a file's name. */
  readonly title: string;
  /** What to call it in errors: a path or an address. */
  readonly where: string;
}

/**
 * Returns the containers of a list in any of its forms: lines ({@link listedContainers}), a JSON list of names, or
 * tripleo-common's YAML.
 * @throws OciError `bad-list`, also for the list of another build; `empty-list`
 */
export async function readListText(list: ListText, pattern: NamePattern, expected: ExpectedTags): Promise<Named> {
  const { text, title, where } = list;
  if (isHtml(text)) throw bad(where, 'it is an HTML page: a login or an error page, not a list of containers');
  if (/^container_images(?:_template)?[ \t]*:/m.test(text)) {
    const { parseTripleoList } = await import('./tripleo-list.ts');
    return parseTripleoList(text, title);
  }
  const json = /^[\s\uFEFF]*[[{]/.test(text) ? parseNames(text, where) : null;
  const listed = json === null ? listedContainers(text, pattern, where) : listedNames(json, pattern, where);
  return namedOf(listed, expected, where, (place) => `${title} ${json === null ? 'line' : 'item'} ${place}`);
}

/** Returns the containers that are named in an input itself. */
export function readNames(names: readonly string[], pattern: NamePattern, expected: ExpectedTags): Named {
  return namedOf(listedNames(names, pattern, 'containers'), expected, 'containers', () => 'containers');
}

/** Tells whether a text is an HTML page, which servers and proxies like to send with status 200. */
export function isHtml(text: string): boolean {
  return /^[\s\uFEFF]*<(?:!doctype|html|head|body|\?xml)/i.test(text.slice(0, 4096));
}

function namedOf(
  listed: readonly ListedContainer[],
  expected: ExpectedTags,
  where: string,
  whyAt: (place: number) => string,
): Named {
  refuseOtherBuild(listed, expected, where);
  return { wanted: oncePerName(listed.map(({ name, place }) => ({ name, why: whyAt(place) }))), excluded: [] };
}

function parseNames(text: string, where: string): readonly string[] {
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw bad(where, 'it begins like JSON and is none');
  }
  if (Array.isArray(data) && data.every((item) => typeof item === 'string')) return data as readonly string[];
  throw bad(where, 'it is JSON, and no list of names; a set.json is given as set');
}

function bad(where: string, why: string): OciError {
  return new OciError('bad-list', `${where}: ${why}`, {
    outcome: 'invalid',
    next: 'Give containers-built.log, a list with one name a line, or a JSON list of names.',
  });
}
