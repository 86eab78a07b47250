import type { Path } from './path.ts';

/**
 * A part of the data whose shape nobody vouches for. What is not there, or of another shape, reads as nothing, so that
 * checks of meaning can run beside the check of shapes, and all mistakes are told at once.
 */
export interface View {
  readonly path: Path;
  readonly value: unknown;
}

export function get(view: View, ...keys: readonly string[]): View {
  return keys.reduce<View>(
    (at, key) => ({
      path: [...at.path, key],
      value: isMapping(at.value) && Object.hasOwn(at.value, key) ? at.value[key] : undefined,
    }),
    view,
  );
}

/** Returns the entries of a mapping by their keys. */
export function entries(view: View): readonly (readonly [string, View])[] {
  return isMapping(view.value) ? Object.keys(view.value).map((key) => [key, get(view, key)] as const) : [];
}

/** Returns the items of a list. */
export function items(view: View): readonly View[] {
  return Array.isArray(view.value)
    ? view.value.map((value: unknown, index) => ({ path: [...view.path, index], value }))
    : [];
}

export function text(view: View): string | null {
  return typeof view.value === 'string' ? view.value : null;
}

export function isThere(view: View): boolean {
  return view.value !== undefined && view.value !== null;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
