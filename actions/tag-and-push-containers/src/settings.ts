import { readFile } from 'node:fs/promises';
import { type CommonInputs, createProblems, type InputValues, type Problems, readSetInputs } from '@tagflow/action-kit';
import {
  type Config,
  loadConfig,
  optionalSourceOf,
  type Phase,
  phaseOfLabel,
  planMisfits,
  reservedLabels,
  resolvePhase,
} from '@tagflow/config';
import {
  type ArtifactSet,
  type FullHash,
  type Label,
  parseFullHash,
  parseLabel,
  parsePlan,
  type Plan,
} from '@tagflow/model';
import { isArchiveUrl, parseArches, parseTag, type PushJob } from '@tagflow/oci';
import type { inputs } from './inputs.ts';
import { placeReader, type PlaceSettings, plannedDestinations } from './places.ts';

export type Given = InputValues<typeof inputs & CommonInputs>;

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
  /** The plan whose set it is; null without one. Then no tag but that of the hash is written. */
  readonly plan: Plan | null;
  /** The config and the phase whose source may owe what it should have, see {@link optionalSourceOf}. */
  readonly owing: { readonly config: Config; readonly phase: Phase } | null;
}

/** There is nothing to do, and why: a sentence. */
export interface Nothing {
  readonly nothing: string;
}

/**
 * Returns what inputs, config, set and plan say together, inputs first.
 * @throws KitError `invalid-inputs` with everything that is wrong
 */
export async function readSettings(given: Given): Promise<Settings | Nothing> {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const problems = createProblems('tag-and-push-containers');
  const plan = given.plan === undefined ? null : parsePlan(await readFile(given.plan, 'utf8'), given.plan);
  const phase = config === null ? null : phaseOf(config, given, plan);
  const section = phase?.promote?.containers ?? null;
  if (plan !== null) checkPlan(plan, given, { config, phase, problems });
  const planned = plan === null || section === null ? section?.destinations : plannedDestinations(plan, section);
  const nothing = whyNothing(plan, phase, given, planned);
  if (nothing !== null) {
    if (problems.found.length > 0) throw problems.error();
    return { nothing };
  }

  const set = plan?.set ?? (await readSetInputs(given));
  const readPlace = placeReader(given, config, (problem) => problems.add(problem));

  const sourceText = given.source ?? section?.source ?? phase?.build.containers?.registry;
  if (sourceText === undefined) problems.add('source: where are the containers? Give a URL, or config and phase');
  const destinations = given.destinations.length > 0 ? given.destinations : (planned ?? []);
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

  const listed = given.containers.length > 0 ? 'list' : 'set';
  const containersFrom = plan === null ? (given['containers-from'] ?? listed) : 'set';
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
  // A plan was made of what these had chosen.
  const fromSection = plan === null ? section : null;
  const arches = given.arches.length > 0 ? given.arches : (fromSection?.arches ?? []);
  const read = {
    arches: arches.length === 0 ? null : problems.attempt(() => parseArches(arches.join(','))),
    tags: given.tags.flatMap((tag) => problems.attempt(() => parseLabel(tag), 'tags') ?? []),
    sourceTag: problems.attempt(() => parseTag(given['source-tag'] ?? fullHash ?? 'none'), 'source-tag'),
    fullHash: fullHash === undefined ? null : problems.attempt(() => parseFullHash(fullHash), 'full-hash'),
  };
  if (problems.found.length > 0 || read.fullHash === null || read.sourceTag === null || release === undefined)
    throw problems.error();
  const excluded = fromSection?.exclude.map(({ pattern, reason }) =>
    reason === null ? pattern : `${pattern}: ${reason}`,
  );
  const isOwing = config !== null && phase !== null && optionalSourceOf(config, phase)?.registry === source.name;
  return {
    ...{ fullHash: read.fullHash, release, source, destinations: places, set, plan },
    ...{ arches: read.arches, tags: read.tags },
    ...{ sourceTag: read.sourceTag, containersFrom, repoUrl },
    exclude: [...given.exclude, ...(excluded ?? [])],
    signatures: given.signatures === undefined ? (section?.signatures ?? false) : given.signatures === 'true',
    owing: isOwing ? { config, phase } : null,
  };
}

/** The phase that is given, else the one that moves the label of the plan. */
function phaseOf(config: Config, given: Given, plan: Plan | null): Phase | null {
  if (given.phase !== undefined) return resolvePhase(config, given.phase);
  return plan === null ? null : phaseOfLabel(config, plan.label);
}

/** What there is to choose from where no plan says it. */
const choices = ['containers', 'containers-from', 'include', 'exclude', 'source-tag', 'arches', 'set'] as const;

/** Complains of all that a plan does not go with. */
function checkPlan(
  plan: Plan,
  given: Given,
  { config, phase, problems }: { config: Config | null; phase: Phase | null; problems: Problems },
): void {
  if (given.tags.length > 0)
    problems.add('tags: with a plan no label is moved here; promote-symlink moves them when it applies the plan');
  const chosen = choices.filter((name) => (given[name]?.length ?? 0) > 0).join(', ');
  if (chosen !== '')
    problems.add(`${chosen}: the plan names its containers, each by its digest; leave out what chooses others`);
  for (const misfit of planMisfits(plan, config, phase)) problems.add(`plan: ${misfit}`);
}

/** Returns why there is nothing to do, a sentence; null when there is something. */
function whyNothing(
  plan: Plan | null,
  phase: Phase | null,
  given: Given,
  destinations: readonly string[] | undefined,
): string | null {
  if (plan?.mode === 'pin')
    return `the plan pins ${plan.label}: only the repository's label moves, so nothing is staged`;
  if (plan?.set.containers.length === 0) return `the plan of ${plan.label} holds no containers`;
  if (phase === null || given.destinations.length > 0) return null;
  if (phase.promote?.containers == null)
    return given.source === undefined ? `phase ${phase.name} promotes no containers` : null;
  return plan !== null && destinations?.length === 0 ? `the plan of ${plan.label} moves no containers` : null;
}
