import { loadConfig, resolvePhase, resolveRegistry } from '@tagflow/config';
import { TagflowError } from '@tagflow/model';
import { parseCommandLine } from '@tagflow/runner';

interface Given extends Readonly<Record<'config' | 'phase' | 'command' | 'release' | 'distro', string | undefined>> {
  readonly kind: 'images' | 'containers';
}

/** Returns what the inputs, and else the phase, say of the build; null when the phase has none of this kind. */
export async function readBuild(given: Given) {
  const config = given.config === undefined ? null : await loadConfig(given.config);
  const sections = config === null ? null : resolvePhase(config, given.phase ?? '').build;
  const section = sections?.[given.kind] ?? null;
  if (config !== null && section === null && given.command === undefined) return null;
  const command = given.command === undefined ? section?.command : parseCommandLine(given.command);
  const release = given.release ?? config?.release;
  if (command === undefined) throw missing('command', 'give it, or config and phase');
  if (release === undefined) throw missing('release', 'give it, or config');
  return {
    config,
    command,
    release,
    distro: given.distro ?? config?.distro,
    section,
    images: section !== null && 'files' in section ? section : null,
    registry:
      section !== null && 'registry' in section && config !== null ? resolveRegistry(config, section.registry) : null,
  };
}

/** Returns the error of an input that nothing gives. */
export function missing(input: string, what: string): TagflowError {
  return new TagflowError(`no-${input}`, `input "${input}" is missing: ${what}`, { outcome: 'invalid' });
}
