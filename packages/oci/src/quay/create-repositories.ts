import type { Log } from '@tagflow/model';
import { OciError } from '../error.ts';
import { doAll } from '../limited.ts';
import { createQuayApi, type QuayAccess, type QuayRepository } from './quay-api.ts';

export interface QuayRepositoriesOptions extends QuayAccess {
  /** Such as `tripleomaster/openstack-base`. */
  readonly repositories: readonly string[];
  /** What a new one becomes; by a push it would become private. One that is there stays as it is. */
  readonly visibility: 'public' | 'private';
  /** New ones at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly log: Pick<Log, 'info' | 'warning'>;
}

/** In the order in which they were asked for. */
export interface QuayRepositoriesReport {
  readonly created: readonly string[];
  readonly existed: readonly string[];
  /** Those of `existed` that are private though `visibility` is public. Each is told in a warning. */
  readonly keptPrivate: readonly string[];
}

interface Wanted {
  readonly full: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Makes the repositories that a quay lacks, before the first push makes them private. What is there is found with one
 * request for each 100 of a namespace; what was made is looked up again.
 * @throws OciError `not-created` for the first that could not be made: nothing new is begun after it; `bad-reference`
 */
export async function createQuayRepositories(options: QuayRepositoriesOptions): Promise<QuayRepositoriesReport> {
  const { origin, visibility, signal, log } = options;
  const { host } = new URL(origin);
  const quay = createQuayApi(options);
  const wanted = [...new Set(options.repositories)].map(parseName);
  const namespaces = [...new Set(wanted.map(({ namespace }) => namespace))];

  const look = async (): Promise<ReadonlyMap<string, QuayRepository> | null> => {
    const found = new Map<string, QuayRepository>();
    for (const namespace of namespaces) {
      signal.throwIfAborted();
      const list = await quay.list(namespace);
      if (list === null) return null;
      for (const repository of list) found.set(`${namespace}/${repository.name}`, repository);
    }
    return found;
  };

  const before = await look();
  if (before === null) {
    log.info(`${host}: the token may not list repositories (scope repo:read), so each one is tried by itself`);
  }
  const created = new Set<string>();
  const missing = wanted.filter(({ full }) => before?.has(full) !== true);
  await doAll(missing, options.concurrency, async ({ full, namespace, name }) => {
    signal.throwIfAborted();
    if ((await quay.create(namespace, name, visibility)) === 'created') created.add(full);
  });
  const after = before === null || missing.length === 0 ? before : await look();

  const names = wanted.map(({ full }) => full);
  const isPrivate = (full: string) => visibility === 'public' && after?.get(full)?.isPublic === false;
  const made = names.filter((full) => created.has(full));
  // One that the list does not show yet is left to what quay said when it made it.
  const wrong = made.filter(isPrivate);
  if (wrong[0] !== undefined) {
    throw new OciError(
      'not-created',
      `${host}/${wrong[0]}: quay said that it was made ${visibility}, and it is not so`,
      {
        next: `Look at it in quay, then run the same command again${wrong.length > 1 ? ` (${wrong.length} like it)` : ''}.`,
      },
    );
  }
  const keptPrivate = names.filter((full) => !created.has(full) && isPrivate(full));
  for (const full of keptPrivate) {
    log.warning(`${host}/${full} is private, and stays so: nobody reads it without a login. Change it in quay.`);
  }
  return { created: made, existed: names.filter((full) => !created.has(full)), keptPrivate };
}

function parseName(full: string): Wanted {
  const slash = full.indexOf('/');
  if (slash > 0 && slash < full.length - 1) {
    return { full, namespace: full.slice(0, slash), name: full.slice(slash + 1) };
  }
  throw new OciError('bad-reference', `repository "${full}" has no namespace, and on quay each has one`, {
    outcome: 'invalid',
    next: 'Write namespace/name.',
  });
}
