import type { Draft } from './draft.ts';
import { isSecretKey } from './finding.ts';
import { knownKey } from './known-keys.ts';
import { entriesOf, keyOf, leavesOf, type Old } from './old-tree.ts';
import { placeOfSecret } from './secret-places.ts';

/** Tells of every value of the old files that went nowhere: nothing is dropped without a word. */
export function tellLeftovers(draft: Draft): void {
  const { layers } = draft;
  for (const { root, form, repeated } of layers.documents) {
    for (const node of repeated)
      draft.find('overridden', node, { why: 'comes again further down, and the last one counts' });
    const targets = new Set(entriesOf(root.entries.get('promote_from') ?? null).map(([to]) => to));
    for (const [key, node] of root.entries) {
      for (const leaf of leavesOf(node))
        if (!draft.isTold(leaf)) tell(draft, leaf, key, form === 'ini' && !targets.has(key));
    }
  }
}

function tell(draft: Draft, leaf: Old, key: string, isUnusedSection: boolean): void {
  const { layers, find } = draft;
  if (leaf.path.some((part) => isSecretKey(String(part)))) {
    const todo = placeOfSecret(keyOf(leaf));
    return find('secret', leaf, { why: 'a secret belongs into no file', todo: `${todo} Change it: it was in a file.` });
  }
  const chosen = layers.node(key);
  if (chosen !== null && chosen.file !== leaf.file) {
    return find('overridden', leaf, { why: `${chosen.file}:${chosen.line} says otherwise, and wins` });
  }
  // A file of 2020 has its keys below main, an INI file below [main].
  const known = knownKey(keyOf(leaf).replace(/^(?:main|environment_defaults)\./, ''));
  if (known !== null) return find('not-carried', leaf, known);
  if (leaf.path.length > 1 && (isUnusedSection || /^(?:current|promoted|previous)-/.test(key))) {
    return find('not-carried', leaf, {
      why: `nothing says what ${key} is promoted from, so the old promoter did not look at it`,
      todo: 'Write the phase by hand if it is wanted.',
    });
  }
  find('not-carried', leaf, { why: 'the old promoter is not known to read this key', todo: 'Look what it was for.' });
}
