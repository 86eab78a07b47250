import type { InputSpec } from './define.ts';

/** Returns the type of an input in a word or two, as the README's tables and `--help` name it. */
export function typeWord(spec: InputSpec): string {
  if (spec.type === 'list' && spec.options !== undefined) return 'list of options';
  return spec.type;
}

/** Returns what an input's value may be, as the end of a sentence such as `is not …`. */
export function allowedValue(spec: InputSpec): string {
  switch (spec.type) {
    case 'string':
    case 'secret':
      return 'a text';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${rangeOf(spec.min, spec.max)}`;
    case 'duration':
      return 'a duration: a whole number and ms, s, m, h or d, such as 90s or 2h';
    case 'path':
      return 'a path';
    case 'file':
      return 'the path of an existing file';
    case 'url':
      return `a URL that begins with ${(spec.schemes ?? defaultSchemes).map((scheme) => `${scheme}:`).join(' or ')}`;
    case 'enum':
      return `one of ${spec.options.join(', ')}`;
    case 'list':
      return spec.options === undefined
        ? 'a list: items with commas or line ends between them'
        : `a list of ${spec.options.join(', ')}`;
  }
}

/** The schemes of a `url` input that names none. */
export const defaultSchemes: readonly string[] = ['http', 'https'];

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${String(min)} to ${String(max)}`;
  if (min !== undefined) return ` of at least ${String(min)}`;
  return max === undefined ? '' : ` of at most ${String(max)}`;
}
