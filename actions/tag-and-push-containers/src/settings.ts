import { type CommonInputs, createProblems, type InputValues, readSetInputs } from '@tagflow/action-kit';
import { type Config, loadConfig, optionalSourceOf, type Phase, reservedLabels, resolvePhase } from '@tagflow/config';
import {
  type ArtifactSet,
  type FullHash,
  type Label,
  parseFullHash,
  parseLabel,
  type Visibility,
} from '@tagflow/model';
import { isArchiveUrl, parseArches, parseTag, type PushJob } from '@tagflow/oci';
import type { inputs } from './inputs.ts';

export type Given = InputValues<typeof inputs & CommonInputs>;

/** A namespace of a registry, as the inputs or the config describe it, or the files of a build. */
export interface PlaceSettings {
  /** As the user called it. */
  readonly name: string;
  readonly url: string;
  readonly namePattern: string;
  readonly plainHttp: boolean;
  readonly visibility: Visibility;
  /** A PEM file. */
  readonly caFile: string | null;
  readonly createRepositories: boolean;
}

/** Who says which containers belong to the hash. */
export type ContainersFrom = NonNullable<Given['containers-from']>;

/** What the action is to do. */
export interface Settings {
  readonly fullHash: FullHash;
  readonly release: string;
  readonly source: PlaceSettings;
  readonly destinations: readonly (PlaceSettings & { readonly isOptional: boolean })[];
  readonly sourceTag: string;
  readonly containersFrom: ContainersFrom;
  /** The directory of the hash, where the list of tripleo-common is asked for. */
  readonly repoUrl: string | null;
  /** Bare names or repository names, with reasons. */
  readonly exclude: readonly string[];
  readonly arches: PushJob['arches'];
  readonly signatures: boolean;
  readonly tags: readonly Label[];
  /** What is known of the set beforehand; with containers, their digests are fixed. */
  readonly set: ArtifactSet | null;
  /** The config and the phase whose source may owe what it should have, see {@link optionalSourceOf}. */
  readonly owing: { readonly config: Config; readonly phase: Phase } | null;
}

/**
 * Returns what inputs, config and set say together, inputs first; null where the phase has no containers.
 * @throws KitError `invalid-inputs` with everything that is wrong
 */
export async function readSettings(given: Given): Promise<Settings | null> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const phase = config === null || given.phase === undefined ? null : resolvePhase(config, given.phase);
  const section = phase?.promote?.containers ?? null;
  if (phase !== null && section === null && given.source === undefined && given.destinations.length === 0) return null;

  const problems = createProblems('tag-and-push-containers');
  const set = await readSetInputs(given);
  const readPlace = placeReader(given, config, (problem) => problems.add(problem));

  const sourceText = given.source ?? section?.source ?? phase?.build.containers?.registry;
  if (sourceText === undefined) problems.add('source: where are the containers? Give a URL, or config and phase');
  const destinations = given.destinations.length > 0 ? given.destinations : (section?.destinations ?? []);
  if (destinations.length === 0) problems.add('destinations: name at least one, or give config and phase');
  for (const name of given['optional-destinations']) {
    if (!destinations.includes(name)) problems.add(`optional-destinations: "${name}" is not one of the destinations`);
  }
  const fullHash = given['full-hash'] ?? set?.fullHash;
  if (fullHash === undefined) problems.add('full-hash: which hash are the containers of? Give it, or a set');
  if (set !== null && fullHash !== set.fullHash)
    problems.add(`full-hash: ${fullHash} is not that of the set, ${set.fullHash}`);
  const release = given.release ?? set?.release ?? config?.release;
  if (release === undefined) problems.add('release: which release is the hash of? Give it, a set or config');
  if (set !== null && release !== set.release)
    problems.add(`release: ${release} is not that of the set, ${set.release}`);

  const containersFrom = given['containers-from'] ?? (given.containers.length > 0 ? 'list' : 'set');
  const hasContainers = set !== null && set.containers.length > 0;
  if (hasContainers && containersFrom !== 'set')
    problems.add('containers: the set names its containers already; give one of the two');
  if (containersFrom === 'list' && given.containers.length === 0)
    problems.add('containers: name them, or give the path or URL of a list');
  if (containersFrom !== 'list' && given.containers.length > 0 && !hasContainers)
    problems.add(`containers: they are not read with containers-from: ${containersFrom}; give one of the two`);
  const repoUrl = given['repo-url']?.href ?? set?.repository.url ?? null;
  if (containersFrom === 'tripleo-common' && repoUrl === null)
    problems.add('repo-url: where is the versions.csv of the hash? Give it, as get-repo-hash gave it');

  const managed: ReadonlySet<string> = config === null ? new Set() : reservedLabels(config);
  for (const tag of given.tags) {
    if (managed.has(tag)) problems.add(`tags: ${tag} is a label of ${config?.file}: only promote-symlink moves it`);
  }
  const source = readPlace('source', sourceText ?? '/');
  const optional = given.destinations.length > 0 ? given['optional-destinations'] : (section?.optional ?? []);
  const places = destinations.map((text) => ({
    ...readPlace('destinations', text),
    isOptional: optional.includes(text) || given['optional-destinations'].includes(text),
  }));
  for (const { name, url } of places) {
    if (isArchiveUrl(url)) problems.add(`destinations: "${name}" is what a build leaves; write to a registry`);
  }
  for (const name of given['create-repositories']) {
    if (!destinations.includes(name)) problems.add(`create-repositories: "${name}" is not one of the destinations`);
  }
  for (const { name, createRepositories } of places) {
    if (createRepositories && given['quay-token'] === undefined && !given['dry-run'])
      problems.add(`quay-token: it is missing, and repositories are to be created in ${name}`);
  }
  const arches = given.arches.length > 0 ? given.arches : (section?.arches ?? []);
  const read = {
    arches: arches.length === 0 ? null : problems.attempt(() => parseArches(arches.join(','))),
    tags: given.tags.flatMap((tag) => problems.attempt(() => parseLabel(tag), 'tags') ?? []),
    sourceTag: problems.attempt(() => parseTag(given['source-tag'] ?? fullHash ?? 'none'), 'source-tag'),
    fullHash: fullHash === undefined ? null : problems.attempt(() => parseFullHash(fullHash), 'full-hash'),
  };
  if (problems.found.length > 0 || read.fullHash === null || read.sourceTag === null || release === undefined)
    throw problems.error();
  const excluded = section?.exclude.map(({ pattern, reason }) => (reason === null ? pattern : `${pattern}: ${reason}`));
  const isOwing = config !== null && phase !== null && optionalSourceOf(config, phase)?.registry === source.name;
  return {
    ...{ fullHash: read.fullHash, release, source, destinations: places, set, arches: read.arches, tags: read.tags },
    ...{ sourceTag: read.sourceTag, containersFrom, repoUrl },
    exclude: [...given.exclude, ...(excluded ?? [])],
    signatures: given.signatures === undefined ? (section?.signatures ?? false) : given.signatures === 'true',
    owing: isOwing ? { config, phase } : null,
  };
}

function placeReader(given: Given, config: Config | null, complain: (problem: string) => void) {
  return (input: string, text: string): PlaceSettings => {
    const known = config !== null && Object.hasOwn(config.registries, text) ? config.registries[text] : undefined;
    if (known !== undefined) {
      return { ...known, createRepositories: known.createRepositories || given['create-repositories'].includes(text) };
    }
    if (!text.includes('/') && !isArchiveUrl(text)) {
      const names = config === null ? 'no config was given' : Object.keys(config.registries).join(', ') || 'none';
      complain(`${input}: "${text}" is neither a URL nor a registry of config (there: ${names})`);
    }
    const { 'name-pattern': namePattern, 'plain-http': plainHttp } = given;
    const createRepositories = given['create-repositories'].includes(text);
    return { name: text, url: text, namePattern, plainHttp, visibility: 'public', caFile: null, createRepositories };
  };
}
