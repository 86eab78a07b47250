/**
 * Returns the bytes that Python's `b64decode` reads: strange characters are left out, and nothing is read after the
 * padding; undefined where it raises an error.
 */
export function pythonBase64(text: string): Buffer | undefined {
  const known = text.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  let digits = '';
  let padding = 0;
  for (const character of known) {
    const place = digits.length % 4;
    if (character !== '=') {
      digits += character;
      padding = 0;
    } else if (place >= 2) {
      padding += 1;
      if (place + padding === 4) return Buffer.from(digits, 'base64');
    }
  }
  return digits.length % 4 === 0 ? Buffer.from(digits, 'base64') : undefined;
}
