import { ParseError } from './error.ts';

declare const labelBrand: unique symbol;

/** A name that moves from hash to hash, such as `current-tripleo`. */
export type Label = string & { readonly [labelBrand]: true };

const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

// DLRN accepts all of these as promote names and overwrites its own files or directories with them
// (observed on 0.26.1: `component` gets aggregate files, `report.html` becomes a link, `5d` squats on a shard).
const dlrnOwnNames = /^(?:current|consistent|component|[0-9a-f]{2}|.*\.(?:html|csv|css))$/;

/**
 * Returns the text as a label that can be read.
 * @throws ParseError when it is not 1–128 of `A–Z a–z 0–9 . _ -`, starting with a letter or digit (an OCI tag's rule,
 * because a label is a container tag too).
 */
export function parseLabel(text: string): Label {
  if (!labelPattern.test(text)) {
    throw new ParseError(
      `label "${text}" is not a label: 1 to 128 letters, digits, ".", "_" or "-", starting with a letter or digit`,
    );
  }
  return text as Label;
}

/**
 * Returns the text as a label that may be written.
 * @throws ParseError for DLRN's own names: `current`, `consistent`, `component`, two hex digits, `*.html|csv|css`.
 */
export function parseTargetLabel(text: string): Label {
  const label = parseLabel(text);
  if (dlrnOwnNames.test(label)) {
    throw new ParseError(
      `label "${text}" belongs to DLRN itself and cannot be a target: promoting to it would overwrite DLRN's own files`,
      'Choose another target-label, such as current-tripleo.',
    );
  }
  return label;
}

/** Returns the label that keeps the set which `label` pointed to before its last move. */
export function previousOf(label: Label): Label {
  return `previous-${label}` as Label;
}
