import type { AnyAction } from '@tagflow/action-kit';

/** Every action, by the name of its subcommand. Loaded when asked for: a start should not pay for all of them. */
const loaders: Readonly<Record<string, () => Promise<{ readonly action: AnyAction }>>> = {
  'get-repo-hash': () => import('@tagflow/get-repo-hash'),
  'build-images': () => import('@tagflow/build-images'),
  'tag-and-push-containers': () => import('@tagflow/tag-and-push-containers'),
  'sync-images': () => import('@tagflow/sync-images'),
  'run-featureset-tests': () => import('@tagflow/run-featureset-tests'),
  'report-result': () => import('@tagflow/report-result'),
  'promote-symlink': () => import('@tagflow/promote-symlink'),
  'hand-off': () => import('@tagflow/hand-off'),
};

export const actionNames: readonly string[] = Object.keys(loaders);

/** Returns an action by its name, or null when there is none. */
export async function loadAction(name: string): Promise<AnyAction | null> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  return load === undefined ? null : (await load()).action;
}
