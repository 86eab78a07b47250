/** A job that has to succeed, or a group of which enough have to. Job names are compared exactly. */
export type Criterion =
  | string
  | { readonly allOf: readonly Criterion[] }
  | { readonly anyOf: readonly Criterion[] }
  | { readonly atLeast: number; readonly of: readonly Criterion[] };

/**
 * What a hash needs to be promoted. `none` has to be written out (a pin promotes a hash that nobody could test yet);
 * an empty list never promotes.
 */
export type Criteria = 'none' | { readonly allOf: readonly Criterion[]; readonly informing: readonly string[] };
