import type { InputSpecs } from './define.ts';
import type { Confidential } from './masks.ts';
import { givenText } from './parse-inputs.ts';
import { trimSecret } from './parse-value.ts';

/** Returns what the given inputs hold that must not be seen. */
export function confidentialInputs(specs: InputSpecs, texts: ReadonlyMap<string, string>): Confidential {
  const secrets: string[] = [];
  const usernames: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    const text = givenText(texts.get(name));
    if (text === undefined) continue;
    if (spec.type === 'secret') secrets.push(trimSecret(text));
    else if (name === 'username' || name.endsWith('-username')) usernames.push(text.trim());
  }
  return { secrets, usernames };
}
