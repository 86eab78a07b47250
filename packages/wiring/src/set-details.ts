import {
  createRepositoryTree,
  DlrnError,
  parseVersionsCsv,
  type PackageVersion,
  pinKnownHash,
  type PinnedHash,
  placeOf,
  splitRepoUrl,
} from '@tagflow/dlrn';
import { managedLabels } from '@tagflow/config';
import {
  type ArtifactSet,
  type FullHash,
  fullHashOfCommit,
  messageOf,
  type Plan,
  type PromotionRecord,
  TagflowError,
} from '@tagflow/model';
import { mergePackages, PromotionError, type PromotionFacts, readSet, type SetDetails } from '@tagflow/promotion';
import { withoutPrevious } from './known-labels.ts';
import type { FoundSet } from './resolve-set.ts';
import { forgiving, type SetPlaces } from './set-places.ts';

/**
 * Returns everything that the places know of a set. What one of them cannot say is null, with a note.
 * @throws PromotionError `no-set` when nobody knows anything of the hash
 */
export async function readSetDetails(found: FoundSet, places: SetPlaces): Promise<SetDetails> {
  const { name, fullHash, plan } = found;
  const notes: string[] = [];
  const unread: string[] = [];
  const set = found.set ?? (await readSet(forgiving(places.places, places.effects.signal, unread), fullHash));
  const pinned = found.pinned ?? (await pinOf(found, set, places, notes));
  if (set === null && pinned === null) throw nobodyKnows(fullHash, places, [...notes, ...unread]);
  if (pinned === null && set !== null)
    notes.push(`the repository of ${fullHash} is not there: its packages are unknown`);
  if (set === null && unread.length === 0)
    notes.push(`nobody has published the set of ${fullHash} yet: its containers and images are unknown`);
  const promotion = plan === null ? await promotionOf(found, places, notes) : factsOf(plan, null);
  // What is missing in one place may be in another that could not be asked.
  const known = <Entry>(list: readonly Entry[] | undefined): readonly Entry[] | null =>
    list === undefined || (list.length === 0 && (unread.length > 0 || places.notes.length > 0)) ? null : list;
  const [repository, packages] = [set?.repository, pinned === null ? null : await packagesOf(pinned, places, notes)];
  return {
    ...{ name, fullHash, packages, promotion },
    release: set?.release ?? places.config?.release ?? 'unknown',
    repoUrl: pinned?.repoUrl ?? repository?.url ?? null,
    members:
      pinned?.members.map(({ component, fullHash: of }) => ({ component, fullHash: of })) ??
      repository?.builds.map((build) => ({ component: build.component, fullHash: fullHashOfCommit(build) })) ??
      null,
    containers: known(set?.containers)?.map((container) => ({ ...container, platforms: null })) ?? null,
    images: known(set?.images),
    notes: [...new Set([...places.notes, ...unread, ...notes])],
  };
}

function nobodyKnows(hash: FullHash, { config, dlrn }: SetPlaces, why: readonly string[]): PromotionError {
  const where = dlrn === null || config === null ? '' : `: neither ${dlrn.tree.reposUrl} nor a place of ${config.file}`;
  return new PromotionError('no-set', `nobody knows ${hash}${where}${why.map((note) => `; ${note}`).join('')}`, {
    outcome: 'invalid',
    next: 'Check the hash; a build of one component needs --component; DLRN purges old builds.',
  });
}

/** The directory of a set that came as a file: where the file says it is. */
async function pinOf(
  { fullHash, component, set: given }: FoundSet,
  set: ArtifactSet | null,
  places: SetPlaces,
  notes: string[],
): Promise<PinnedHash | null> {
  const url = (given ?? set)?.repository.url ?? null;
  return unlessUnread(places, notes, 'the repository', async () => {
    if (url === null) {
      const { dlrn, config } = places;
      if (dlrn === null || config?.release !== (given ?? set)?.release) return null;
      const labels = config === null ? [] : managedLabels(config);
      return pinKnownHash(dlrn.client, dlrn.tree, fullHash, { ...placeOf(component), labels });
    }
    const parts = splitRepoUrl(url, fullHash);
    const tree = createRepositoryTree(places.api, { reposUrl: parts.reposUrl, effects: places.effects });
    const labels = parts.label === null ? [] : [parts.label];
    return tree.pinHash(fullHash, { ...placeOf(parts.component), labels });
  });
}

/** Returns the packages of a hash: those that its own list names, else those of the lists of its builds. */
async function packagesOf(
  pinned: PinnedHash,
  { api, effects, ...places }: SetPlaces,
  notes: string[],
): Promise<SetDetails['packages']> {
  return unlessUnread({ ...places, effects }, notes, `the packages of ${pinned.fullHash}`, async () => {
    const { reposUrl } = splitRepoUrl(pinned.repoUrl, pinned.fullHash);
    const tree = createRepositoryTree(api, { reposUrl, effects });
    const read = async (directory: string): Promise<readonly PackageVersion[] | null> => {
      const path = `${directory}/versions.csv`;
      const text = await tree.readFile(path);
      return text === null ? null : parseVersionsCsv(text, `${reposUrl}/${path}`);
    };
    const whole = await read(pinned.repoUrl.slice(reposUrl.length + 1));
    if (whole !== null) return mergePackages(whole);
    // An aggregate's own list is what its components' lists are joined to.
    const lists = pinned.kind === 'commit' ? [] : await Promise.all(pinned.members.map(({ path }) => read(path)));
    const missing = pinned.members.filter((_member, index) => (lists[index] ?? null) === null);
    if (missing.length === 0) return mergePackages(lists.flatMap((list) => list ?? []));
    notes.push(`${pinned.repoUrl} has no versions.csv: the packages are unknown`);
    return null;
  });
}

/** Returns what is read, or null with a note: what cannot be read keeps nobody from seeing the rest. */
async function unlessUnread<Value>(
  { effects }: Pick<SetPlaces, 'effects'>,
  notes: string[],
  what: string,
  read: () => Promise<Value | null>,
): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    effects.signal.throwIfAborted();
    if (!(error instanceof DlrnError || error instanceof TagflowError)) throw error;
    notes.push(`${what} could not be read: ${messageOf(error)}`);
    return null;
  }
}

/** How far back the ledger is looked through. */
const historyLimit = 100;

/** Returns how the label came to the set, as the ledger remembers it; for a hash the last promotion of it to any label. */
async function promotionOf(
  { fullHash, label, component, name }: FoundSet,
  { ledger, config, effects }: SetPlaces,
  notes: string[],
): Promise<PromotionFacts | null> {
  if (ledger === null || config === null) {
    notes.push(`${name}: there is no ledger here, so that its criteria are unknown`);
    return null;
  }
  const labels = label === null ? managedLabels(config) : [withoutPrevious(label)];
  const records = await unlessUnread({ effects }, notes, 'the ledger', () =>
    Promise.all(labels.map((one) => ledger.history(config.release, one, historyLimit))),
  );
  const matching = (records ?? [])
    .flat()
    .filter(({ plan, outcome }) => outcome === 'done' && plan.toHash === fullHash && plan.component === component);
  // A rollback asks for no job: what was asked for once is what the set was judged by.
  const best = matching.sort((a, b) => Number(isJudged(b)) - Number(isJudged(a)) || order(b, a))[0];
  if (best !== undefined) return factsOf(best.plan, best.id);
  const of = label === null ? 'a promotion of it' : `its promotion to ${labels.join(', ')}`;
  notes.push(`${name}: the ledger does not remember ${of}, so that its criteria are unknown`);
  return null;
}

function isJudged({ plan }: PromotionRecord): boolean {
  return plan.mode === 'promote';
}

function order(one: PromotionRecord, other: PromotionRecord): number {
  return one.plan.createdAt < other.plan.createdAt ? -1 : 1;
}

function factsOf(plan: Plan, id: string | null): PromotionFacts {
  const { mode, label, fromHash, version, actor, reason, createdAt, verdict, criteria, waivers } = plan;
  return { id, mode, label, fromHash, version, actor, reason, createdAt, answer: verdict.answer, criteria, waivers };
}
