import { defineAction } from '@tagflow/action-kit';
import {
  createDlrnClient,
  createRepositoryTree,
  type DlrnClient,
  DlrnError,
  readBuilds,
  readLabelNow,
  type RepositoryTree,
  type ResolvedHash,
  resolveLabelAt,
} from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import type { FullHash, Label } from '@tagflow/model';
import { inputs } from './inputs.ts';
import { type Question, questionOf } from './settings.ts';

export const action = defineAction({
  name: 'get-repo-hash',
  description:
    'Find out which build of the repository a label names, once, so that every later step works on that build.',
  inputs,
  outputs: {
    'full-hash': 'The name of the build: what directories and container tags are called.',
    'repo-url': 'The immutable directory of the build. It travels with full-hash.',
    'commit-hash': 'The 40 digits of the commit; nothing for an aggregate.',
    'distro-hash': 'The 40 digits of the packaging commit; nothing for an aggregate.',
    'extended-hash': 'The extended hash, where the build has one.',
    'aggregate-hash': 'The md5 of an aggregate of components; nothing for a single build.',
    component: 'The component, when one was looked up.',
    'source-url': 'The file that was read.',
    'is-new': 'true when the label against names another build, or is not there yet; false when it names this one.',
  },
  run: async (given, context) => {
    const question = await questionOf(given);
    const api = createApi(context);
    const { reposUrl, mode, apiUrl, against } = question;
    const tree = createRepositoryTree(api, { reposUrl, effects: context, ...(mode === null ? {} : { mode }) });
    const client = apiUrl === null ? null : createDlrnClient(api, { apiUrl, log: context.log });
    const found = await find(question, tree, client);
    const named = against === null ? undefined : await namedBy(against, question, tree, client);
    context.log.info(`${found.sourceUrl}: ${found.fullHash}`);

    const [build] = found.kind === 'commit' ? found.builds : [];
    return {
      outcome: 'done',
      message: found.fullHash,
      outputs: {
        'full-hash': found.fullHash,
        'repo-url': found.repoUrl,
        'source-url': found.sourceUrl,
        ...present({
          'commit-hash': build?.commitHash,
          'distro-hash': build?.distroHash,
          'extended-hash': build?.extendedHash,
          'aggregate-hash': found.kind === 'aggregate' ? found.fullHash : null,
          component: found.component,
          'is-new': named === undefined ? null : String(named !== found.fullHash),
        }),
      },
    };
  },
});

/** Returns what a label names. Only the API knows quickly that there never was such a label. */
function namedBy(
  label: Label,
  question: Question,
  tree: RepositoryTree,
  client: DlrnClient | null,
): Promise<FullHash | null> {
  const place = placeOf(question);
  return client === null ? tree.readLabel(label, place) : readLabelNow(client, tree, label, 'input "against"', place);
}

async function find(question: Question, tree: RepositoryTree, client: DlrnClient | null): Promise<ResolvedHash> {
  const { wanted } = question;
  const place = placeOf(question);
  if ('label' in wanted) {
    if (wanted.asOf === null) return tree.resolveLabel(wanted.label, place);
    if (client !== null) return resolveLabelAt(client, tree, wanted.label, wanted.asOf, place);
    throw new DlrnError('bad-input', 'input "as-of" needs the DLRN API: give dlrn-url', { outcome: 'invalid' });
  }
  const options = { ...place, labels: wanted.below === null ? [] : [wanted.below] };
  const found = await (client === null
    ? tree.readHash(wanted.hash, options)
    : readBuilds(client, tree, wanted.hash, options));
  if (found !== null) return found;
  throw new DlrnError('nothing-there', `the repository at ${tree.reposUrl} has no build ${wanted.hash}`, {
    next: 'Give the repo-url that came with the hash; a build that was purged is gone for good.',
  });
}

function placeOf({ component }: Question): { readonly component?: string } {
  return component === null ? {} : { component };
}

function present<Name extends string>(
  values: Readonly<Record<Name, string | null | undefined>>,
): { [Key in Name]?: string } {
  const kept: { [Key in Name]?: string } = {};
  for (const name in values) {
    const value = values[name];
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}
