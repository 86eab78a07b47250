import type { CommonInputs, InputValues } from '@tagflow/action-kit';
import { loadConfig, resolveImageStore, resolvePhase, resolveRegistry } from '@tagflow/config';
import { checkImageNames } from '@tagflow/images';
import { parseFullHash, TagflowError } from '@tagflow/model';
import { parseCommandLine } from '@tagflow/runner';
import type { inputs } from './inputs.ts';

export type Given = InputValues<typeof inputs & CommonInputs>;
export type Build = NonNullable<Awaited<ReturnType<typeof readBuild>>>;

const defaultTimeoutMs = 4 * 3_600_000;

/**
 * Returns what the inputs, and else the phase, say of the build; null when the phase has none of this kind.
 * @throws TagflowError for what is missing, and for internal files that would go to a public place
 */
export async function readBuild(given: Given) {
  const fullHash = parseFullHash(given['full-hash']);
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const sections = config === null ? null : resolvePhase(config, given.phase ?? '').build;
  const section = sections?.[given.kind] ?? null;
  if (config !== null && section === null && given.command === undefined) return null;
  const command = given.command === undefined ? section?.command : parseCommandLine(given.command);
  const release = given.release ?? config?.release;
  if (command === undefined) throw missing('command', 'give it, or config and phase');
  if (release === undefined) throw missing('release', 'give it, or config');
  const images = section !== null && 'files' in section ? section : null;
  const files = checkImageNames(given.files.length > 0 ? given.files : (images?.files ?? []));
  if (given.kind === 'images' && files.length === 0) throw missing('files', 'give them, or config and phase');
  const registry =
    section !== null && 'registry' in section && config !== null ? resolveRegistry(config, section.registry) : null;
  const visibility = given.visibility ?? section?.visibility ?? 'public';
  const store = images === null || config === null ? null : resolveImageStore(config, images.store);
  const place = store ?? registry;
  if (visibility === 'internal' && place?.visibility === 'public') {
    const what = `${store === null ? 'registry' : 'image store'} ${place.name}`;
    throw new TagflowError('internal-to-public', `what is built is internal, and ${what} of config is public`, {
      outcome: 'invalid',
      next: `Build for one that config marks "visibility: internal"; or, where everybody may see it, give visibility public.`,
    });
  }
  const repoUrl = given['repo-url']?.href;
  return {
    ...{ kind: given.kind, fullHash, config, command, release, files, images, registry, visibility },
    /** Null where nobody says it: then the builder finds its repository itself. */
    repoUrl: repoUrl ?? null,
    distro: given.distro ?? config?.distro,
    env: section?.env ?? {},
    timeoutMs: given.timeout ?? section?.timeoutMs ?? defaultTimeoutMs,
    baseImage: given['base-image'] ?? images?.baseImage ?? null,
    evidence: given.evidence ?? section?.evidence ?? 'required',
    containers: given.containers,
  } as const;
}

/** Returns the error of an input that nothing gives. */
function missing(input: string, what: string): TagflowError {
  return new TagflowError(`no-${input}`, `input "${input}" is missing: ${what}`, { outcome: 'invalid' });
}
