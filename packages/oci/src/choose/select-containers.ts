import { OciError } from '../error.ts';
import type { NamePattern } from '../reference.ts';
import { type Excluded, oncePerName, type Wanted } from './wanted.ts';

/**
 * Which of the named containers are taken. An entry is a name or has `*` for any characters, bare or as repositories
 * are called, and may say why after a colon: `neutron-mlnx-agent: not built for centos9`.
 */
export interface Rules {
  /** Empty: all. */
  readonly include: readonly string[];
  /** Wins over `include`. */
  readonly exclude: readonly string[];
}

export interface Selection {
  /** Sorted by name, at least one. */
  readonly wanted: readonly Wanted[];
  /** Sorted by name. */
  readonly excluded: readonly Excluded[];
  /** Entries that fit nothing: as a rule, names that were written wrong. */
  readonly warnings: readonly string[];
}

interface Rule {
  /** As it was written, without the reason. */
  readonly text: string;
  readonly glob: string;
  readonly reason: string;
}

const bareGlob = /^[a-z0-9*][a-z0-9._*-]*$/;

/**
 * Returns what includes and excludes leave of `all`.
 * @throws OciError `bad-list` for entries that cannot fit any name, `empty-list` when nothing is left
 */
export function selectContainers(all: readonly Wanted[], rules: Rules, pattern: NamePattern): Selection {
  const include = parseRules(rules.include, 'include', pattern);
  const exclude = parseRules(rules.exclude, 'exclude', pattern);
  const named = oncePerName(all);
  const wanted: Wanted[] = [];
  const excluded: Excluded[] = [];
  for (const entry of named) {
    const { name } = entry;
    const out = exclude.find(({ glob }) => globFits(glob, name));
    if (out !== undefined) excluded.push({ name, why: out.reason || `exclude ${out.text}` });
    else if (include.length === 0 || include.some(({ glob }) => globFits(glob, name))) wanted.push(entry);
    else excluded.push({ name, why: 'not in include' });
  }
  const idle = (input: string, list: readonly Rule[]): readonly string[] =>
    list
      .filter(({ glob }) => !named.some(({ name }) => globFits(glob, name)))
      .map(({ text }) => `${input}: ${JSON.stringify(text)} fits none of the ${named.length} containers`);
  const warnings = [...idle('include', include), ...idle('exclude', exclude)];
  if (wanted.length === 0) throw nothingLeft(named.length, warnings);
  return { wanted, excluded, warnings };
}

/** Tells whether a name fits a text in which `*` stands for any characters. Takes linear time, whatever the two are. */
export function globFits(glob: string, name: string): boolean {
  const [start = '', ...parts] = glob.split('*');
  const end = parts.pop();
  if (end === undefined) return name === glob;
  if (!name.startsWith(start) || !name.endsWith(end)) return false;
  let at = start.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + end.length <= name.length;
}

function parseRules(entries: readonly string[], input: string, pattern: NamePattern): readonly Rule[] {
  const rules = entries.map((entry) => {
    const colon = entry.indexOf(':');
    const text = (colon < 0 ? entry : entry.slice(0, colon)).trim();
    const reason = colon < 0 ? '' : entry.slice(colon + 1).trim();
    return { text, glob: pattern.parse(text) ?? text, reason: reason.replace(/\s+/g, ' ') };
  });
  const wrong = rules.filter(({ glob }) => !bareGlob.test(glob));
  if (wrong.length === 0) return rules;
  const shown = wrong.slice(0, 5).map(({ text }) => JSON.stringify(text.slice(0, 80)));
  throw new OciError(
    'bad-list',
    `${input}: ${shown.join(', ')}${wrong.length > 5 ? ', …' : ''}: not names of containers`,
    {
      outcome: 'invalid',
      next: 'Write a name such as heat-api, a form such as "neutron-*", or "heat-api: why".',
    },
  );
}

function nothingLeft(total: number, warnings: readonly string[]): OciError {
  const why = total === 0 ? 'no container is named' : `none of the ${total} named containers is left`;
  const typos = warnings.length === 0 ? '' : ` (${warnings.slice(0, 5).join('; ')})`;
  return new OciError('empty-list', `include and exclude: ${why}${typos}: an empty set is never promoted`, {
    outcome: 'invalid',
    next: 'Look at include and exclude, and at the list that they choose from.',
  });
}
