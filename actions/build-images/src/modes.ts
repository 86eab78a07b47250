import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext } from '@tagflow/action-kit';
import { checkLeftFiles } from '@tagflow/images';
import { type ContainerEntry, type FullHash, isFullHash, TagflowError } from '@tagflow/model';
import type { SourcePlace } from '@tagflow/oci';
import { expectLines } from '@tagflow/runner';
import { connectionsAtATime, type ContainersAt, firstThat, formsIn, withContainers } from './places.ts';
import type { Build } from './settings.ts';

/** What a container builder leaves: a line `<name> <tag>` for each container that it has built, or meant to build. */
export const containersLog = 'containers-built.log';
/** Beside it, of those that did not fail; without it there are none that did. */
const successLog = 'containers-successfully-built.log';

/** What a container builder has left. */
export interface BuiltContainers {
  readonly containers: readonly ContainerEntry[];
  /** What tag-and-push-containers takes as its source; null for what the builder has pushed itself. */
  readonly source: string | null;
  /** How the source calls the containers; null without one. */
  readonly namePattern: string | null;
}

/**
 * Returns the containers that a builder left, each looked at where it is: in a layout or archives in the folder, else in
 * the registry of config.
 * @throws TagflowError, RunnerError, OciError when any is missing, or of another hash
 */
export async function readContainers(
  folder: string,
  build: Build,
  auth: string | undefined,
  { context, notBefore }: { readonly context: ActionContext; readonly notBefore: number },
): Promise<BuiltContainers> {
  const { fullHash, registry } = build;
  const listed = await readLog(join(folder, containersLog), registry?.namePattern ?? '{name}');
  await checkLeftFiles(folder, [containersLog], { notBefore });
  refuseOtherTags(listed, fullHash);
  await refuseFailed(folder, listed, build);
  const names = [...listed.keys()].sort();
  const [first = ''] = names;
  const forms = await formsIn(folder, first, registry?.namePattern);
  const look = (where: ContainersAt) => withContainers(where, auth, context, (place) => lookAt(place, names, fullHash));
  if (forms.length === 0 && registry === null) {
    const where = `no layout or archive is in ${folder}, and no registry is known`;
    if (build.evidence === 'required') throw unseen(where);
    context.log.warning(`${where}: nobody has looked at the containers`);
    return { containers: [], source: null, namePattern: null };
  }
  if (forms.length === 0 && registry !== null)
    return { containers: await look(registry), source: null, namePattern: null };
  const has = ({ reader, repository }: SourcePlace) => reader.getManifest(repository(first), fullHash);
  const form = await firstThat(forms, async (one) => (await withContainers(one, auth, context, has)) !== null);
  return { containers: await look(form), source: form.url, namePattern: form.namePattern };
}

const lineForm = /^(?:REPOSITORY\s+TAG\b.*|[a-z0-9][\w.:/-]*\s+\w[\w.-]*(?:\s.*)?)$/;

/** Returns the tags of each container that a log names, by its bare name. */
async function readLog(path: string, pattern: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const [prefix = '', suffix = ''] = pattern.split('{name}');
  const tags = new Map<string, string[]>();
  for (const line of await expectLines(path, lineForm, 'name tag')) {
    const [repository = '', tag = ''] = line.split(/\s+/);
    if (repository === 'REPOSITORY') continue;
    const last = (repository.split('/').at(-1) ?? '').split(':')[0] ?? '';
    const isPrefixed = last.length > prefix.length + suffix.length && last.startsWith(prefix) && last.endsWith(suffix);
    const name = isPrefixed ? last.slice(prefix.length, last.length - suffix.length) : last;
    tags.set(name, [...(tags.get(name) ?? []), tag]);
  }
  return tags;
}

function refuseOtherTags(listed: ReadonlyMap<string, readonly string[]>, hash: FullHash): void {
  // `<hash>_x86_64` is the tag of one architecture; `<hash>_<8 digits>` may be another hash.
  const isOurs = (tag: string) => tag === hash || (tag.startsWith(`${hash}_`) && !isFullHash(tag));
  const wrong = [...listed].filter(([, tags]) => !tags.some(isOurs));
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 5).map(([name, tags]) => `${name} has the tag ${tags.join(', ')}`);
  const more = wrong.length > shown.length ? `, and ${wrong.length - shown.length} more` : '';
  throw otherHash(`the builder was to build ${hash}, and its ${containersLog} says: ${shown.join(', ')}${more}`);
}

async function refuseFailed(
  folder: string,
  listed: ReadonlyMap<string, readonly string[]>,
  { containers, registry }: Build,
): Promise<void> {
  const path = join(folder, successLog);
  const isThere = (await stat(path).catch(() => null)) !== null;
  const good = isThere ? await readLog(path, registry?.namePattern ?? '{name}') : listed;
  const failed = [...listed.keys()].filter((name) => !good.has(name));
  const missing = containers.filter((name) => !listed.has(name));
  if (failed.length + missing.length === 0) return;
  const said = [
    ...(failed.length === 0 ? [] : [`${failed.join(', ')} failed (${successLog} lacks them)`]),
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} are not in ${containersLog}`]),
  ];
  throw new TagflowError('containers-failed', `not all containers were built: ${said.join('; ')}`, {
    next: 'Look at the log of the builder. A set that lacks containers is never promoted.',
  });
}

/** Returns the containers that a place has under the hash, when it has all, and none says that it is of another. */
async function lookAt(
  place: SourcePlace,
  names: readonly string[],
  hash: FullHash,
): Promise<readonly ContainerEntry[]> {
  const found: ContainerEntry[] = [];
  const missing: string[] = [];
  const wrong: string[] = [];
  const lookAtOne = async (name: string): Promise<void> => {
    const repository = place.repository(name);
    const manifest = await place.reader.getManifest(repository, hash);
    if (manifest === null) return void missing.push(name);
    found.push({ name, digest: manifest.digest });
    const children = manifest.children.map(({ digest }) => place.reader.getManifest(repository, digest));
    for (const image of [manifest, ...(await Promise.all(children))]) {
      const config = image?.blobs.find(({ digest }) => digest === configDigest(image.bytes));
      if (config === undefined) continue;
      for (const [label, value] of hashLabels(await place.reader.readBlob(repository, config))) {
        if (value !== hash) wrong.push(`${name} has the label ${label}=${value}`);
      }
    }
  };
  const left = [...names];
  const lane = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await lookAtOne(name);
  };
  await Promise.all(Array.from({ length: connectionsAtATime }, lane));
  if (missing.length > 0) {
    const message = `${place.title} lacks ${missing.length} of ${names.length} containers that ${containersLog} names, under the tag ${hash}: ${missing.sort().join(', ')}`;
    throw new TagflowError('containers-missing', message, {
      next: 'See in the log of the builder whether it pushed them.',
    });
  }
  if (wrong.length > 0) throw otherHash(`the builder was to build ${hash}, and ${wrong.sort().slice(0, 5).join(', ')}`);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function configDigest(manifest: Uint8Array): unknown {
  const { config } = JSON.parse(Buffer.from(manifest).toString()) as { config?: { digest?: unknown } };
  return config?.digest;
}

/** The labels that name a hash: tcib's `tcib_build_tag`, and any whose name ends in full-hash or build-tag. */
function hashLabels(config: Buffer): readonly (readonly [string, string])[] {
  const { config: part } = JSON.parse(config.toString()) as { config?: { Labels?: Record<string, unknown> | null } };
  return Object.entries(part?.Labels ?? {}).flatMap(([label, value]) =>
    /(?:^|[._-])(?:full[._-]?hash|build[._-]?tag)$/i.test(label) && typeof value === 'string' && isFullHash(value)
      ? [[label, value] as const]
      : [],
  );
}

function otherHash(message: string): TagflowError {
  const next =
    'It took another repository than TAGFLOW_REPO_FILE and TAGFLOW_REPO_URL say, or tags by a label that moved.';
  return new TagflowError('other-hash', message, { next });
}

function unseen(where: string): TagflowError {
  return new TagflowError('no-evidence', `nobody can look at the containers that were built: ${where}`, {
    next:
      'Have the builder leave an OCI layout (or <name>/oci-layout, <name>.tar, containers.tar) in TAGFLOW_OUT_DIR; or give ' +
      'config and phase, whose registry it pushes to; or give evidence: none.',
  });
}
