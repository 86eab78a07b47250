import { type CommonInputs, type InputValues, KitError, readSetInputs } from '@tagflow/action-kit';
import { loadConfig, reservedLabels, resolvePhase } from '@tagflow/config';
import {
  type ArtifactSet,
  type FullHash,
  type Label,
  parseFullHash,
  parseLabel,
  type Visibility,
} from '@tagflow/model';
import type { inputs } from './inputs.ts';

type Given = InputValues<typeof inputs & CommonInputs>;

/** A namespace of a registry, as the inputs or the config describe it. */
export interface PlaceSettings {
  /** As the user called it. */
  readonly name: string;
  readonly url: string;
  readonly namePattern: string;
  readonly plainHttp: boolean;
  readonly visibility: Visibility;
}

/** What the action is to do. */
export interface Settings {
  readonly fullHash: FullHash;
  readonly release: string;
  readonly source: PlaceSettings;
  readonly destinations: readonly (PlaceSettings & { readonly isOptional: boolean })[];
  readonly sourceTag: string;
  /** Bare names or repository names. */
  readonly exclude: readonly string[];
  readonly tags: readonly Label[];
  /** What is known of the set beforehand; with containers, their digests are fixed. */
  readonly set: ArtifactSet | null;
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

  const problems: string[] = [];
  const set = await readSetInputs(given);
  const place = (input: string, text: string): PlaceSettings => {
    const known = config !== null && Object.hasOwn(config.registries, text) ? config.registries[text] : undefined;
    if (known !== undefined) return known;
    if (!text.includes('/')) {
      const names = config === null ? 'no config was given' : Object.keys(config.registries).join(', ') || 'none';
      problems.push(`${input}: "${text}" is neither a URL nor a registry of config (there: ${names})`);
    }
    const { 'name-pattern': namePattern, 'plain-http': plainHttp } = given;
    return { name: text, url: text, namePattern, plainHttp, visibility: 'public' };
  };

  const sourceText = given.source ?? section?.source ?? phase?.build.containers?.registry;
  if (sourceText === undefined) problems.push('source: where are the containers? Give a URL, or config and phase');
  const destinations = given.destinations.length > 0 ? given.destinations : (section?.destinations ?? []);
  if (destinations.length === 0) problems.push('destinations: name at least one, or give config and phase');
  for (const name of given['optional-destinations']) {
    if (!destinations.includes(name)) problems.push(`optional-destinations: "${name}" is not one of the destinations`);
  }
  const fullHash = given['full-hash'] ?? set?.fullHash;
  if (fullHash === undefined) problems.push('full-hash: which hash are the containers of? Give it, or a set');
  if (set !== null && fullHash !== set.fullHash)
    problems.push(`full-hash: ${fullHash} is not that of the set, ${set.fullHash}`);
  const release = given.release ?? set?.release ?? config?.release;
  if (release === undefined) problems.push('release: which release is the hash of? Give it, a set or config');
  if (set !== null && release !== set.release)
    problems.push(`release: ${release} is not that of the set, ${set.release}`);
  const hasContainers = set !== null && set.containers.length > 0;
  if (hasContainers && given.containers.length > 0)
    problems.push('containers: the set names its containers already; give one of the two');
  const managed: ReadonlySet<string> = config === null ? new Set() : reservedLabels(config);
  for (const tag of given.tags) {
    if (managed.has(tag)) {
      problems.push(`tags: ${tag} is a label of ${config?.file}: only promote-symlink moves it`);
    }
  }
  const source = place('source', sourceText ?? '/');
  const places = destinations.map((text) => ({
    ...place('destinations', text),
    isOptional: given['optional-destinations'].includes(text),
  }));
  if (problems.length > 0 || fullHash === undefined || release === undefined) {
    throw new KitError('invalid-inputs', problems, {
      outcome: 'invalid',
      next: 'See the inputs of tag-and-push-containers.',
    });
  }
  return {
    ...{ fullHash: parseFullHash(fullHash), release, source, destinations: places, set },
    ...{ sourceTag: given['source-tag'] ?? fullHash, exclude: given.exclude },
    tags: given.tags.map((tag) => parseLabel(tag)),
  };
}
