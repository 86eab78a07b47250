import { invalidConfig } from '../error.ts';
import { type Comment, commentsOf } from './comments.ts';
import { at, entriesOf, itemsOf, type Old, type OldMap, textOf } from './old-tree.ts';
import { looksLikeIni, readIni } from './read-ini.ts';
import { readOldYaml } from './read-old-yaml.ts';

/** A file of the old promoter, as it was read. */
export interface OldFile {
  /** How it is called in findings: its path as it was given. */
  readonly name: string;
  readonly text: string;
  /** Whether it was given as a layer of defaults. */
  readonly isDefaults?: boolean;
}

/**
 * - `ini`: the release files of 2017 to 2020
 * - `release`: those that came after them, with `promotions`
 * - `component`: criteria of each component, with `promote_from`
 * - `criteria`: nothing but labels and their jobs
 * - `excludes`: containers that nobody builds, as tripleo-ci lists them
 * - `defaults`: anything else
 */
export type OldForm = 'ini' | 'release' | 'component' | 'criteria' | 'excludes' | 'defaults';

export interface OldDocument {
  readonly name: string;
  readonly form: OldForm;
  readonly root: OldMap;
  readonly comments: readonly Comment[];
  /** Values whose key comes again further down, where the last one counts. */
  readonly repeated: readonly Old[];
}

/**
 * Returns what a file says; its form is told by what is in it.
 * @throws ConfigError `invalid-config` with the place of what cannot be read
 */
export function readOldFile({ name, text, isDefaults = false }: OldFile): OldDocument {
  const comments = commentsOf(text);
  if (looksLikeIni(text)) return { name, form: 'ini', comments, ...readIni(text, name) };
  const root = unwrapped(readOldYaml(text, name));
  if (root.entries.size === 0) {
    const message = 'says nothing: a file of the old promoter is INI with [main], or a YAML mapping';
    throw invalidConfig(name, [{ line: 1, column: 1, path: '', message }]);
  }
  return { name, form: isDefaults ? 'defaults' : formOf(root), root, comments, repeated: [] };
}

// For some weeks of 2020 all was below `main`, as the INI files had it.
function unwrapped(root: OldMap): OldMap {
  const inner = ['main', 'environment_defaults'].map((key) => at(root, key)).filter((node) => node?.kind === 'map');
  if (inner.length === 0) return root;
  const rest = [...root.entries].filter(([key]) => key !== 'main' && key !== 'environment_defaults');
  return { ...root, entries: new Map([...inner.flatMap(entriesOf), ...rest]) };
}

function formOf(root: OldMap): OldForm {
  if (root.entries.has('promotions')) return 'release';
  if (root.entries.has('promote_from')) return 'component';
  if (root.entries.has('exclude_containers') || root.entries.has('exclude_ppc_containers')) return 'excludes';
  const values = [...root.entries.values()];
  return values.every(isJobs) ? 'criteria' : 'defaults';
}

function isJobs(node: Old): boolean {
  const items = itemsOf(node);
  return items.length > 0 && items.every((item) => /-.*-/.test(textOf(item) ?? ''));
}
