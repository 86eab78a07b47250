import { type FullHash, isAggregate, isFullHash } from '@tagflow/model';
import type { Complaint } from './complaints.ts';
import { entries, get, isThere, items, text, type View } from './view.ts';

/** The lists of a policy file, by their keys. */
const policyLists = ['waivers', 'holds', 'freezes'] as const;

/** How the ids of what a rollback leaves begin. */
const rollbackPrefix = 'rollback-';

/** Checks what the parts of one policy file say of each other. */
export function checkPolicyFile(file: View): readonly Complaint[] {
  return policyLists.flatMap((list) =>
    items(get(file, list))
      .filter((entry) => entries(entry).length > 0)
      .flatMap((entry) => [
        ...(list === 'freezes' ? [] : checkHashes(entry, list === 'waivers')),
        ...(list === 'waivers' ? [] : checkBug(entry)),
      ]),
  );
}

/** Returns the places of all ids of a policy file. */
export function idsOf(file: View): readonly View[] {
  return policyLists.flatMap((list) => items(get(file, list)).map((entry) => get(entry, 'id')));
}

function checkHashes(entry: View, isWaiver: boolean): readonly Complaint[] {
  const [hash, from, to] = [get(entry, 'hash'), get(entry, 'from'), get(entry, 'to')];
  const forms = `hash: FULLHASH${isWaiver ? ', hash: any' : ''}, or from: FULLHASH and, where it has an end, to: FULLHASH`;
  if (hash.value !== undefined) {
    return [from, to]
      .filter(({ value }) => value !== undefined)
      .map(({ path }) => ({
        path,
        message: `stands beside hash, and only one of them can be meant; allowed: ${forms}`,
      }));
  }
  if (from.value !== undefined) return checkKinds(text(from), to);
  return isThere(to)
    ? [{ path: to.path, message: `is the end of a range that begins nowhere; add from: FULLHASH` }]
    : [{ path: entry.path, message: `does not say which hashes are meant; allowed: ${forms}` }];
}

function checkKinds(from: string | null, to: View): readonly Complaint[] {
  const end = text(to);
  if (from === null || end === null || !isFullHash(from) || !isFullHash(end)) return [];
  if (isAggregate(from) === isAggregate(end)) return [];
  const kind = (hash: FullHash): string => (isAggregate(hash) ? 'an aggregate' : 'a build');
  const message = `is ${kind(end)}, and from is ${kind(from)}: no label names both, so nothing lies between them`;
  return [{ path: to.path, message }];
}

// Nobody had the time to open a ticket when a rollback left it. A person who writes one has.
function checkBug(entry: View): readonly Complaint[] {
  const id = text(get(entry, 'id'));
  if (get(entry, 'bug').value !== undefined || id?.startsWith(rollbackPrefix) === true) return [];
  const message = `is missing: a URL, or a ticket such as rhbz#123; only what a rollback left (its id begins with ${rollbackPrefix}) may lack it`;
  return [{ path: get(entry, 'bug').path, message }];
}
