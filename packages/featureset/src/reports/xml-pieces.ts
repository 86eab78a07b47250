import { Garbage } from './garbage.ts';

/** A piece of an XML text: one tag or declaration whole, or some of what is between two of them. */
export interface XmlPiece {
  readonly kind: 'markup' | 'text' | 'cdata';
  readonly text: string;
  /** The line of the file that it begins in, from 1. */
  readonly line: number;
}

type State = 'text' | 'markup' | 'comment' | 'cdata';

const longestMarkup = 4 * 1024 * 1024;
const cdataStart = '<![CDATA[';
const markupEnd = /[>"'[\]]/g;

/**
 * Cuts XML into pieces, so that nobody has to keep more of it than one tag: an XML parser collects a tag, a comment and
 * a CDATA section before it tells of them, and a log of a gigabyte may stand in one. Comments are left out. Whether
 * it is XML at all is not looked at.
 */
export function createXmlPieces(take: (piece: XmlPiece) => void): { push(text: string): void; end(): void } {
  let rest = '';
  let state: State = 'text';
  let line = 1;
  // Inside markup: the quote that is open, how deep in a DTD's brackets, and how far it was looked at.
  let quote: string | null = null;
  let depth = 0;
  let seen = 0;

  const give = (kind: XmlPiece['kind'] | null, length: number): void => {
    const text = rest.slice(0, length);
    rest = rest.slice(length);
    if (kind !== null && text !== '') take({ kind, text, line });
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line += 1;
  };

  /** Goes on to the end of something, of which all but the last characters can be given at once. */
  const upTo = (end: string, kind: XmlPiece['kind'] | null): boolean => {
    const at = rest.indexOf(end);
    if (at === -1) give(kind, Math.max(0, rest.length - end.length + 1));
    else {
      give(kind, at);
      give(null, end.length);
      state = 'text';
    }
    return at !== -1;
  };

  const markup = (): boolean => {
    const isInstruction = rest.startsWith('<?');
    markupEnd.lastIndex = seen;
    for (let found = markupEnd.exec(rest); found !== null; found = markupEnd.exec(rest)) {
      const [sign] = found;
      // Its words are free: an apostrophe there opens nothing.
      if (isInstruction && (sign !== '>' || rest[found.index - 1] !== '?')) continue;
      if (quote !== null) quote = sign === quote ? null : quote;
      else if (sign === '"' || sign === "'") quote = sign;
      else if (sign === '[') depth += 1;
      else if (sign === ']') depth = Math.max(0, depth - 1);
      else if (depth === 0 || !rest.startsWith('<!')) {
        give('markup', found.index + 1);
        [state, quote, depth, seen] = ['text', null, 0, 0];
        return true;
      }
    }
    seen = rest.length;
    if (seen > longestMarkup) throw new Garbage(`line ${line}: a tag is longer than ${longestMarkup} characters`);
    return false;
  };

  const text = (final: boolean): boolean => {
    const at = rest.indexOf('<');
    give('text', at === -1 ? rest.length : at);
    if (at === -1) return false;
    // It takes nine characters to know what begins here.
    if (rest.length < cdataStart.length && !final) return false;
    state = rest.startsWith('<!--') ? 'comment' : rest.startsWith(cdataStart) ? 'cdata' : 'markup';
    if (state === 'comment') give(null, 4);
    if (state === 'cdata') give(null, cdataStart.length);
    return true;
  };

  const step = (final: boolean): boolean => {
    if (state === 'text') return text(final);
    if (state === 'markup') return markup();
    return state === 'comment' ? upTo('-->', null) : upTo(']]>', 'cdata');
  };

  return {
    push(more) {
      rest += more;
      while (rest !== '' && step(false));
    },
    end() {
      while (rest !== '' && step(true));
      if (state !== 'text') throw new Garbage(`line ${line}: it ends in the middle of a ${nameOf(state)}`);
    },
  };
}

function nameOf(state: State): string {
  return state === 'markup' ? 'tag' : state === 'cdata' ? 'CDATA section' : state;
}
