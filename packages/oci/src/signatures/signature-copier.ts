import type { CopyOptions } from '../copy.ts';
import { asContainerPlace, type ContainerPlace, type SourcePlace } from '../place.ts';
import type { TagWrite } from '../tag.ts';
import { copyAttached } from './copy-attached.ts';
import { createAttachedFinder } from './find-attached.ts';

/**
 * Returns what copies signatures and attestations along with each manifest, before its tag is set: whoever finds the
 * container finds them, too. Files of a build have none.
 */
export function createSignatureCopier(
  source: SourcePlace,
  target: ContainerPlace,
  effects: TagWrite['effects'],
): NonNullable<CopyOptions['beside']> {
  const registry = asContainerPlace(source)?.client ?? null;
  if (registry === null) return () => Promise.resolve(0);
  const { log } = effects;
  const finder = createAttachedFinder(registry);
  return async ({ task: { name, from, to }, digest, lacking, bring: putContents }) => {
    if (registry.origin === target.client.origin && from === to) return 0;
    // Children come by themselves.
    const attached = await finder.find(from, [{ digest, children: [] }]);
    if (attached.length === 0) return 0;
    // Some registries list a referrer only when they have what it refers to, and some refuse it before.
    if (lacking !== null) await target.client.putManifest(to, digest, lacking);
    const options = { source: registry, target: target.client, from, to, attached, putContents, effects };
    const { copied, missing, kept } = await copyAttached(options);
    if (missing.length > 0) {
      log.warning(`${name}: ${missing.length} signatures or attestations are listed by ${source.title}, and not there`);
    }
    if (kept.length > 0) {
      log.warning(`${name}: ${target.title} has other signatures under ${kept[0]?.tag}, which stay as they are`);
    }
    return copied.length;
  };
}
