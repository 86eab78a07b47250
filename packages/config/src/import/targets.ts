import type { Draft } from './draft.ts';
import type { OldDocument } from './old-file.ts';
import { at, entriesOf, itemsOf, type Old, textOf } from './old-tree.ts';

/** A label that the old promoter moved, with what it asked for. */
export interface Target {
  readonly to: string;
  /** Null where the file does not say it, and it is what the field takes for granted. */
  readonly fromNode: Old | null;
  readonly from: string;
  /** Null but for the label of one component. */
  readonly component: string | null;
  /** What the jobs stand in. */
  readonly criteria: Old | null;
  readonly jobs: readonly Old[];
  readonly alternatives: Old | null;
  /** Which comments are about it: those of this file from this line to that. */
  readonly comments: { readonly file: string; readonly first: number; readonly last: number };
}

/** What a label was promoted from, where a file has jobs and nothing else. */
const usualCandidates: Readonly<Record<string, string>> = {
  'promoted-components': 'component-ci-testing',
  'current-tripleo': 'tripleo-ci-testing',
  'current-tripleo-rdo': 'current-tripleo',
  'current-tripleo-rdo-internal': 'current-tripleo-rdo',
  'current-podified': 'podified-ci-testing',
};

interface Region {
  readonly to: string;
  readonly node: Old;
  readonly fromNode: Old | null;
  readonly isGuessed: boolean;
}

/** Returns the labels of all files, those of components first, each in the order of its file. */
export function targetsOf(draft: Draft): readonly Target[] {
  const { documents, node } = draft.layers;
  const chosen = node('promotions');
  const targets = documents.flatMap((document) => {
    const promotions = at(document.root, 'promotions');
    const regions =
      promotions !== null
        ? promotions === chosen
          ? fromPromotions(draft, promotions)
          : []
        : regionsOf(draft, document);
    return regions.flatMap((region) => targetsIn(region, document, promotions !== null));
  });
  return [
    ...targets.filter(({ component }) => component !== null),
    ...targets.filter(({ component }) => component === null),
  ];
}

function fromPromotions(draft: Draft, promotions: Old): readonly Region[] {
  return entriesOf(promotions).flatMap(([to, node]) => {
    const fromNode = at(node, 'candidate_label');
    if (textOf(fromNode) !== null) return [{ to, node, fromNode, isGuessed: false }];
    draft.find('not-carried', node, {
      why: 'has no candidate_label: the old promoter refused such a file',
      todo: 'Write the phase by hand.',
    });
    return [];
  });
}

function regionsOf(draft: Draft, { form, root }: OldDocument): readonly Region[] {
  if (form === 'defaults' || form === 'excludes') return [];
  if (form === 'criteria') {
    return entriesOf(root).flatMap(([to, node]) => {
      if (usualCandidates[to] !== undefined) return [{ to, node, fromNode: null, isGuessed: true }];
      draft.find('not-carried', node, {
        why: 'nothing says which label it is promoted from',
        todo: 'Write the phase by hand.',
      });
      return [];
    });
  }
  return entriesOf(at(root, 'promote_from')).flatMap(([to, fromNode]) => {
    const node = at(root, to);
    if (node !== null) return [{ to, node, fromNode, isGuessed: false }];
    draft.find('not-carried', fromNode, {
      why: `no section ${to} has its jobs, so the old promoter failed here`,
      todo: 'Write the phase by hand.',
    });
    return [];
  });
}

function targetsIn(region: Region, document: OldDocument, hasCriteria: boolean): readonly Target[] {
  const { to, node, fromNode } = region;
  const from = textOf(fromNode) ?? usualCandidates[to] ?? '';
  const criteria = hasCriteria ? at(node, 'criteria') : node;
  const base = { to, from, fromNode, alternatives: hasCriteria ? at(node, 'alternative_criteria') : null };
  // A component has its own jobs below the label; in an INI file the section is a mapping of jobs to nothing.
  const hasComponents = document.form !== 'ini' && criteria?.kind === 'map';
  const parts: readonly (readonly [string | null, Old | null])[] = hasComponents
    ? entriesOf(criteria)
    : [[null, criteria]];
  return parts.map(([component, part]) => ({
    ...{ ...base, component, criteria: part, jobs: jobsOf(part) },
    comments: { file: document.name, ...linesOf(document, component === null ? node : (part ?? node)) },
  }));
}

const jobsOf = (node: Old | null): readonly Old[] =>
  node?.kind === 'map' ? [...node.entries.values()] : itemsOf(node);

/** From the key itself to before the next thing that is no part of it. */
function linesOf({ root }: OldDocument, node: Old): { readonly first: number; readonly last: number } {
  const later = everything(root).filter(
    ({ line, path }) => line > node.line && !node.path.every((part, index) => path[index] === part),
  );
  return { first: node.line, last: Math.min(Infinity, ...later.map(({ line }) => line - 1)) };
}

function everything(node: Old): readonly Old[] {
  if (node.kind === 'scalar') return [node];
  const inner = node.kind === 'list' ? node.items : [...node.entries.values()];
  return [node, ...inner.flatMap(everything)];
}
