import { type Label, matchesJob, previousOf } from '@tagflow/model';
import { ConfigError } from './error.ts';
import type { RunnerConfig } from './runner-types.ts';
import type { Config, ImageStoreConfig, Phase, RegistryConfig, TestJob } from './types.ts';

/** A process on this machine: what `command` is without being written down. */
export const ownRunner: RunnerConfig = { kind: 'command', name: 'command', graceMs: 10_000, nodes: null };

/**
 * Returns a phase by its name.
 * @throws ConfigError `unknown-name`, which lists the phases that there are
 */
export function resolvePhase(config: Config, name: string): Phase {
  return named(config, config.phases, 'phase', name);
}

/** As {@link resolvePhase}, of a registry. */
export function resolveRegistry(config: Config, name: string): RegistryConfig {
  return named(config, config.registries, 'registry', name);
}

/** As {@link resolvePhase}, of a runner; `command` is one without being written down. */
export function resolveRunner(config: Config, name: string): RunnerConfig {
  return named(config, { [ownRunner.name]: ownRunner, ...config.runners }, 'runner', name);
}

/** As {@link resolvePhase}, of an image store. */
export function resolveImageStore(config: Config, name: string): ImageStoreConfig {
  return named(config, config.imageStores, 'image store', name);
}

/**
 * Returns a job of a phase by its name, be it one that tests or one that runs afterwards.
 * @throws ConfigError `unknown-name`, which lists the jobs that there are
 */
export function resolveJob(phase: Phase, job: string): TestJob {
  const jobs = [...(phase.test?.jobs ?? []), ...(phase.after?.jobs ?? [])];
  const found = jobs.find((one) => one.job === job);
  if (found !== undefined) return found;
  const known = jobs.map((one) => one.job).join(', ');
  throw new ConfigError('unknown-name', `phase ${phase.name} has no job "${job}"; it has: ${known || 'none'}`);
}

/** Returns the label whose hash a phase is about: what it pins, else what it promotes, else what it hands off. */
export function startLabel(phase: Phase): Label {
  const label = phase.pin?.from ?? phase.promote?.from ?? phase.handOff?.label;
  // Every phase that was read from a file has one.
  if (label === undefined) throw new ConfigError('unknown-name', `phase ${phase.name} names no label to begin with`);
  return label;
}

/**
 * Returns the phase that moves a label, where a label alone was given.
 * @throws ConfigError `unknown-name` when none does, or several do, as in the component line
 */
export function phaseOfLabel(config: Config, label: string): Phase {
  const phases = Object.values(config.phases);
  const found = phases.filter(({ pin, promote }) => pin?.to === label || promote?.to === label);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const problem =
    found.length === 0
      ? `no phase of ${config.file} moves "${label}"; they move: ${managedLabels(config).join(', ') || 'none'}`
      : `several phases of ${config.file} move "${label}": ${found.map(({ name }) => name).join(', ')}`;
  throw new ConfigError('unknown-name', problem, {
    next: found.length === 0 ? 'Check the label.' : 'Say which: input "phase".',
  });
}

/** Returns the labels that belong to promote-symlink: those that a phase pins or promotes to. */
export function managedLabels(config: Config): readonly Label[] {
  const all = Object.values(config.phases).flatMap(({ pin, promote }) => [pin?.to, promote?.to]);
  return [...new Set(all.filter((label) => label !== undefined))];
}

/** Returns the labels that nothing but promote-symlink may move: those of {@link managedLabels}, and their `previous-…`. */
export function reservedLabels(config: Config): ReadonlySet<Label> {
  return new Set(managedLabels(config).flatMap((label) => [label, previousOf(label)]));
}

/** A registry that a phase reads its containers from, and that the phase before may leave behind. */
export interface OptionalSource {
  /** The name of the registry. */
  readonly registry: string;
  /** What the phase before promotes to, and this one promotes from. */
  readonly label: Label;
  /** The phase that moves the label, and pays what the registry owes it. */
  readonly phase: string;
  /** The names of the registries that the phase before requires: they know what belongs to the label. */
  readonly required: readonly string[];
}

/**
 * Returns the registry that a phase reads from where it is only optional in the phase that promotes to this phase's
 * `from` label, so that it may lack what the label names; null where that cannot be.
 */
export function optionalSourceOf(config: Config, phase: Phase): OptionalSource | null {
  const { promote, component } = phase;
  const registry = promote?.containers?.source;
  if (promote === null || registry === undefined) return null;
  const before = Object.values(config.phases).find(
    (other) => other.promote?.to === promote.from && other.component === component,
  );
  const containers = before?.promote?.containers ?? null;
  if (before === undefined || containers === null || !containers.optional.includes(registry)) return null;
  const required = containers.destinations.filter((name) => !containers.optional.includes(name));
  return { registry, label: promote.from, phase: before.name, required };
}

/** Returns who acts on a job, or null where nobody is named. */
export function ownerOf(config: Config, job: string): string | null {
  return config.owners.find(({ pattern }) => matchesJob(pattern, job))?.owner ?? null;
}

function named<Value>(config: Config, values: Readonly<Record<string, Value>>, kind: string, name: string): Value {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value !== undefined) return value;
  const known = Object.keys(values).join(', ');
  // Actions that need a phase pass on what they were given, which may be nothing.
  const problem =
    name === '' ? `input "${kind}" is missing; ${config.file}` : `${config.file} has no ${kind} "${name}"; it`;
  throw new ConfigError('unknown-name', `${problem} has: ${known || 'none'}`);
}
