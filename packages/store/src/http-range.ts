import type { ReceivedHead, ReceiveResponse, Sink, Transfer } from '@tagflow/http';
import { StoreError } from './error.ts';
import { partOf, refusal, requireFile, sizeOf } from './http-answer.ts';
import { compareVersion, ifRangeOf } from './http-version.ts';
import type { FileRange } from './store.ts';

interface RangeRequest {
  readonly url: string;
  /** For errors. */
  readonly what: string;
  readonly range: FileRange;
}

/** Asked of every server for files: their bytes as they are. */
export const asTheyAre = { 'accept-encoding': 'identity' };

/** Gives a part of a file to a sink, as readRange of a Store says. Each request may be redirected somewhere else. */
export async function readHttpRange(
  transfer: Pick<Transfer, 'receive'>,
  { url, what, range }: RangeRequest,
  sink: Sink,
): Promise<void> {
  const end = range.offset + range.length;
  // A server may give less than it was asked for (RFC 9110, 15.3.7).
  for (let offset = range.offset; offset < end;) {
    offset += await readOnce(transfer, { url, what, range: { ...range, offset, length: end - offset } }, sink);
  }
}

/** Returns how many bytes came: at least one. */
async function readOnce(
  transfer: Pick<Transfer, 'receive'>,
  { url, what, range }: RangeRequest,
  sink: Sink,
): Promise<number> {
  const { offset, length, version } = range;
  const ifRange = version === undefined ? null : ifRangeOf(version);
  let expected = 0;
  let got = 0;
  const answer = await transfer.receive(
    {
      ...{ url, offset, length },
      headers: { ...asTheyAre, ...(ifRange === null ? {} : { 'if-range': ifRange }) },
      accept: (head) => {
        expected = requirePart(what, head, range, ifRange !== null);
      },
    },
    (piece) => {
      got += piece.length;
      if (got > expected)
        throw new StoreError('failed', `${what}: the server sent more than the ${expected} bytes it said`);
      return sink(piece);
    },
  );
  if (answer.status !== 206) throw noPart(what, answer, version);
  if (got < expected) throw new StoreError('unreachable', `${what}: ended at byte ${offset + got}`);
  return got;
}

/** Returns the bytes that a 206 brings. @throws StoreError for any that were not asked for */
function requirePart(
  what: string,
  head: ReceivedHead,
  { offset, length, version }: FileRange,
  wasSaid: boolean,
): number {
  requireFile(what, head);
  const asked = `bytes ${offset}-${offset + length - 1}`;
  const said = JSON.stringify(head.headers['content-range'] ?? '');
  const part = partOf(head);
  if (part === null || part.offset !== offset || part.length > length) {
    throw new StoreError('failed', `${what}: asked for ${asked}, the server gives ${said}`);
  }
  if (part.size !== null && part.size < offset + length) throw changed(what);
  if (version === undefined) return part.length;
  const compared = compareVersion(version, head.headers, part.size);
  if (compared === 'different') throw changed(what);
  // Without If-Range the server could not tell either.
  if (compared === 'unproved' && !wasSaid)
    throw noParts(what, 'does not say which version of the file its parts are of');
  return part.length;
}

/** Returns any answer but 206 as an error. */
function noPart(what: string, answer: ReceiveResponse, version: string | undefined): StoreError {
  if (answer.status === 416) return changed(what);
  if (answer.status !== 200) return refusal(what, answer);
  requireFile(what, answer);
  const compared = version === undefined ? 'same' : compareVersion(version, answer.headers, sizeOf(what, answer));
  // A server that gives parts has heard of another version.
  const isOther = compared === 'different' || (compared === 'unproved' && answer.headers['accept-ranges'] === 'bytes');
  return isOther ? changed(what) : noParts(what, 'gives no parts of files');
}

function noParts(what: string, why: string): StoreError {
  return new StoreError('not-supported', `${what}: the server ${why}`, {
    next: 'It can be read from its beginning only. Ranges are what makes a download go on after a break.',
  });
}

function changed(what: string): StoreError {
  return new StoreError('changed', `${what}: is another file than before`, {
    next: 'Run the same again. Should it go on, the mirrors behind that address disagree: name one of them.',
  });
}
