/** What must not be seen. */
export interface Confidential {
  readonly secrets: readonly string[];
  /** User names that may be sent together with one of the secrets, as basic authentication sends them. */
  readonly usernames?: readonly string[];
}

// Shorter lines and parts of a secret are found everywhere by accident: `{` is a line of many a key file.
const shortestPart = 4;

/**
 * Returns every text whose sight would give a secret away, longest first, none twice, each on one line or a whole
 * secret: the secret, its lines, its credentials when it is JSON (a docker config file), and each of these in base64
 * (alone, as `user:secret`, and behind a user whom nobody named), base64url, percent-encoded and JSON-escaped.
 */
export function maskForms(confidential: Confidential): readonly string[] {
  const forms = new Set<string>();
  for (const secret of confidential.secrets) {
    const whole = secret.trim();
    if (whole === '') continue;
    forms.add(secret).add(whole);
    for (const part of [secret, whole, ...partsOf(whole)]) {
      for (const form of behindAnything(part.trim())) forms.add(form);
      forms.add(part);
      for (const form of encodingsOf(part)) if (form.length >= shortestPart) forms.add(form);
      for (const username of confidential.usernames ?? []) {
        for (const form of base64Of(`${username}:${part}`)) forms.add(form);
      }
    }
  }
  return [...forms].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/**
 * Returns the secrets as part of a login, which even a short one is never by accident: the base64 of `user:secret`, and
 * `:secret@` as in a URL.
 */
export function loginForms(confidential: Confidential): readonly string[] {
  const secrets = confidential.secrets.map((secret) => secret.trim()).filter((secret) => secret !== '');
  return secrets.flatMap((secret) => [
    ...[secret, ...encodingsOf(secret)].map((form) => `:${form}@`),
    ...(confidential.usernames ?? []).flatMap((username) => base64Of(`${username}:${secret}`)),
  ]);
}

/**
 * Returns a function that replaces every form in a text with `***`. Forms that overlap are replaced as one, so that
 * no end of one is left beside the other.
 */
export function createMasker(forms: readonly string[]): (text: string) => string {
  return (text) => {
    const found: { readonly start: number; readonly end: number }[] = [];
    for (const form of forms) {
      for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + 1)) {
        found.push({ start, end: start + form.length });
      }
    }
    if (found.length === 0) return text;
    found.sort((a, b) => a.start - b.start);
    let masked = '';
    let position = 0;
    for (const { start, end } of found) {
      if (start >= position) masked += `${text.slice(position, start)}***`;
      position = Math.max(position, end);
    }
    return masked + text.slice(position);
  };
}

function partsOf(whole: string): readonly string[] {
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  // A line `NAME=TOKEN`, as the inputs that take several tokens have them; what stands behind the `=` is the secret.
  const named = lines.flatMap((line) => /^[a-z][a-z0-9-]*=(.+)$/.exec(line)?.[1] ?? []);
  return [...lines, ...named, ...jsonCredentials(whole)].filter((part) => part.length >= shortestPart);
}

/** The credentials in a docker config file, or any JSON: an `auth` there is the base64 of `user:password`. */
function jsonCredentials(text: string): readonly string[] {
  if (!text.startsWith('{')) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (key, value: unknown) => {
      if (typeof value === 'string' && /auth|pass|token|secret|key/i.test(key)) {
        found.push(value);
        const pair = Buffer.from(value, 'base64').toString();
        const colon = pair.indexOf(':');
        if (key === 'auth' && colon !== -1) found.push(pair, pair.slice(colon + 1));
      }
      return value;
    });
  } catch {
    // Not JSON: its lines are masked, which is all that can be known of it.
  }
  return found;
}

function encodingsOf(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const forms = [...base64Of(text), json, JSON.stringify(json).slice(1, -1)];
  // A lone surrogate cannot be percent-encoded, and encodeURIComponent throws.
  const wellFormed = text.toWellFormed();
  forms.push(encodeURIComponent(wellFormed), encodeURI(wellFormed));
  forms.push(new URLSearchParams([['', wellFormed]]).toString().slice(1));
  const url = new URL('http://host');
  url.password = wellFormed;
  forms.push(url.password);
  return forms;
}

// Fewer letters are found in other base64 by accident.
const shortestCore = 6;
// A password; nobody logs in with a key file in a header.
const longestLogin = 256;

/**
 * Returns the letters that base64 has for a secret whatever stands before it, such as a user name out of tagflow.yaml:
 * three forms, for the three places where it can begin in a group of letters. Its first and last bits, which share a
 * letter with others, are left out.
 */
function behindAnything(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length > longestLogin) return [];
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const [start, end] = [Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)];
    const cores = [whole.toString('base64'), whole.toString('base64url')].map((text) => text.slice(start, end));
    return cores.filter((core) => core.length >= shortestCore);
  });
}

function base64Of(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const padded = bytes.toString('base64');
  return [padded, padded.replace(/=+$/, ''), bytes.toString('base64url')];
}
