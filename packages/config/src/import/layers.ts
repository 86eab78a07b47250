import { invalidConfig } from '../error.ts';
import { renderJinja } from './jinja.ts';
import type { OldDocument } from './old-file.ts';
import { at, keyOf, type Old, type OldScalar, textOf } from './old-tree.ts';

/** A text, and the values of old files that it was made of. */
export interface Rendered {
  readonly text: string;
  readonly used: readonly Old[];
}

/** The old files over one another, the highest first: the first that has a key says what it is. */
export interface Layers {
  readonly documents: readonly OldDocument[];
  /** Returns the value of a key of the top, or null where no file has it. */
  node(key: string): Old | null;
  /** Returns the value of a key of the top as a text; null where no file has it, or it is empty or no scalar. */
  text(key: string): Rendered | null;
  /**
   * Returns a value as a text, with its references filled in.
   * @throws ConfigError `invalid-config` for a template that cannot be read
   */
  render(node: Old | null): Rendered | null;
}

/** @param onMissing hears of a reference to what no file says */
export function openLayers(documents: readonly OldDocument[], onMissing: (node: Old, name: string) => void): Layers {
  const iniFiles = new Set(documents.filter(({ form }) => form === 'ini').map(({ name }) => name));
  const node = (key: string): Old | null => {
    for (const { root } of documents) {
      const found = at(root, key);
      if (found !== null) return found;
    }
    return null;
  };
  const render = (from: Old | null, above: readonly Old[] = []): Rendered | null => {
    const text = textOf(from);
    if (from === null || text === null || text === '') return null;
    if (above.includes(from)) throw refused(from, `refers to itself: ${above.map(keyOf).join(', ')}`);
    const used: Old[] = [from];
    const lookup = (name: string, path: readonly string[]): string | null => {
      const found = render(at(node(name), ...path), [...above, from]);
      used.push(...(found?.used ?? []));
      if (found === null) return null;
      return name === 'distro_name' ? found.text.toLowerCase() : found.text;
    };
    if (iniFiles.has(from.file)) {
      const filled = text
        .replaceAll(/%\(([^)]+)\)s/g, (_all, name: string) => {
          const value = lookup(name, []);
          if (value === null) onMissing(from, name);
          return value ?? '';
        })
        .replaceAll('%%', '%');
      return { text: filled, used };
    }
    if (!/\{[{%#]/.test(text)) return { text, used };
    const rendered = renderJinja(text, lookup);
    if ('problem' in rendered) throw refused(from, rendered.problem);
    for (const name of rendered.missing) onMissing(from, name);
    return rendered.text === '' ? null : { text: rendered.text, used };
  };
  return { documents, node, text: (key) => render(node(key)), render: (from) => render(from) };
}

/** Returns the error about a value of an old file. */
export function refused(node: Old | OldScalar, message: string): Error {
  const { file, line, column } = node;
  return invalidConfig(file, [{ line, column, path: keyOf(node), message }]);
}

/** Returns what Ansible and configparser make of a word; null for one that says neither. */
export function truth(text: string | undefined): boolean | null {
  if (/^(?:yes|true|on|1)$/i.test(text ?? '')) return true;
  return /^(?:no|false|off|0)$/i.test(text ?? '') ? false : null;
}
