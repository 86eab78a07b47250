import { DlrnError } from '../error.ts';

/**
 * Returns the URL of a file that metadata names, which has to lie in the repository's own directory: nobody who promotes
 * a hash has promoted what another directory or another server holds.
 * @param baseUrl of the repository, without a slash at the end
 * @throws DlrnError `unexpected-answer`
 */
export function locate(
  baseUrl: string,
  { href, base }: { readonly href: string; readonly base: string | null },
): string {
  const shown = JSON.stringify((base === null ? href : `${base} + ${href}`).slice(0, 200));
  const own = new URL(`${baseUrl}/`);
  const folder = base === null ? own : URL.parse(base.endsWith('/') ? base : `${base}/`, own.href);
  const url = folder === null ? null : URL.parse(href, folder.href);
  if (url === null || href === '') throw refused(baseUrl, shown, 'is no location');
  if (url.origin !== own.origin) throw refused(baseUrl, shown, `is on another server, ${url.host || url.protocol}`);
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw refused(baseUrl, shown, 'is no plain path');
  if (!url.pathname.startsWith(own.pathname) || /%2e%2e|%2f|%5c|\\/i.test(url.pathname)) {
    throw refused(baseUrl, shown, 'climbs out of the repository');
  }
  return url.href;
}

function refused(baseUrl: string, shown: string, why: string): DlrnError {
  return new DlrnError('unexpected-answer', `${baseUrl}: the location ${shown} ${why}`);
}
