import { messageOf, parseLabel, parseTargetLabel } from '@tagflow/model';
import * as z from 'zod';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns a duration such as `90m` in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  return Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? NaN);
}

// Zod keeps going after a failed check, so a text may get more than one sentence: all that is wrong with it.
export function checked(check: (text: string) => string | null) {
  return z.string().superRefine((text, context) => {
    const problem = check(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

function complaint(parse: (text: string) => unknown): (text: string) => string | null {
  return (text) => {
    try {
      parse(text);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  };
}

export const readLabel = checked(complaint(parseLabel));
export const writtenLabel = checked((text) =>
  text.startsWith('previous-')
    ? `label "${text}" is moved by tagflow itself, whenever the label that it is the previous one of is moved`
    : complaint(parseTargetLabel)(text),
);

/** What the name of a job may be. */
export const jobPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;
export const jobName = z
  .string()
  .regex(jobPattern, 'a job name is 1 to 255 letters, digits, ".", "_" or "-", starting with a letter or digit');

/** As {@link jobName}, and `{arch}` or `{distro}` stand for one of several. */
export const jobNameTemplate = z
  .string()
  .refine((text) => jobPattern.test(text.replaceAll(/\{(?:arch|distro)\}/g, 'x')), {
    error:
      'a job name is 1 to 255 letters, digits, ".", "_" or "-", starting with a letter or digit; {arch} and {distro} may stand in it',
  });

export const placeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'a name is lower-case letters, digits and "-", starting with a letter');

export const duration = z
  .string()
  .refine((text) => durationMs(text) > 0, 'a duration is a whole number with its unit, such as 90s, 45m, 2h or 1d');

export const command = z
  .array(z.string().min(1, 'an argument is not empty'), {
    error: ({ code }) =>
      code === 'invalid_type' ? 'a command is a list such as [bash, ci/build.sh]: no shell splits it' : undefined,
  })
  .min(1, 'a command is not empty: its first item is the program');

export const environment = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable is letters, digits and "_"'),
  z.string(),
);

export const visibility = z.enum(['public', 'internal']);

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
export const imageFiles = z
  .array(z.string().regex(fileName, 'the name of an image is a plain file name'))
  .min(1, 'name at least one file');

/** A URL of one of the schemes. `relative`: the schemes whose path may be relative to tagflow.yaml. */
export function url(schemes: readonly string[], relative: readonly string[] = []) {
  const allowed = [...schemes.map((scheme) => `${scheme}://`), ...relative.map((scheme) => `${scheme}:`)].join(', ');
  return checked((text) => {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
    if (scheme !== undefined && relative.includes(scheme)) {
      return text.length > scheme.length + 1 ? null : `"${text}" names no path`;
    }
    const parsed = URL.parse(text);
    if (parsed?.password) return `a URL may not hold a password: secrets are inputs, never configuration`;
    if (scheme === undefined || !schemes.includes(scheme) || parsed === null || parsed.host === '') {
      return `"${text}" is not a URL; allowed: ${allowed}`;
    }
    if (parsed.username !== '' && scheme.startsWith('http')) {
      return `an ${scheme} URL may not hold a user name: credentials are inputs, never configuration`;
    }
    return null;
  });
}

/** What stands for a placeholder of a path: one part of it, or less. */
export const placeholderWord = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'a part of a path is letters, digits, ".", "_" and "-", starting with a letter or digit',
  );

/**
 * A path below the root of a store, over the given placeholders, of which `needed` has to be there: a hash as the last
 * part, because what a link names is read from there; a label in the last part, because links are listed by folder.
 */
export function pathTemplate(placeholders: readonly string[], needed: 'hash' | 'label') {
  return checked((text) => {
    const parts = text.split('/');
    if (text === '' || parts.some((part) => part === '' || part === '.' || part === '..')) {
      return `"${text}" is not a path below the root of the store: no "/" at its ends, no empty part, no "." or ".."`;
    }
    const rest = text.replaceAll(/\{([^{}]*)\}/g, (all, name: string) => (placeholders.includes(name) ? '' : all));
    const unknown = /\{[^{}]*\}?|\}/.exec(rest)?.[0];
    const known = placeholders.map((name) => `{${name}}`).join(', ');
    if (unknown !== undefined) return `"${unknown}" is not a placeholder; allowed: ${known}`;
    const holder = `{${needed}}`;
    if (!text.includes(holder)) return `"${text}" does not hold ${holder}`;
    if (needed === 'hash' && (parts.at(-1) !== holder || parts.indexOf(holder) < parts.length - 1)) {
      return `"${text}" does not end in ${holder} as a part of its own; allowed: ${holder} once, as the last part`;
    }
    if (needed === 'label' && parts.slice(0, -1).some((part) => part.includes(holder))) {
      return `"${text}" has ${holder} in a folder, where its links cannot be listed; allowed: ${holder} in the last part`;
    }
    return null;
  });
}
