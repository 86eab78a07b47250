import { SaxesParser } from 'saxes';
import { DlrnError } from '../error.ts';

export type Attributes = Readonly<Record<string, string>>;

/** Hears of the elements of a document, in order; `depth` is 1 for the outermost. */
export interface XmlHandler {
  open(name: string, attributes: Attributes, depth: number): void;
  /** `text` is what stood in the element itself, without that of elements in it. */
  close(name: string, text: string, depth: number): void;
}

/** Repository metadata has five levels. */
const deepest = 64;
/** Characters of one text, comment or tag: a server could send one without an end. */
const longestPart = 1024 * 1024;

/**
 * Reads a document piece by piece. A document type is refused, so that nothing is ever expanded or fetched; there is
 * room for one element at a time, whatever is sent.
 * @param where the URL, for messages
 * @throws DlrnError `unexpected-answer`
 */
export async function readXml(pieces: AsyncIterable<Uint8Array>, where: string, handler: XmlHandler): Promise<void> {
  const parser = new SaxesParser({ position: false });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const texts: string[] = [];
  let silent = 0;
  parser.on('doctype', () => {
    throw bad(where, 'has a document type, which no repository metadata has');
  });
  parser.on('opentag', ({ name, attributes }) => {
    silent = 0;
    texts.push('');
    if (texts.length > deepest) throw bad(where, `has more than ${deepest} elements in each other`);
    handler.open(name, attributes as Attributes, texts.length);
  });
  const addText = (text: string): void => {
    silent = 0;
    if (texts.length > 0) texts[texts.length - 1] += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('comment', () => {
    silent = 0;
  });
  parser.on('closetag', ({ name }) => {
    silent = 0;
    const depth = texts.length;
    handler.close(name, texts.pop() ?? '', depth);
  });
  const feed = (text: string): void => {
    silent += text.length;
    parser.write(text);
    if (silent > longestPart) throw bad(where, `has a text or a tag of more than ${longestPart} characters`);
  };
  try {
    for await (const piece of pieces) feed(decoder.decode(piece, { stream: true }));
    feed(decoder.decode());
    parser.close();
  } catch (cause) {
    if (cause instanceof SyntaxError || isPlain(cause) || cause instanceof TypeError) {
      throw bad(where, `is not XML that can be read: ${(cause as Error).message.slice(0, 200)}`, cause);
    }
    throw cause;
  }
}

/** saxes throws plain errors; those of zlib and of connections have a code. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error && !('code' in error);
}

function bad(where: string, why: string, cause?: unknown): DlrnError {
  return new DlrnError('unexpected-answer', `${where} ${why}`, { cause });
}
