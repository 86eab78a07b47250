import { formatPath, type Path } from '../path.ts';
import { type Carried, type Finding, type FindingKind, isSecretKey, withoutPassword } from './finding.ts';
import type { Layers, Rendered } from './layers.ts';
import { keyOf, type Old, shown } from './old-tree.ts';

/** A comment above something in tagflow.yaml. */
export interface Look {
  readonly path: Path;
  readonly text: string;
}

interface Words {
  readonly why: string;
  readonly todo?: string;
}

/** A tagflow.yaml that is being written, and the account of where each value of the old files went. */
export interface Draft {
  readonly layers: Layers;
  readonly data: Readonly<Record<string, unknown>>;
  readonly looks: readonly Look[];
  readonly findings: readonly Finding[];
  readonly carried: readonly (Carried & { readonly path: Path })[];
  set(path: Path, value: unknown): void;
  /** Notes that values of old files are what tagflow.yaml says there. */
  carry(used: readonly Old[], path: Path): void;
  /** Sets what a text of the old files says. */
  put(path: Path, value: unknown, from: Rendered): void;
  /** Sets what no old file says, with a comment for whoever has to look. */
  guess(path: Path, value: unknown, words: Words): void;
  look(path: Path, text: string): void;
  find(kind: FindingKind, node: Old, words: Words): void;
  /** Whether the value went somewhere already. */
  isTold(node: Old): boolean;
}

/** Returns an empty one. `findings`: those that there are already. */
export function openDraft(layers: Layers, findings: Finding[]): Draft {
  const data: Record<string, unknown> = {};
  const looks: Look[] = [];
  const carried: (Carried & { readonly path: Path })[] = [];
  const told = new Set<Old>();
  const set = (path: Path, value: unknown): void => {
    let target = data;
    for (const part of path.slice(0, -1)) target = (target[part] ??= {}) as Record<string, unknown>;
    target[path.at(-1) ?? ''] = value;
  };
  const carry = (used: readonly Old[], path: Path): void => {
    for (const node of used) {
      told.add(node);
      carried.push({ file: node.file, line: node.line, key: keyOf(node), to: formatPath(path), path });
    }
  };
  const look = (path: Path, text: string): void => void looks.push({ path, text: `LOOK: ${text}` });
  return {
    ...{ layers, data, looks, findings, carried, set, carry, look },
    put: (path, value, { used }) => {
      set(path, value);
      carry(used, path);
    },
    guess: (path, value, { why, todo = '' }) => {
      set(path, value);
      look(path, [why, todo].filter((text) => text !== '').join('; '));
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      findings.push({ kind: 'guessed', file: null, line: null, key: formatPath(path), value: text, why, todo });
    },
    find: (kind, node, { why, todo = '' }) => {
      told.add(node);
      findings.push(findingOf(kind, node, why, todo));
    },
    isTold: (node) => told.has(node),
  };
}

/** Returns a finding about a value of an old file, without what nobody should read. */
export function findingOf(kind: FindingKind, node: Old, why: string, todo: string): Finding {
  const isSecret = node.path.some((part) => isSecretKey(String(part)));
  const value = isSecret ? '(not shown)' : withoutPassword(shown(node));
  return { kind, file: node.file, line: node.line, key: keyOf(node), value, why, todo };
}
