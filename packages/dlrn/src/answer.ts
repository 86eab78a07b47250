import { DlrnError } from './error.ts';

const longest = 200;

// Patterns that look for an end look again from every beginning, and a server may send as many as it likes.
const looked = 4096;

/** Returns the beginning of an answer in one line for a message: of HTML its title, else its text without tags. */
export function excerptOf(text: string): string {
  const start = text.slice(0, looked);
  const title = /<title>([^<]*)<\/title>/i.exec(start)?.[1];
  const plain = (title ?? start.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
  if (plain === '') return 'nothing';
  return JSON.stringify(plain.length > longest ? `${plain.slice(0, longest)}…` : plain);
}

/** Tells whether a text is an HTML page, which servers and proxies like to send with status 200. */
export function isHtml(text: string): boolean {
  return /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(text.slice(0, looked));
}

/** Returns what a server said in words, on one line, without control characters and cut to what fits a message. */
export function wordsOf(text: string): string {
  const start = text.slice(0, looked);
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  const plain = start.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return plain.length > 2 * longest ? `${plain.slice(0, 2 * longest)}…` : plain;
}

/**
 * Returns the text, which a parser goes on with.
 * @param where the URL or file, for the message
 * @throws DlrnError `unexpected-answer` when it is an HTML page or empty.
 */
export function refuseHtml(text: string, where: string, expected: string): string {
  if (isHtml(text)) {
    throw new DlrnError('unexpected-answer', `${where} is an HTML page (${excerptOf(text)}), not ${expected}`, {
      next: 'Check the address: a login page, a proxy or another server may stand in between.',
    });
  }
  if (text.trim() === '') throw new DlrnError('unexpected-answer', `${where} is empty, expected ${expected}`);
  return text;
}
