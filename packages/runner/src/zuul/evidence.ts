import type { CiRequests } from '../ci-system/requests.ts';
import { refusedStatus } from '../ci-system/requests.ts';
import { elements, member, textOf } from '../ci-system/values.ts';

/** What a build itself tells of the hash that it tested. */
export interface Evidence {
  /** `ours`: it names our hash and no other one. */
  readonly about: 'ours' | 'another' | 'several' | 'nothing';
  /** Such as `its inventory names the full hash …`. */
  readonly words: string;
}

// As jobs print, export and dump it: FULL_HASH=…, full_hash: …, "tagflow_full_hash": "…", also escaped within JSON. A
// name that only ends like this (previous_full_hash) is about something else.
const naming =
  /(?<![\w-])(?:tagflow[-_]|dlrn[-_])?full[-_]?hash[\\"'\s]{0,8}[=:][\\"'\s]{0,8}([0-9a-f][0-9a-f_]{31,99})/gi;
/** So much of a piece is read again with the next one: twice what that expression can match. */
const overlap = 512;

/** Collects the full hashes that a text names, which may come in pieces. */
export function hashesNamed(): { take(text: string): void; readonly found: ReadonlySet<string> } {
  const found = new Set<string>();
  let rest = '';
  // Where what is read again begins in the middle, the word before it is not seen; but it was seen the last time.
  let blind = 0;
  return {
    found,
    take: (text) => {
      const whole = rest + text;
      for (const match of whole.matchAll(naming)) {
        // What ends with the piece may go on in the next one; a log ends with a line end.
        const isCut = match.index + match[0].length === whole.length;
        if (match[1] !== undefined && !isCut && match.index >= blind) found.add(match[1].toLowerCase());
      }
      rest = whole.slice(-overlap);
      blind = rest.length < whole.length || blind > 0 ? overlap / 2 : 0;
    },
  };
}

/** Returns what the names that were found somewhere tell. */
function judge(found: ReadonlySet<string>, hash: string, where: string): Evidence {
  if (found.size === 0) return { about: 'nothing', words: `${where} names no full hash` };
  if (!found.has(hash)) return { about: 'another', words: `${where} names the full hash ${[...found].join(', ')}` };
  if (found.size > 1)
    return { about: 'several', words: `${where} names several full hashes: ${[...found].join(', ')}` };
  return { about: 'ours', words: `${where} names the full hash ${hash}` };
}

/** Returns what the metadata of a build's artifacts (zuul_return) tells. */
export function evidenceOfArtifacts(build: unknown, hash: string): Evidence {
  const found = elements(member(build, 'artifacts')).flatMap((artifact) => {
    const metadata = member(artifact, 'metadata');
    if (typeof metadata !== 'object' || metadata === null) return [];
    return Object.entries(metadata).flatMap(([name, value]: [string, unknown]) =>
      /^(?:tagflow[-_]|dlrn[-_])?full[-_]?hash$/i.test(name) && typeof value === 'string' ? [value.toLowerCase()] : [],
    );
  });
  return judge(new Set(found), hash, 'the metadata of its artifacts');
}

/** Returns what the inventory tells that a build's variables were written to; a build without one tells nothing. */
export async function evidenceOfInventory(
  requests: CiRequests,
  build: unknown,
  hash: string,
  signal: AbortSignal,
): Promise<Evidence> {
  return evidenceOfFile(requests, logFileUrl(build, 'zuul-info/inventory.yaml'), 'its inventory', hash, signal);
}

/**
 * Returns what a build tells of the hash that it tested: its artifacts' metadata, else its inventory, else its log, the
 * first of them that names any.
 */
export async function evidenceOf(
  requests: CiRequests,
  build: unknown,
  hash: string,
  signal: AbortSignal,
): Promise<Evidence> {
  const told = evidenceOfArtifacts(build, hash);
  if (told.about !== 'nothing') return told;
  const inventory = await evidenceOfInventory(requests, build, hash, signal);
  if (inventory.about !== 'nothing') return inventory;
  const log = await evidenceOfFile(requests, logFileUrl(build, 'job-output.txt'), 'its log', hash, signal);
  return log.about === 'nothing' ? { ...log, words: 'nothing of it names a full hash' } : log;
}

/** Returns the URL of a file of a build's logs; null while it has none, and for one that is no http URL. */
export function logFileUrl(build: unknown, file: string): string | null {
  const url = URL.parse(file, `${textOf(member(build, 'log_url'))?.replace(/\/?$/, '/') ?? ''}`);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : null;
}

async function evidenceOfFile(
  requests: CiRequests,
  url: string | null,
  where: string,
  hash: string,
  signal: AbortSignal,
): Promise<Evidence> {
  const named = hashesNamed();
  if (url === null) return judge(named.found, hash, where);
  const decoder = new TextDecoder();
  const take = (piece: Uint8Array): void => named.take(decoder.decode(piece, { stream: true }));
  const { status } = await requests.receive({ url }, take, signal);
  named.take('\n');
  // Not there is an answer; a server of logs that is down tells nothing yet.
  if (status === 200 || (status >= 400 && status < 500 && status !== 408 && status !== 429)) {
    return judge(named.found, hash, where);
  }
  throw refusedStatus('the server of the logs', `GET ${url}`, status, '');
}
