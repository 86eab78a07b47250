import type { Check, ContainerEntry, Digest, FullHash } from '@tagflow/model';
import type { CredentialsProvider } from '../auth/docker-config.ts';
import { OciError } from '../error.ts';
import { doAll } from '../limited.ts';
import type { PlaceDescription } from '../place.ts';
import { formatQuota } from '../quota.ts';
import type { OciEffects } from '../wire.ts';
import { checkContainer, type ContainerFindings } from './check-container.ts';
import { type ContainerReader, openReader } from './container-reader.ts';
import { defaultHashLabels } from './image-config.ts';

export interface ContainerSetRequest {
  readonly place: PlaceDescription;
  readonly fullHash: FullHash;
  /** At least one. */
  readonly containers: readonly ContainerEntry[];
  /**
   * - `quick`: manifests, configs and labels
   * - `sample`: also whether each layer is there with its size
   * - `full`: also the bytes of each layer, once for each digest
   */
  readonly depth: 'quick' | 'sample' | 'full';
  /** Labels that, where they hold a hash, hold the one that is tested. Default {@link defaultHashLabels}. */
  readonly hashLabels?: readonly string[] | undefined;
  readonly credentials: CredentialsProvider;
  /** Containers at a time. */
  readonly concurrency: number;
}

/**
 * Reads the containers of a set where they are served, by their digests, and tells of each, in the order of the set, what
 * was found. What is wrong is told, and never thrown.
 * @throws OciError `bad-reference`, and `rate-limited` where the registry allows fewer pulls than there are containers;
 *   the signal's reason
 */
export async function verifyContainerSet(
  request: ContainerSetRequest,
  onCheck: (check: Check) => void,
  effects: OciEffects,
): Promise<void> {
  const { fullHash, containers, depth, hashLabels = defaultHashLabels } = request;
  const reader = openReader(request.place, request.credentials, effects);
  await assertAllowed(reader, containers);
  const options = { fullHash, depth, hashLabels, read: new Set<Digest>(), signal: effects.signal };
  const found = new Map<ContainerEntry, ContainerFindings>();
  const order = containers.values();
  let next = order.next();
  await doAll(containers, request.concurrency, async (container) => {
    found.set(container, await checkContainer(reader, container, options));
    for (; next.done !== true; next = order.next()) {
      const findings = found.get(next.value);
      if (findings === undefined) return;
      onCheck(checkOf(`${reader.title}: ${next.value.name}`, findings, depth));
    }
  });
}

function checkOf(subject: string, { problems, platforms, layers, bytes }: ContainerFindings, depth: string): Check {
  const ok = problems.length === 0;
  const seen = depth === 'quick' ? 'not looked at' : depth === 'full' ? 'read' : 'there';
  const many = platforms > 1 ? `; platforms: ${platforms}` : '';
  const detail = ok
    ? `manifest and config are as the digest says; layers: ${layers}, ${seen}${many}`
    : problems.join('; ');
  return { kind: 'container', subject, detail, ok, bytes };
}

/** Where each GET of a manifest counts as a pull, nothing is begun that could not be ended. */
async function assertAllowed(reader: ContainerReader, containers: readonly ContainerEntry[]): Promise<void> {
  const [first] = containers;
  if (!reader.isMetered || first === undefined) return;
  await reader.headManifest(reader.repository(first.name), first.digest);
  const quota = reader.quota();
  if (quota === null || quota.remaining === null || quota.remaining >= containers.length) return;
  throw new OciError(
    'rate-limited',
    `${reader.title}: pulls are counted (${formatQuota(quota)}), and ${containers.length} would be needed`,
    { outcome: 'waiting', next: 'Log in with an account that may pull more, or look at another registry.' },
  );
}
