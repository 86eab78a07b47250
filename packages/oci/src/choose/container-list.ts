import { OciError } from '../error.ts';
import type { NamePattern } from '../reference.ts';

const bareName = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Returns the bare names of a list of containers, each once, sorted. A line is a name, or a name with its tag, as
 * `containers-built.log` has them: `openstack-base 4d5f…`; a registry, a namespace, a tag after ":" and the prefix of
 * the pattern are taken off. Empty lines and what follows "#" do not count.
 * @param where what to call the list in an error
 * @throws OciError `bad-list` naming every line that is none of this; `empty-list`
 */
export function parseContainerList(text: string, pattern: NamePattern, where: string): readonly string[] {
  return containerNames(
    text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/)[0] ?? []),
    pattern,
    where,
  );
}

/** As {@link parseContainerList}, of names that are apart already. */
export function containerNames(items: readonly string[], pattern: NamePattern, where: string): readonly string[] {
  const names = new Set<string>();
  const wrong: string[] = [];
  for (const item of items) {
    if (item === '') continue;
    const last = item.replace(/@.*/, '').split('/').at(-1) ?? '';
    const repository = last.replace(/:.*/, '');
    const name = pattern.parse(repository) ?? repository;
    if (bareName.test(name)) names.add(name);
    else wrong.push(item);
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
  if (names.size === 0) throw emptyList(where);
  return [...names].sort();
}

/**
 * Returns `names` without the excluded ones.
 * @throws OciError `empty-list` when nothing is left
 */
export function excludeContainers(
  names: readonly string[],
  excluded: readonly string[],
  pattern: NamePattern,
): readonly string[] {
  const out = new Set(excluded.map((name) => pattern.parse(name) ?? name));
  const left = names.filter((name) => !out.has(name));
  if (left.length === 0) throw emptyList(`the list of ${names.length} containers, all of which are excluded,`);
  return left;
}

function emptyList(where: string): OciError {
  return new OciError('empty-list', `${where} names no container: an empty set is never promoted`, {
    outcome: 'invalid',
    next: 'Look at the job that built the containers: its list should not be empty.',
  });
}
