import { invalidConfig, type Problem } from '../error.ts';
import type { Old, OldMap } from './old-tree.ts';

/** Whether the first thing that a text says is a section. */
export function looksLikeIni(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line));
  return first !== undefined && /^\[[^\],:{}"']+\]\s*$/.test(first);
}

const isComment = (line: string): boolean => /^\s*[#;]/.test(line);

/**
 * Returns the sections of an INI file as Python's configparser of that time read them: keys with `=` or `:` behind
 * them, keys without a value, and values that go on in lines which are further in.
 * @throws ConfigError `invalid-config`
 */
export function readIni(text: string, file: string): { readonly root: OldMap; readonly repeated: readonly Old[] } {
  const repeated: Old[] = [];
  const problems: Problem[] = [];
  const sections = new Map<string, { readonly line: number; readonly entries: Map<string, Old> }>();
  let section: string | null = null;
  let last: string | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const written = raw.trim();
    const refuse = (message: string): unknown => problems.push({ line, column: 1, path: section ?? '', message });
    if (written === '' || isComment(raw)) continue;
    const header = /^\[([^\]]+)\]/.exec(raw)?.[1];
    if (header !== undefined) {
      if (sections.has(header)) refuse(`section [${header}] is there already`);
      else sections.set(header, { line, entries: new Map() });
      [section, last] = [header, null];
      continue;
    }
    const entries = section === null ? undefined : sections.get(section)?.entries;
    if (section === null || entries === undefined) {
      refuse('stands before the first section');
      continue;
    }
    const above = last === null ? undefined : entries.get(last);
    if (/^\s/.test(raw) && last !== null && above?.kind === 'scalar' && above.value !== null) {
      entries.set(last, { ...above, value: `${above.value}\n${written}`.trim() });
      continue;
    }
    const { key = written, value } = /^(?<key>[^:=]*?)\s*[:=]\s*(?<value>.*)$/.exec(written)?.groups ?? {};
    if (key === '') refuse('has no key before its sign');
    else {
      // The parser of that time took the last one without a word.
      const earlier = entries.get(key);
      if (earlier !== undefined) repeated.push(earlier);
      entries.set(key, { kind: 'scalar', value: value ?? null, file, line, column: 1, path: [section, key] });
    }
    last = key;
  }
  if (problems.length > 0) throw invalidConfig(file, problems);
  const place = { file, path: [], line: 1, column: 1 };
  const all = [...sections].map(([name, { line, entries }]) => {
    const map: OldMap = { kind: 'map', file, path: [name], line, column: 1, entries };
    return [name, map] as const;
  });
  // What [main] says stands at the top in the YAML that came later.
  const main = all.find(([name]) => name === 'main')?.[1];
  const root: OldMap = {
    ...place,
    kind: 'map',
    entries: new Map<string, Old>([...(main?.entries ?? []), ...all.filter(([name]) => name !== 'main')]),
  };
  return { root, repeated };
}
