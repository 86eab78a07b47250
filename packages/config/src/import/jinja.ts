/** What the name of an expression stands for; null where nobody says it. */
export type Lookup = (name: string, path: readonly string[]) => string | null;

const expression = /^(?<name>[A-Za-z_]\w*)(?<path>(?:\.\w+|\[(?:'[^']*'|"[^"]*"|\d+)\])*)\s*(?<filters>(?:\|[^|]+)*)$/;
const filterCall = /^(?<filter>\w+)(?:\(\s*(?:(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\s*)?\))?$/;

/**
 * Returns a text in which `{{ name }}` is filled in, with `a.b`, `a['b']` and the filters lower, upper, trim, string
 * and default. What no file says is left empty, as Jinja does.
 * @returns the problem as a sentence where the text holds more of Jinja than that
 */
export function renderJinja(
  text: string,
  lookup: Lookup,
): { readonly text: string; readonly missing: readonly string[] } | { readonly problem: string } {
  const missing: string[] = [];
  let problem: string | null = null;
  const filled = text.replaceAll(/\{#.*?#\}/gs, '').replaceAll(/\{\{-?(.*?)-?\}\}/gs, (all, inner: string) => {
    const value = evaluate(inner.trim(), lookup);
    if (value === undefined) problem ??= `"${all}" is more of Jinja than this import reads: write the value itself`;
    if (value === null) missing.push(inner.trim());
    return value ?? '';
  });
  if (filled.includes('{%')) problem ??= '"{% … %}" is more of Jinja than this import reads: write the value itself';
  return problem === null ? { text: filled, missing } : { problem };
}

/** Null where nobody says it, undefined where it cannot be read. */
function evaluate(inner: string, lookup: Lookup): string | null | undefined {
  const literal = /^(?:'([^']*)'|"([^"]*)")$/.exec(inner);
  if (literal !== null) return literal[1] ?? literal[2] ?? '';
  const { name, path = '', filters = '' } = expression.exec(inner)?.groups ?? {};
  if (name === undefined) return undefined;
  const keys = [...path.matchAll(/\.(\w+)|\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/g)].map((match) => match.slice(1).join(''));
  let value = lookup(name, keys);
  for (const written of filters.split('|').slice(1)) {
    const { filter, single, double } = filterCall.exec(written.trim())?.groups ?? {};
    if (filter === 'default' || filter === 'd') value ??= single ?? double ?? '';
    else if (filter === 'lower') value = value?.toLowerCase() ?? null;
    else if (filter === 'upper') value = value?.toUpperCase() ?? null;
    else if (filter === 'trim') value = value?.trim() ?? null;
    else if (filter !== 'string') return undefined;
  }
  return value;
}
