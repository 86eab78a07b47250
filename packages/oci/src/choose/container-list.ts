import { isContainerName } from '@tagflow/model';
import { OciError } from '../error.ts';
import type { NamePattern } from '../reference.ts';

/** One container as a list names it. */
export interface ListedContainer {
  /** Bare. */
  readonly name: string;
  /** Null where the list has none. */
  readonly tag: string | null;
  /** From 1: the line, or the place among items. */
  readonly place: number;
}

interface Item {
  readonly text: string;
  /** What stands in the column after it. */
  readonly second?: string | undefined;
  readonly place: number;
}

const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Returns the containers of a list, in its order. A line is a name, or a name with its tag, as `containers-built.log`
 * has them: `openstack-base 4d5f…`, or the lines of `buildah images`, which is how tripleo-ci's build-containers role
 * writes that file. A registry, a namespace, a tag after ":" and the prefix of the pattern are taken off the name.
 * Empty lines and what follows "#" do not count.
 * @param where what to call the list in an error
 * @throws OciError `bad-list` naming every line that is none of this; `empty-list`
 */
export function listedContainers(text: string, pattern: NamePattern, where: string): readonly ListedContainer[] {
  // A byte order mark is white space to trim().
  const items = text.split(/\r\n?|\n/).flatMap((line, index): readonly Item[] => {
    const [said = ''] = line.split('#', 1);
    const [first = '', second] = said.trim().split(/\s+/, 2);
    const isHeader = first === 'REPOSITORY' && second === 'TAG';
    return first === '' || isHeader ? [] : [{ text: first, second, place: index + 1 }];
  });
  return readItems(items, pattern, where);
}

/** As {@link listedContainers}, of names that are apart already. */
export function listedNames(names: readonly string[], pattern: NamePattern, where: string): readonly ListedContainer[] {
  const items = names.map((text, index) => ({ text, place: index + 1 })).filter(({ text }) => text !== '');
  return readItems(items, pattern, where);
}

function readItems(items: readonly Item[], pattern: NamePattern, where: string): readonly ListedContainer[] {
  const wrong: string[] = [];
  const listed: ListedContainer[] = [];
  for (const { text, second, place } of items) {
    const [named = ''] = text.split('@', 1);
    const [repository = '', ownTag] = (named.split('/').at(-1) ?? '').split(':', 2);
    const name = pattern.parse(repository) ?? repository;
    // An image that lost its tags is `<none>`, which is no tag.
    const tag = [ownTag, second].find((word) => word !== undefined && tagForm.test(word)) ?? null;
    if (isContainerName(name)) listed.push({ name, tag, place });
    else wrong.push(text);
  }
  if (wrong.length > 0) {
    const shown = wrong.slice(0, 5).map((item) => JSON.stringify(item.slice(0, 80)));
    throw new OciError(
      'bad-list',
      `${where}: ${shown.join(', ')}${wrong.length > 5 ? ', …' : ''}: not names of containers`,
      {
        outcome: 'invalid',
        next: 'One container a line, such as "heat-api" or "openstack-heat-api <tag>".',
      },
    );
  }
  if (listed.length === 0) throw emptyList(where);
  return listed;
}

/** Returns the error for a list that holds nothing. */
export function emptyList(where: string): OciError {
  return new OciError('empty-list', `${where} names no container: an empty set is never promoted`, {
    outcome: 'invalid',
    next: 'Look at the job that built the containers: its list should not be empty.',
  });
}
