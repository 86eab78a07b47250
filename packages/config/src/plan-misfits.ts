import type { Plan } from '@tagflow/model';
import type { Config, Phase } from './types.ts';

/**
 * Returns why a plan cannot be staged with a configuration and a phase, a sentence each that speaks of the plan as `it`;
 * empty when it can. What is null was not given.
 */
export function planMisfits(
  { mode, label, release, configDigest }: Plan,
  config: Config | null,
  phase: Phase | null,
): readonly string[] {
  const misfits: string[] = [];
  if (config !== null && (config.digest !== configDigest || config.release !== release))
    misfits.push(`it was not made with ${config.file} as it is now; make a new one, this one cannot be applied`);
  const moved = mode === 'pin' ? phase?.pin?.to : phase?.promote?.to;
  if (phase !== null && moved !== label)
    misfits.push(`it moves ${label}, and phase ${phase.name} moves ${moved ?? 'no label'}`);
  return misfits;
}
