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
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return '';
  const href = parsed.href.replace(/[()<>|\\]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return ` ([log](${href}))`;
}
