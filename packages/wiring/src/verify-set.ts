import { verifyRepository } from '@tagflow/dlrn';
import { createPacer, createTransfer, type HttpEffects } from '@tagflow/http';
import { verifyImageSet } from '@tagflow/images';
import {
  type ArtifactSet,
  type Check,
  type Effects,
  type FullHash,
  messageOf,
  TagflowError,
  visibleIn,
  type Visibility,
} from '@tagflow/model';
import { findDockerConfig, openNet, parseDockerConfig, readAuthorities, verifyContainerSet } from '@tagflow/oci';
import { openStore } from '@tagflow/store';
import type { WorldSecrets } from './open-world.ts';

/** How much is looked at: the packages tell what each means. */
export const verifyDepths = ['quick', 'sample', 'full'] as const;

export type VerifyDepth = (typeof verifyDepths)[number];

/** Where containers of a set are served. */
export interface ContainersAt {
  /** A registry with a namespace. */
  readonly url: string;
  /** Such as `openstack-{name}`. */
  readonly namePattern: string;
  readonly plainHttp?: boolean;
  readonly caFile?: string | null;
}

/** Where images of a set are served. */
export interface ImagesAt {
  /** A store, or the very directory of the hash. */
  readonly url: string;
  /** Of the hash, below the URL; empty where the URL is it. */
  readonly directory: string;
  readonly visibility: Visibility;
  /** Only images of this visibility are looked for; default: all that the place may hold. */
  readonly only?: Visibility;
  readonly hostKey?: string | null;
}

export interface VerifySetRequest {
  readonly fullHash: FullHash;
  /** The immutable directory of the hash; null: the repository is not looked at. */
  readonly repoUrl: string | null;
  /** Null: neither containers nor images can be looked at. */
  readonly set: ArtifactSet | null;
  readonly containersAt: readonly ContainersAt[];
  readonly imagesAt: readonly ImagesAt[];
  readonly depth: VerifyDepth;
  /** Labels of containers that may name a hash; undefined: those that builders are known to write. */
  readonly hashLabels?: readonly string[] | undefined;
  readonly secrets: Pick<WorldSecrets, 'registryAuth' | 'sshKey' | 'knownHosts'>;
  readonly env: (name: string) => string | undefined;
  /** Hears of each check as soon as it is made. */
  readonly onCheck?: (check: Check) => void;
}

/** Requests at a time, to one server. */
const requests = 16;

/**
 * Reads everything of a set where it is served, changes nothing, and returns what was found, in the order in which it was
 * looked at. What is wrong with the set or cannot be read is a check that fails.
 * @throws TagflowError that is `invalid`, for a URL that cannot be one; the signal's reason
 */
export async function verifySet(request: VerifySetRequest, effects: Effects & HttpEffects): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const onCheck = (check: Check): void => {
    checks.push(check);
    request.onCheck?.(check);
  };
  const attempt = async (kind: Check['kind'], subject: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      effects.signal.throwIfAborted();
      if (!(error instanceof TagflowError) || error.outcome === 'invalid') throw error;
      onCheck({ kind, subject, detail: messageOf(error), ok: false, bytes: 0 });
    }
  };
  const { repoUrl, fullHash, set } = request;
  checkSetFile(request, onCheck);
  if (repoUrl !== null) {
    await attempt('repository', repoUrl, () => readRepository(repoUrl, request, onCheck, effects));
  }
  // Of another hash's set nothing is known to belong here.
  if (set?.fullHash !== fullHash) return checks;
  for (const at of request.containersAt) {
    if (set.containers.length === 0) break;
    await attempt('container', at.url, () => readContainers(at, set, request, onCheck, effects));
  }
  for (const at of request.imagesAt) {
    await attempt('image', at.url, () => readImages(at, set, request, onCheck, effects));
  }
  return checks;
}

/** Whether there is something of what is to be looked at: a list that is empty is nothing that was tested. */
function checkSetFile(
  { fullHash, set, containersAt, imagesAt }: VerifySetRequest,
  onCheck: (check: Check) => void,
): void {
  const places = [...containersAt, ...imagesAt].map(({ url }) => url);
  const tell = (ok: boolean, detail: string): void => onCheck({ kind: 'set', subject: fullHash, detail, ok, bytes: 0 });
  if (set === null) {
    if (places.length > 0) tell(false, `nobody said which containers and images belong to it: ${places.join(', ')}`);
    return;
  }
  if (set.fullHash !== fullHash) return tell(false, `the set that was given is of ${set.fullHash}`);
  const wrong = [
    ...(containersAt.length > 0 && set.containers.length === 0 ? ['the set has no containers'] : []),
    ...imagesAt
      .filter((at) => imagesFor(at, set).length === 0)
      .map(({ url, visibility }) => `the set has no images for ${url}, which is ${visibility}`),
  ];
  if (wrong.length > 0) return tell(false, wrong.join('; '));
  const left = leftOut(set, { containersAt, imagesAt });
  const counts = [
    counted('containers', set.containers.length, left.containers.length),
    counted('images', set.images.length, left.images.length),
  ].join(', ');
  const names = left.images.map(({ name, visibility }) => (visibility === 'internal' ? `${name} (internal)` : name));
  tell(true, names.length === 0 ? counts : `${counts}; no place that is looked at may hold ${names.join(', ')}`);
}

function counted(what: string, count: number, left: number): string {
  return left === 0 ? `${what}: ${count}` : `${what}: ${count - left} of ${count}`;
}

/** Returns what of a set is in none of the places where one looks: nobody may take a success for more than it is. */
export function leftOut(
  set: ArtifactSet,
  { containersAt, imagesAt }: Pick<VerifySetRequest, 'containersAt' | 'imagesAt'>,
): Pick<ArtifactSet, 'containers' | 'images'> {
  const seen = new Set(imagesAt.flatMap((at) => imagesFor(at, set)));
  return {
    containers: containersAt.length === 0 ? set.containers : [],
    images: set.images.filter((image) => !seen.has(image)),
  };
}

function imagesFor({ visibility, only }: ImagesAt, set: ArtifactSet): ArtifactSet['images'] {
  return visibleIn(set, visibility).images.filter((image) => only === undefined || image.visibility === only);
}

type Part = readonly [request: VerifySetRequest, onCheck: (check: Check) => void, effects: Effects & HttpEffects];

async function readRepository(repoUrl: string, ...[request, onCheck, effects]: Part): Promise<void> {
  const transfer = createTransfer(effects, { connections: requests, pacer: createPacer(requests, effects) });
  try {
    await verifyRepository({ ...request, repoUrl }, onCheck, { ...effects, transfer });
  } finally {
    transfer.close();
  }
}

async function readContainers(at: ContainersAt, set: ArtifactSet, ...[request, onCheck, effects]: Part): Promise<void> {
  const { registryAuth } = request.secrets;
  const credentials =
    registryAuth === undefined ? await findDockerConfig(request.env) : parseDockerConfig(registryAuth, 'registry-auth');
  const net = openNet(effects, { connections: requests, ca: await readAuthorities([at.caFile]) });
  try {
    const { containers } = set;
    const how = { credentials, concurrency: requests / 2, hashLabels: request.hashLabels };
    await verifyContainerSet({ ...request, ...how, place: at, containers }, onCheck, net.effects);
  } finally {
    net.close();
  }
}

async function readImages(at: ImagesAt, set: ArtifactSet, ...[request, onCheck, effects]: Part): Promise<void> {
  const { sshKey, knownHosts } = request.secrets;
  const fingerprint = at.hostKey ?? null;
  const ssh = {
    privateKey: sshKey ?? '',
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(fingerprint === null ? {} : { fingerprint }),
  };
  const store = openStore(at.url, { effects, ...(sshKey === undefined ? {} : { ssh }) });
  try {
    const { depth } = request;
    const place = { store, directory: at.directory };
    const wanted = { ...set, images: imagesFor(at, set) };
    await verifyImageSet({ place, set: wanted, visibility: at.visibility, depth }, onCheck, effects);
  } finally {
    await store.close();
  }
}
