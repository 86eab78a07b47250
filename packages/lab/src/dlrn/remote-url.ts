import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { pythonQuoted } from './python-values.ts';

/** Why an import failed, in the words of the libraries that DLRN uses: requests and, below it, urllib3. */
export class ImportFailure extends Error {}

/** A URL as those libraries send it, and as their messages show it. */
export interface RemoteUrl {
  readonly scheme: 'http' | 'https';
  /** An IPv6 address has no brackets here. */
  readonly host: string;
  readonly port: number;
  /** Path and query, without the fragment. */
  readonly target: string;
  /** All of it. */
  readonly href: string;
}

/**
 * Reads a URL, of any text, the way they do: without a scheme, everything up to the first slash is taken for a host.
 * @throws ImportFailure in their words, and with their order of complaints
 */
export function readUrl(text: string): RemoteUrl {
  const url = text.trimStart();
  if (url.includes(':') && !/^http/i.test(url)) throw noAdapter(url);
  const whole = /^(?:[a-z][a-z0-9+-]*:|\/)/i.test(url) ? url : `//${url}`;
  const [, givenScheme, authority = '', path = '', query, fragment] = urlParts.exec(whole) ?? [];
  const at = authority.lastIndexOf('@');
  const { host, port } = readHost(authority.slice(at + 1), whole);
  const scheme = givenScheme?.toLowerCase();
  if (scheme === undefined) {
    throw new ImportFailure(`Invalid URL ${pythonQuoted(url)}: No scheme supplied. Perhaps you meant https://${url}?`);
  }
  if (host === '') throw new ImportFailure(`Invalid URL ${pythonQuoted(url)}: No host supplied`);
  if (/^[*.]/.test(host)) throw new ImportFailure('URL has an invalid label.');

  const credentials = at > 0 ? `${encoded(authority.slice(0, at), /[\w.~!$&'()*+,;=:-]/)}@` : '';
  const place = withoutDots(encoded(path.replace(/^(?!\/)/, '/'), /[\w.~!$&'()*+,;=:@/-]/));
  const [search = '', hash = ''] = [query, fragment].map((part) => part && encoded(part, /[\w.~!$&'()*+,;=:@/?-]/));
  const target = place + (search && `?${search}`);
  const href = `${scheme}://${credentials}${host}${port === null ? '' : `:${port}`}${target}${hash && `#${hash}`}`;
  if (scheme !== 'http' && scheme !== 'https') throw noAdapter(href);
  const usualPort = scheme === 'http' ? 80 : 443;
  return { scheme, host: host.replace(/^\[|\]$/g, ''), port: port ?? usualPort, target, href };
}

const urlParts = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^\\/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is;
const hostParts = /^((?:[^[\]%:/?#]|%[a-f0-9]{2})*|\[[^\]]*\])(?::0*?(|0|[1-9]\d{0,4}))?$/i;

function noAdapter(url: string): ImportFailure {
  return new ImportFailure(`No connection adapters were found for ${pythonQuoted(url)}`);
}

function readHost(text: string, whole: string): { readonly host: string; readonly port: number | null } {
  const [, host, digits = ''] = hostParts.exec(text) ?? [];
  const isAddress = host?.startsWith('[') === true;
  const isHost = host !== undefined && (!isAddress || isIPv6(host.slice(1, -1)));
  const strange = /[\0-\x20\x7f]/.exec(host ?? text)?.[0];
  const isTooMuch = Number(digits) > 65_535;
  if (strange !== undefined && !isTooMuch) {
    const shown = pythonQuoted(host ?? text);
    throw new ImportFailure(`Failed to parse: Host ${shown} contains invalid character ${pythonQuoted(strange)}`);
  }
  if (!isHost) throw new ImportFailure(`Failed to parse: ${pythonQuoted(text)} is not a valid host or port`);
  if (isTooMuch) throw new ImportFailure(`Failed to parse: ${whole}`);
  return {
    host: isAddress ? host.toLowerCase() : encoded(asciiHost(host), /[\w.~!$&'()*+,;=:@/?#-]/),
    port: digits === '' ? null : Number(digits),
  };
}

function asciiHost(host: string): string {
  const labels = host.toLowerCase().split('.');
  const ascii = labels.map((label) => {
    if (/^[\0-\x7f]*$/.test(label)) return label;
    const name = /[^\p{L}\p{M}\p{N}-]/u.test(label) ? '' : domainToASCII(label);
    if (name === '') throw new ImportFailure(`Failed to parse: Name '${label}' is not a valid IDNA label`);
    return name;
  });
  return ascii.join('.');
}

// What is escaped already stays so, unless there was no need to.
function encoded(text: string, allowed: RegExp): string {
  const known = text.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
  const hasStray = /%(?![0-9A-F]{2})/.test(known);
  const escaped = known.replaceAll(/./gsu, (character) =>
    allowed.test(character) || (character === '%' && !hasStray) ? character : percent(character),
  );
  return escaped.replaceAll(/%([0-9A-F]{2})/g, (whole, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16));
    return /[\w.~-]/.test(character) ? character : whole;
  });
}

function percent(character: string): string {
  const bytes = [...Buffer.from(character)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  // A `..` too many has taken what stood before the first slash.
  if (kept[0] !== '') kept.unshift('');
  if (/\/\.\.?$/.test(path)) kept.push('');
  return kept.join('/');
}
