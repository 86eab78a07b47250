import { join } from 'node:path';
import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import {
  createDlrnClient,
  createRepositoryTree,
  type DlrnClient,
  DlrnError,
  type PinnedHash,
  pinKnownHash,
  pinLabelAt,
  readLabelNow,
  type RepositoryTree,
  writeComponentHashInfos,
  writeExports,
  writeHashInfo,
} from '@tagflow/dlrn';
import { fillVariables } from '@tagflow/featureset';
import { type Api, createApi } from '@tagflow/http';
import type { Label } from '@tagflow/model';
import type { Given, outputs } from './inputs.ts';
import { type LookUp, questionOf, type Upgrade } from './settings.ts';

type Output = keyof typeof outputs;
type Result = ActionResult<Output>;

/** Looks up one label, or all hashes of an upgrade job. */
export async function run(given: Given, context: ActionContext): Promise<Result> {
  const question = await questionOf(given, context);
  const api = createApi(context);
  return question.kind === 'upgrade' ? lookUpAll(question, api, context) : lookUpOne(question, api, context);
}

async function lookUpOne(question: LookUp, api: Api, context: ActionContext): Promise<Result> {
  const { server, place, against, info, distro, writesComponents } = question;
  const { reposUrl, apiUrl, mode } = server;
  const tree = createRepositoryTree(api, { reposUrl, effects: context, ...(mode === null ? {} : { mode }) });
  const login = server.login === null ? {} : { credentials: server.login, sendCredentialsOnReads: true };
  const client = apiUrl === null ? null : createDlrnClient(api, { apiUrl, log: context.log, ...login });

  const found = await find(question, tree, client);
  context.log.info(`pinned ${found.fullHash}, found in ${found.sourceUrl}`);
  const isNew = against === null ? null : (await labelNow(client, tree, against, place)) !== found.fullHash;
  const hashInfo = await writeHashInfo(context.outDir, found, info);
  const folder = join(context.outDir, 'components');
  if (writesComponents && found.kind === 'commit') context.log.warning(oneBuildOnly(found));
  const componentFiles = writesComponents ? await writeComponentHashInfos(folder, tree, found, info) : null;
  const { fullHash, repoUrl, sourceUrl, build, kind, component } = found;
  return {
    outcome: 'done',
    message: fullHash,
    summary: `Pinned \`${fullHash}\`, found in ${sourceUrl}`,
    outputs: present({
      'full-hash': fullHash,
      'repo-url': repoUrl,
      'source-url': sourceUrl,
      'commit-hash': build?.commitHash,
      'distro-hash': build?.distroHash,
      'extended-hash': build?.extendedHash,
      'aggregate-hash': kind === 'aggregate' ? fullHash : null,
      component,
      release: info.release,
      distro,
      'is-new': isNew?.toString(),
      'hash-info': hashInfo,
      'component-files': componentFiles,
      full_hash: fullHash,
      commit_hash: build?.commitHash,
      distro_hash: build?.distroHash,
      extended_hash: build?.extendedHash,
      dlrn_url: sourceUrl,
    }),
  };
}

async function find({ wanted, place }: LookUp, tree: RepositoryTree, client: DlrnClient | null): Promise<PinnedHash> {
  if ('label' in wanted) {
    const { label, asOf } = wanted;
    return asOf === null || client === null
      ? tree.pinLabel(label, place)
      : pinLabelAt(client, tree, label, asOf, place);
  }
  const labels = wanted.below === null ? [] : [wanted.below];
  const found = await pinKnownHash(client, tree, wanted.hash, { ...place, labels });
  if (found !== null) return found;
  throw new DlrnError('nothing-there', `the repository at ${tree.reposUrl} has no build ${wanted.hash}`, {
    next: 'Give the repo-url that came with the hash; a build that was purged is gone for good.',
  });
}

/**
 * What a label names is only known when it was read, and one workflow may be for releases of both kinds: a warning, and
 * no error.
 */
function oneBuildOnly({ fullHash, component }: PinnedHash): string {
  const files = component === null ? 'no file for a component was written' : `the only file is that of ${component}`;
  return `component-files is for an aggregate, and ${fullHash} is one build: ${files}; hash_info.sh says all of it`;
}

/** Only the API knows quickly that there never was such a label. */
function labelNow(client: DlrnClient | null, tree: RepositoryTree, label: Label, place: LookUp['place']) {
  return client === null ? tree.readLabel(label, place) : readLabelNow(client, tree, label, 'input "against"', place);
}

async function lookUpAll({ variables, reposUrlOf }: Upgrade, api: Api, context: ActionContext): Promise<Result> {
  const values = await fillVariables(variables, async (wanted) => {
    const tree = createRepositoryTree(api, { reposUrl: reposUrlOf(wanted), effects: context });
    const { fullHash, sourceUrl } = await tree.pinLabel(wanted.label);
    context.log.info(`${sourceUrl}: ${fullHash}, ${wanted.label} of ${wanted.release}`);
    return fullHash;
  });
  const path = await writeExports(join(context.outDir, 'releases.sh'), values);
  const rows = Object.entries(values).map(([name, value]) => `| ${name} | ${value} |`);
  const summary = ['| Variable | Value |', '| --- | --- |', ...rows].join('\n');
  return { outcome: 'done', message: `the hashes are in ${path}`, summary, outputs: { 'releases-file': path } };
}

function present(values: { readonly [Name in Output]?: string | null | undefined }): Result['outputs'] {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
}
