import type { ReasonPattern } from './pattern.ts';

type Row = (
  name: string,
  severity: ReasonPattern['severity'],
  regex: RegExp,
  reason: string,
  files?: string,
) => ReasonPattern;

/** A row of the shipped table: something of the infrastructure failed. */
export const infra: Row = rowOf('infra');

/** A row of the shipped table: what was tested is broken, or may be. In doubt it is this. */
export const product: Row = rowOf('product');

function rowOf(kind: ReasonPattern['kind']): Row {
  return (name, severity, { source: pattern }, reason, files) => {
    return { name, pattern, reason, kind, severity, bug: null, files: files ?? null };
  };
}
