/**
 * Returns a URL's or a path's text without the slashes at its end. A server may send any number of them, and a pattern
 * that looks for the end takes the square of it.
 */
export function withoutEndSlash(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
