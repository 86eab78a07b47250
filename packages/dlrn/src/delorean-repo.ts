import { withoutEndSlash } from '@tagflow/http';
import { refuseHtml } from './answer.ts';
import { DlrnError } from './error.ts';

/** One yum repository of a `delorean.repo`: of a single build, or one for each component of an aggregate. */
export interface RepoSection {
  /** `delorean`, or `delorean-component-<name>`. */
  readonly id: string;
  /** The URL of a build's directory, without a slash at the end, as the server that built it calls itself. */
  readonly baseurl: string;
}

/**
 * Returns the sections of a `delorean.repo`, in the order of the file and at least one.
 * @param where the URL or file, for messages
 * @throws DlrnError `unexpected-answer` for HTML, an empty file, a line that is no ini, a section without `baseurl`.
 */
export function parseDeloreanRepo(text: string, where: string): readonly RepoSection[] {
  const sections: { id: string; baseurl: string | null }[] = [];
  for (const [index, raw] of refuseHtml(text, where, 'a delorean.repo').split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const id = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (id !== undefined) {
      sections.push({ id, baseurl: null });
      continue;
    }
    const section = sections.at(-1);
    const equals = line.indexOf('=');
    if (section === undefined || equals < 1) {
      throw new DlrnError(
        'unexpected-answer',
        `${where}, line ${index + 1}: ${JSON.stringify(line.slice(0, 200))} is not part of a delorean.repo`,
      );
    }
    if (line.slice(0, equals).trim() === 'baseurl') section.baseurl = withoutEndSlash(line.slice(equals + 1).trim());
  }
  if (sections.length === 0)
    throw new DlrnError('unexpected-answer', `${where} has no sections, expected a delorean.repo`);
  return sections.map(({ id, baseurl }) => {
    if (baseurl === null || baseurl === '') {
      throw new DlrnError('unexpected-answer', `${where}: section [${id}] has no baseurl`);
    }
    return { id, baseurl };
  });
}
