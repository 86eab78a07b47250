import { isAggregate } from '@tagflow/model';
import type { RepositoryTree } from './tree.ts';
import type { LabelMove } from './label-state.ts';

/**
 * The names under which DLRN 0.26.1 makes the links of an aggregate before it renames them (seen there). One that is
 * left over makes every later promotion of the label fail, after the components' links have moved.
 */
export const temporaryNames = ['delorean.repo_', 'delorean.repo.md5_', 'versions.csv_'] as const;

/** Returns the URLs of the temporary links that are left over below a label: none where nothing stands in the way. */
export async function blockingFiles(
  tree: Pick<RepositoryTree, 'readFile' | 'reposUrl'>,
  { label, component, to }: Pick<LabelMove, 'label' | 'component' | 'to'>,
): Promise<readonly string[]> {
  // Only component mode has aggregates; a component's own label is part of one, too.
  if (component === null && !isAggregate(to.fullHash)) return [];
  const found = await Promise.all(
    temporaryNames.map(async (name) =>
      (await tree.readFile(`${label}/${name}`, { fresh: true })) === null ? null : name,
    ),
  );
  return found.flatMap((name) => (name === null ? [] : [`${tree.reposUrl}/${label}/${name}`]));
}
