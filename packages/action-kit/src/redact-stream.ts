import type { ByteRewriter } from './redact-known.ts';
import { farthestAhead, farthestBack, hints, shapeAt, type ShapeMatch } from './redact-shapes.ts';

type Open = Exclude<ShapeMatch['end'], number>;

// Smaller pieces are collected: each costs the looking ahead once more.
const usualPiece = 64 * 1024;
const endOf: Readonly<Record<Exclude<Open, 'key'>, RegExp>> = {
  line: /[\r\n]/g,
  '"': /["\r\n]|\\[^\r\n]?/g,
  "'": /['\r\n]|\\[^\r\n]?/g,
  word: /[\s,;&|"'<>)\]}`\\]/g,
  token: /[^\w.~+/=-]/g,
};

/**
 * Returns a rewriter that replaces what looks like a credential with `***`, and leaves every other byte as it is.
 * @param pieceSize how many bytes it collects before it looks at them
 */
export function maskShapes(pieceSize = usualPiece): ByteRewriter {
  // One byte, one character: what is no text comes out as it went in.
  let pieces: Buffer[] = [];
  let size = 0;
  let text = '';
  /** How much of the text is done with. Some of it is kept, for the shapes that look back. */
  let done = 0;
  /** By what the secret ends that is being left out. */
  let open: Open | null = null;
  let key = newKey();

  /** Leaves out what belongs to the open secret. Returns false when more has to come first. */
  function leaveOut(final: boolean): boolean {
    if (open === null) return true;
    const end = open === 'key' ? endOfKey(text, done, final, key) : endOfValue(text, done, open, final);
    done = end.at;
    if (!end.over) return false;
    open = null;
    key = newKey();
    return true;
  }

  function drain(final: boolean): string {
    const limit = text.length - (final ? 0 : farthestAhead);
    let out = '';
    while (leaveOut(final)) {
      const match = firstShape(text, done, limit);
      const end = match?.start ?? Math.max(done, limit);
      out += text.slice(done, end);
      done = end;
      if (match === null) break;
      out += '***';
      if (typeof match.end === 'number') done = match.end;
      else open = match.end;
    }
    return out;
  }

  function take(final: boolean): Buffer {
    const kept = Math.max(0, done - farthestBack);
    text = text.slice(kept) + Buffer.concat(pieces).toString('latin1');
    done -= kept;
    [pieces, size] = [[], 0];
    return Buffer.from(drain(final), 'latin1');
  }

  return {
    push(bytes) {
      pieces.push(Buffer.from(bytes));
      size += bytes.length;
      return size < pieceSize ? Buffer.alloc(0) : take(false);
    },
    end: () => take(true),
  };
}

/** Returns the first shape that begins at a place or behind it, and before the limit. */
function firstShape(text: string, from: number, limit: number): ShapeMatch | null {
  const pattern = new RegExp(hints);
  pattern.lastIndex = from;
  for (let hint = pattern.exec(text); hint !== null && hint.index < limit; hint = pattern.exec(text)) {
    const found = shapeAt(text, hint.index);
    if (found !== null && !isEmpty(text, found)) return found;
    // The next may begin inside this one.
    pattern.lastIndex = hint.index + 1;
  }
  return null;
}

/** Whether nothing is there to be masked, as in `password:` at the end of a line. */
function isEmpty(text: string, { start, end }: ShapeMatch): boolean {
  if (typeof end === 'number' || end === 'key') return false;
  return start >= text.length || new RegExp(endOf[end]).exec(text[start] ?? '') !== null;
}

interface End {
  readonly at: number;
  readonly over: boolean;
}

function endOfValue(text: string, from: number, open: Exclude<Open, 'key'>, final: boolean): End {
  const pattern = new RegExp(endOf[open]);
  pattern.lastIndex = from;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const isEscape = open !== 'word' && found[0].startsWith('\\');
    if (!isEscape) return { at: found.index, over: true };
    // What it escapes has not come yet.
    if (found[0].length === 1 && found.index === text.length - 1 && !final) return { at: found.index, over: false };
  }
  return { at: text.length, over: false };
}

interface KeyState {
  characters: number;
  /** How many lines in a row were none of a key. */
  strange: number;
  isFirst: boolean;
}

const newKey = (): KeyState => ({ characters: 0, strange: 0, isFirst: true });
const longestKey = 64 * 1024;
const longestKeyLine = 8 * 1024;
// The end of a key has a short line, and headers may be at its beginning.
const mostStrange = 3;
const lastLine = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY/;

/** A key ends with its last line; one that has none (somebody printed its first line only) where no key's lines follow. */
function endOfKey(text: string, from: number, final: boolean, key: KeyState): End {
  for (let at = from; ;) {
    const found = text.indexOf('\n', at);
    const length = (found === -1 ? text.length : found + 1) - at;
    const isWhole = found !== -1 || final || length > longestKeyLine;
    if (!isWhole) return { at, over: false };
    const line = text.slice(at, at + Math.min(length, longestKeyLine));
    const end = lastLine.exec(line);
    if (end !== null) return { at: at + end.index, over: true };
    if (line === '') return { at, over: true };
    const isKey = /[A-Za-z0-9+/=]{30}/.test(line);
    if (!isKey && !key.isFirst) key.strange += 1;
    if (isKey) key.strange = 0;
    key.isFirst = false;
    key.characters += line.length;
    if (key.strange > mostStrange || key.characters > longestKey) return { at, over: true };
    at += line.length;
  }
}
