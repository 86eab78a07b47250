/** A text that looks like a credential, whatever it is. */
export interface ShapeMatch {
  /** Where the secret begins: what is before it stays. */
  readonly start: number;
  /**
   * Where it ends; or by what it ends, however long it is: `line`, a quote, the end of a word, of a token, or the last
   * line of a key.
   */
  readonly end: number | 'line' | '"' | "'" | 'word' | 'token' | 'key';
}

/** No shape looks further ahead than this, and none further back. */
export const farthestAhead = 2048;
export const farthestBack = 64;

/** Where a shape may be. Few of them are. */
export const hints =
  /:\/\/|-----BEGIN|authorization|cookie|bearer|pass|pwd|secret|token|key|"auth|'auth|credential|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|xox|eyJ|gAAAA/gi;

type Shape = (text: string, at: number) => ShapeMatch | null;

/** Returns the match of a pattern that begins at a place; the secret begins behind it. */
function behind(pattern: RegExp, end: (found: RegExpExecArray, text: string, at: number) => ShapeMatch['end']): Shape {
  return (text, at) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    return found === null ? null : { start: pattern.lastIndex, end: end(found, text, at) };
  };
}

/** As {@link behind}, of a secret that is all of the match. */
function whole(pattern: RegExp, end: 'token' | null): Shape {
  return (text, at) => {
    pattern.lastIndex = at;
    return pattern.test(text) ? { start: at, end: end ?? pattern.lastIndex } : null;
  };
}

const quoteIn = (text: string | undefined): '"' | "'" | null =>
  text?.endsWith('"') === true ? '"' : text?.endsWith("'") === true ? "'" : null;

/** `scheme://user:password@host`; a password may hold an @ itself. */
function urlPassword(text: string, at: number): ShapeMatch | null {
  const pattern = /:\/\/[^\s/?#"'<>@:]{0,256}:(?=[^\s/?#"'<>]{1,1024}@)/y;
  pattern.lastIndex = at;
  if (!pattern.test(text)) return null;
  const rest = /^[^\s/?#"'<>]{1,1024}@/.exec(text.slice(pattern.lastIndex, pattern.lastIndex + 1025));
  return rest === null ? null : { start: pattern.lastIndex, end: pattern.lastIndex + rest[0].length - 1 };
}

/** The user of an http URL, who is a token where no password follows. */
function urlToken(text: string, at: number): ShapeMatch | null {
  const pattern = /(?<=https?):\/\/[^\s/?#"'<>@:]{8,256}(?=@)/iy;
  pattern.lastIndex = at;
  return pattern.test(text) ? { start: at + 3, end: pattern.lastIndex } : null;
}

const name =
  'pass(?:word|wd|phrase|code)|(?<=[_-])(?:pass|pwd|pat)|(?<=(?:admin|user|root|db|become))pass|secret|token|credentials?' +
  '|(?<=(?:api|access|private|secret|auth|encryption|signing|account|shared|fernet)[_-]?)key';
// Words that stand where a secret would, and tell that there is none.
const none = String.raw`(?!(?:none|null|nil|true|false|undefined|\*{3,})(?![\w*]))`;

/** `password=…`, `"adminPass": "…"`, `token: …`, `OS_PASSWORD='…'`, `X-Auth-Token: …` */
const named = behind(
  new RegExp(
    String.raw`(?<!unexpected )(?:${name})\d{0,2}(?:\\{0,3}["'])?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8}(?:[ub]?\\{0,3}(["']))?${none}`,
    'iy',
  ),
  ([, quote]) => quoteIn(quote) ?? 'word',
);

/** `--password …` */
const option = behind(
  new RegExp(String.raw`(?<=(?:^|\s)--?(?:[a-z]{1,12}-){0,2})(?:${name})[ \t]{1,4}(["'])?(?!-)${none}`, 'iy'),
  ([, quote]) => quoteIn(quote) ?? 'word',
);

/** `"auth": "…"` of a docker config file. */
const dockerAuth = behind(/["']auth["'][ \t]{0,8}:[ \t]{0,8}(["'])/y, ([, quote]) => quoteIn(quote) ?? 'word');

/** `Authorization: Basic …` up to the end of the line, or the quote that it is in. */
const header = behind(
  /(?:authorization|cookie)(?:\\{0,3}["'])?[ \t]{0,8}[:=][ \t]{0,8}(?:[ub]?\\{0,3}(["']))?(?!\*{3})/iy,
  ([, quote], text, at) =>
    quoteIn(quote) ?? quoteIn(/["'](?:proxy-|set-)?$/i.exec(text.slice(Math.max(0, at - 8), at))?.[0][0]) ?? 'line',
);

/** `Bearer …`, where what follows is no word. */
const bearer = behind(/bearer[ \t]{1,4}(?=[\w.~+/=-]{0,200}\d|[\w.~+/=-]{24})/iy, () => 'token');

const key = behind(/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y, () => 'key');

const tokens: readonly Shape[] = [
  whole(/(?<![A-Za-z0-9+/])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9+/])/y, null),
  whole(/gh[opsur]_(?=[A-Za-z0-9]{20})/y, 'token'),
  whole(/github_pat_(?=\w{20})/y, 'token'),
  whole(/glpat-(?=[\w-]{20})/y, 'token'),
  whole(/xox[abeoprs]-(?=[\w-]{10})/y, 'token'),
  // A JSON web token, and a Fernet token as Keystone gives them.
  whole(/(?<![\w-])eyJ(?=[\w-]{8,1000}\.eyJ)/y, 'token'),
  whole(/gAAAA(?=[\w-]{60})/y, 'token'),
];

const shapes: Readonly<Record<string, readonly Shape[]>> = {
  ':': [urlPassword, urlToken],
  '-': [key],
  a: [header, named, ...tokens],
  c: [header, named],
  b: [bearer],
  p: [named, option],
  s: [named, option],
  t: [named, option],
  k: [named, option],
  '"': [dockerAuth],
  "'": [dockerAuth],
  g: tokens,
  x: tokens,
  e: tokens,
};

/** Returns the secret of the shape that begins at a place where a hint was found, or null. */
export function shapeAt(text: string, at: number): ShapeMatch | null {
  for (const shape of shapes[(text[at] ?? '').toLowerCase()] ?? []) {
    const found = shape(text, at);
    if (found !== null) return found;
  }
  return null;
}
