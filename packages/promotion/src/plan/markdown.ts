/**
 * Returns a text as it may stand in a job summary: on one line, and nothing in it is Markdown or HTML. Much of it comes
 * from servers, and from everybody who may vote.
 */
export function plainText(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- they are what is taken out
      .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
      .replace(/[\\`*_[\]<>|~]/g, '\\$&')
      .replace(/^(\s*)(#)/, '$1\\$2')
  );
}

/** Returns ` ([log](URL))`, or nothing where it is no address that a reader could open. */
export function logLink(url: string | null): string {
  const href = hrefOf(url);
  return href === null ? '' : ` ([log](${href}))`;
}

/** Returns a text as a link, and as a text alone where there is no address that a reader could open. */
export function linkedText(text: string, url: string | null): string {
  const href = hrefOf(url);
  return href === null ? plainText(text) : `[${plainText(text)}](${href})`;
}

function hrefOf(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return null;
  return parsed.href.replace(/[()<>|\\]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}
