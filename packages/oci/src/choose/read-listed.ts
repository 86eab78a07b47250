import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Api } from '@tagflow/http';
import { messageOf } from '@tagflow/model';
import { OciError } from '../error.ts';
import type { NamePattern } from '../reference.ts';
import { fetchList, largestList } from './fetch-list.ts';
import { type ListText, readListText, readNames } from './list-text.ts';
import type { ExpectedTags } from './other-build.ts';
import type { Named } from './wanted.ts';

/**
 * Returns the containers of the input `containers`: names, or the path or address of one list.
 * @throws OciError `bad-list`, `empty-list`, `not-found`, `bad-reference`, `unexpected-answer`
 */
export async function readListed(
  listed: readonly string[],
  pattern: NamePattern,
  expected: ExpectedTags,
  api: Api,
): Promise<Named> {
  const [only] = listed.length === 1 ? listed : [];
  const list = only === undefined ? null : await readOne(only, api);
  return list === null ? readNames(listed, pattern, expected) : readListText(list, pattern, expected);
}

/** Returns the list that a word stands for; null when the word is a name. */
async function readOne(word: string, api: Api): Promise<ListText | null> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return fetchList(api, word);
  const text = await readIfFile(word);
  if (text !== null) return { text, title: basename(word), where: word };
  if (/^[./~]|\.(?:log|txt|list|json|ya?ml)$/.test(word)) {
    throw new OciError('bad-list', `containers: the file ${word} is not there`, {
      outcome: 'invalid',
      next: 'Give the list that the build of the containers left, or their names.',
    });
  }
  return null;
}

async function readIfFile(path: string): Promise<string | null> {
  const found = await stat(path).catch((cause: unknown) => {
    const code: unknown = Object(cause).code;
    // Everything else says that there is no such file, as it is with most names of containers.
    if (code === 'EACCES' || code === 'EPERM') throw unreadable(path, code, cause);
    return null;
  });
  if (found?.isFile() !== true) return null;
  if (found.size > largestList) throw unreadable(path, `it has ${found.size} bytes; a list has at most ${largestList}`);
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, messageOf(cause), cause);
  });
}

function unreadable(path: string, why: string, cause?: unknown): OciError {
  return new OciError('bad-list', `containers: the file ${path} cannot be read: ${why}`, {
    outcome: 'invalid',
    cause,
    next: 'Give the list that the build of the containers left, or their names.',
  });
}
