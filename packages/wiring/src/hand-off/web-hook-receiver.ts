import { type Api, type ApiResponse, assertWebHookUrl, callWebHook, type HttpEffects, redactUrl } from '@tagflow/http';
import { canonicalJson } from '@tagflow/model';
import { HandOffError } from './error.ts';
import type { PreparedHandOff } from './prepare.ts';
import type { Receiver } from './receiver.ts';

/** What the body of a delivery says it is. */
const deliverySchema = 'tagflow/hand-off-delivery/v1';

const maxBodyBytes = 8 * 1024 * 1024;
const longestWords = 300;

/**
 * Returns the body of a web hook's call: what to route it by, and the files as texts, each with just the bytes that the
 * manifest has the checksum of.
 */
function formatDelivery({ manifest, digest, files }: PreparedHandOff): string {
  const { release, label, fullHash } = manifest;
  return canonicalJson({
    ...{ schema: deliverySchema, digest, release, label, fullHash },
    files: Object.fromEntries(files),
  });
}

/**
 * Returns the receiver behind a web hook. Any answer 2xx is its acknowledgement; 409 says that it had the delivery, which
 * the digest of the manifest names, already.
 * @param secret the key of the signatures
 * @throws HttpError `bad-url` for http to another machine
 */
export function createWebHookReceiver(href: string, secret: string, api: Api, effects: HttpEffects): Receiver {
  assertWebHookUrl(href);
  const url = redactUrl(href);
  return {
    url,
    before: () => Promise.resolve(null),
    async deliver(handOff) {
      const body = formatDelivery(handOff);
      const size = Buffer.byteLength(body);
      if (size > maxBodyBytes) {
        throw new HandOffError(
          'bad-request',
          `the delivery has ${size} bytes; a web hook gets at most ${maxBodyBytes}`,
          {
            next: 'Deliver to a folder: file: or sftp:.',
          },
        );
      }
      const answer = await callWebHook(api, { url: href, body, secret, idempotencyKey: handOff.digest }, effects);
      const isNew = answer.status !== 409;
      if (isNew) refuseAnswer(answer, `POST ${url}`);
      const acknowledgement = { at: effects.clock.now(), text: answer.text };
      return { isNew, place: url, manifest: handOff.text, acknowledgement };
    },
    close: () => Promise.resolve(),
  };
}

function refuseAnswer({ status, text, headers }: ApiResponse, what: string): void {
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html)\b/i.test(text);
  if (status >= 200 && status < 300) {
    if (!isPage) return;
    throw new HandOffError(
      'unexpected-answer',
      `${what} answered ${status} with an HTML page: nobody took the delivery`,
      {
        next: 'Check the address: a proxy or a login page may answer in the place of the receiver.',
      },
    );
  }
  const words = isPage
    ? 'an HTML page'
    : text
        .trim()
        .replaceAll(/[\s\p{C}]+/gu, ' ')
        .slice(0, longestWords);
  const said = `${what} answered ${status}${words === '' ? '' : `: ${words}`}`;
  if (status === 429 || status >= 500) {
    throw new HandOffError('not-ready', said, { next: 'Run the same again later: the receiver knows a repetition.' });
  }
  throw new HandOffError('refused', said, { next: nextAfter(status) });
}

function nextAfter(status: number): string {
  if (status === 401 || status === 403) return 'Check the input auth: both sides need the same key.';
  if (status >= 300 && status < 400) return 'A delivery is not redirected: give the address that it led to.';
  return 'The receiver says why; run the same again when that is mended.';
}
