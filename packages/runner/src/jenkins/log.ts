import { decoded } from '../ci-system/decoded.ts';
import { type CiRequests, refusedStatus } from '../ci-system/requests.ts';
import type { LogSink } from '../remote-ci.ts';

interface Reading {
  readonly from: number;
  readonly sink: LogSink;
  readonly signal: AbortSignal;
}

/** The same place in a log, as we count and as Jenkins does. */
interface Place {
  readonly characters: number;
  readonly bytes: number;
}

const start: Place = { characters: 0, bytes: 0 };

/**
 * Returns what gives the log of a build from a character on. Jenkins counts bytes, and with them notes that are in its
 * file and not in the text; only its answer (X-Text-Size) tells where it ends, so that is remembered for the next time.
 */
export function createProgressiveLog(
  requests: CiRequests,
  name: string,
): (build: string, reading: Reading) => Promise<number> {
  const places = new Map<string, Place>();
  return async (build, { from, sink, signal }) => {
    const last = places.get(build) ?? start;
    // A reader who begins anew, or whose last answer broke off before its end, is given what it has not.
    const known = last.characters <= from ? last : start;
    const url = `${build}/logText/progressiveText?start=${known.bytes}`;
    const text = decoded(sink, from - known.characters);
    const answer = await requests.receive({ url, headers: { Accept: 'text/plain' } }, text.take, signal);
    // Before its first line, and after its log was deleted, there is none.
    if (answer.status === 404) return from;
    if (answer.status !== 200) throw refusedStatus(name, `GET ${build}/logText`, answer.status, '');
    await text.end();
    const characters = known.characters + text.characters();
    const size = answer.headers['x-text-size'] ?? '';
    if (/^\d{1,15}$/.test(size)) places.set(build, { characters, bytes: Number(size) });
    return Math.max(from, characters);
  };
}
