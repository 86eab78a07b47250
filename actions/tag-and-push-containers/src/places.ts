import type { ActionContext } from '@tagflow/action-kit';
import { type Config, optionalSourceOf, type PromotedContainers, resolveRegistry } from '@tagflow/config';
import type { Plan, Visibility } from '@tagflow/model';
import { createApi, withoutEndSlash } from '@tagflow/http';
import {
  type ContainerOrigin,
  createManifestStore,
  createQuayRepositories,
  createRegistryDestination,
  findDockerConfig,
  isArchiveUrl,
  type Net,
  OciError,
  openNet,
  openSource,
  parseDockerConfig,
  type PushJob,
  type PushTarget,
  readAuthorities,
} from '@tagflow/oci';
import type { Given, Settings } from './settings.ts';

// DLRN and the rules of promotions are loaded by those who need them: most runs do not.

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

/** Returns what reads a place as the user called it: a URL, or the name of a registry in config. */
export function placeReader(given: Given, config: Config | null, complain: (problem: string) => void) {
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

/**
 * Returns the registries of a phase that a plan needs: those that it moves tags in (others may have been left out of it
 * on purpose), and the optional ones, which follow and stand in no plan.
 */
export function plannedDestinations(
  { moves }: Plan,
  { destinations, optional }: PromotedContainers,
): readonly string[] {
  const moved = new Set(moves.map(({ destination }) => destination));
  return destinations.filter((name) => optional.includes(name) || moved.has(`registry ${name}`));
}

/** A job whose places are open. */
export interface OpenJob {
  readonly job: PushJob;
  readonly net: Net;
  close(): Promise<void>;
}

/**
 * Opens the source and the destinations, and finds out who says which containers there are.
 * @throws PromotionError `owing` when the source must not be read from before it was paid
 */
export async function openJob(settings: Settings, given: Given, context: ActionContext): Promise<OpenJob> {
  const { concurrency, include } = given;
  const auth = given['registry-auth'];
  const credentials =
    auth === undefined ? await findDockerConfig(context.env) : parseDockerConfig(auth.reveal(), 'registry-auth');
  const places = [settings.source, ...settings.destinations];
  const ca = await readAuthorities([given.ca, ...places.map(({ caFile }) => caFile)]);
  await using opened = new AsyncDisposableStack();
  const net = openNet(context, { connections: concurrency * 2, ca });
  opened.defer(() => net.close());
  const common = { credentials, effects: net.effects, concurrency, manifests: createManifestStore() };
  const source = await openSource(settings.source, { ...common, signal: context.signal, log: context.log });
  opened.defer(() => source.close());

  const { fullHash, sourceTag, exclude, set, release, tags, arches, signatures } = settings;
  const targets = settings.destinations.map((place): PushTarget => {
    const destination = createRegistryDestination({ ...place, ...common, source: source.place, signatures });
    const token = given['quay-token']?.reveal();
    if (!place.createRepositories || token === undefined) return { destination, isOptional: place.isOptional };
    const { origin } = destination.place.client;
    const { signal, log } = context;
    return {
      ...{ destination, isOptional: place.isOptional },
      createRepositories: async (repositories) => {
        const options = { origin, token, repositories, visibility: 'public', api: net.effects.api } as const;
        await createQuayRepositories({ ...options, concurrency, signal, log });
      },
    };
  });
  refuseTwice(targets);
  await refuseOwingSource(settings, common, context);
  const origin = await originOf(settings, given, context);
  const job: PushJob = {
    asked: { origin, fullHash, sourceTag, set, include, exclude },
    ...{ release, tags, arches, targets, concurrency, manifests: common.manifests },
    ...{ source: source.place, namespacePath: source.namespacePath },
    ...{ requester: net.effects.api, dryRun: context.dryRun },
  };
  const closing = opened.move();
  return { job, net, close: () => closing.disposeAsync() };
}

/** One place under two names would be written to twice at a time. */
function refuseTwice(targets: readonly PushTarget[]): void {
  const seen = new Set<string>();
  for (const { destination } of targets) {
    const { place } = destination;
    const key = `${place.client.origin}/${place.repository('x')}`;
    if (seen.has(key)) {
      throw new OciError('bad-reference', `destinations: ${place.title} is named twice`, {
        outcome: 'invalid',
        next: 'Name each place once.',
      });
    }
    seen.add(key);
  }
}

async function originOf(settings: Settings, given: Given, context: ActionContext): Promise<ContainerOrigin> {
  switch (settings.containersFrom) {
    case 'list':
      return { type: 'listed', listed: given.containers };
    case 'set':
      return { type: 'set' };
    case 'namespace':
      return { type: 'namespace' };
    case 'tripleo-common': {
      const sha = await readSourceSha(settings.repoUrl ?? '', context);
      const template = given['tripleo-list-url'];
      return { type: 'tripleo', sha, ...(template === undefined ? {} : { template }) };
    }
  }
}

const tripleoCommon = 'openstack-tripleo-common';

/** Returns the commit of tripleo-common that a hash was built with. */
async function readSourceSha(repoUrl: string, context: ActionContext): Promise<string> {
  const { createRepositoryTree, parseVersionsCsv } = await import('@tagflow/dlrn');
  const tree = createRepositoryTree(createApi(context), { reposUrl: repoUrl, effects: context });
  const where = `${withoutEndSlash(repoUrl)}/versions.csv`;
  const text = await tree.readFile('versions.csv');
  const next = 'Check repo-url, or name the containers.';
  if (text === null) throw new OciError('not-found', `${where} is not there`, { outcome: 'invalid', next });
  const row = parseVersionsCsv(text, where).find(({ project }) => project === tripleoCommon);
  if (row?.sourceSha == null) {
    throw new OciError('not-found', `${where} has no Source Sha of ${tripleoCommon}`, { outcome: 'invalid', next });
  }
  return row.sourceSha;
}

/** What is optional in the phase before may lack what this phase reads. */
async function refuseOwingSource(
  { owing }: Settings,
  common: Omit<Parameters<typeof createRegistryDestination>[0], 'name' | 'url'>,
  context: ActionContext,
): Promise<void> {
  const source = owing === null ? null : optionalSourceOf(owing.config, owing.phase);
  if (owing === null || source === null) return;
  const { createDlrnClient, createRepositoryDestination, createRepositoryTree, placeOf } =
    await import('@tagflow/dlrn');
  const { refuseOwing } = await import('@tagflow/promotion');
  const { config, phase } = owing;
  const { apiUrl, reposUrl, mode } = config.dlrn;
  const api = createApi(context);
  const repository = createRepositoryDestination({
    client: createDlrnClient(api, { apiUrl, log: context.log }),
    tree: createRepositoryTree(api, { reposUrl, mode, effects: context }),
    ...{ mode, name: 'repository', ...placeOf(phase.component), effects: context },
  });
  const open = (name: string) =>
    createRegistryDestination({ ...resolveRegistry(config, name), ...common, name: `registry ${name}` });
  const { registry, label, required } = source;
  const place = { destination: open(registry), label, phase: source.phase, knowing: required.map(open) };
  await refuseOwing(place, repository);
}
