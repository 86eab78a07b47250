import { isContainerName } from '@tagflow/model';
import { OciError, type OciErrorCode } from '../error.ts';
import type { NamePattern } from '../reference.ts';
import { setRepositoryName } from '../set-artifact.ts';
import { emptyList } from './container-list.ts';
import { type Excluded, type Named, oncePerName, type Wanted } from './wanted.ts';

/** Where containers lie beside each other. */
export interface Namespace {
  /** Such as `tripleomaster`; empty: the top of the registry. */
  readonly path: string;
  readonly pattern: NamePattern;
  /** Such as `quay.io/tripleomaster`. */
  readonly title: string;
}

/** What a registry that does not list, as docker.io, may say: 401, 403, 404, 405. */
const notListing: readonly OciErrorCode[] = ['unauthorized', 'denied', 'not-found', 'refused'];

/**
 * Returns the containers of a namespace: its repositories, not those further below, whose names fit the pattern. Which
 * of them have the tag of the hash is not known here.
 * @param registry lists the repositories of all namespaces
 * @throws OciError `refused` when the registry does not list, `empty-list`
 */
export async function listNamespace(
  namespace: Namespace,
  registry: { listRepositories(): Promise<readonly string[]> },
): Promise<Named> {
  const { path, pattern, title } = namespace;
  const before = path === '' ? '' : `${path}/`;
  const wanted: Wanted[] = [];
  const excluded: Excluded[] = [];
  for (const repository of await list(namespace, registry)) {
    if (!repository.startsWith(before)) continue;
    const below = repository.slice(before.length);
    // Our own sets are no containers.
    if (below === setRepositoryName) continue;
    const name = pattern.parse(below);
    if (name !== null && isContainerName(name)) wanted.push({ name, why: `namespace ${title}` });
    else if (isContainerName(below)) excluded.push({ name: below, why: 'its name does not fit the name-pattern' });
  }
  if (wanted.length === 0) throw emptyList(`the namespace ${title}`);
  return { wanted: oncePerName(wanted), excluded: oncePerName(excluded) };
}

async function list(
  { title }: Namespace,
  registry: { listRepositories(): Promise<readonly string[]> },
): Promise<readonly string[]> {
  try {
    return await registry.listRepositories();
  } catch (cause) {
    if (!(cause instanceof OciError) || !notListing.includes(cause.code)) throw cause;
    throw new OciError('refused', `containers: those of ${title} must be named, because ${cause.message}`, {
      outcome: 'invalid',
      cause,
      next: 'Give containers, such as the containers-built.log of their build, or a set.',
    });
  }
}
