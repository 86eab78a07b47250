import type { Clock } from '@tagflow/model';
import { recordBuild } from './dlrn/repository.ts';
import type { CommitRow, DlrnState } from './dlrn/state.ts';
import { createRandom, fakeSha } from './random.ts';

/** How often DLRN builds, in the stages' words «every 30 mins». */
export const buildInterval = 30 * 60 * 1000;

export interface LabBuilderOptions {
  readonly dlrn: DlrnState;
  readonly clock: Clock;
  readonly seed: string;
  /** Gives every commit an extended hash, as downstream builders do. Default false. */
  readonly extended?: boolean;
}

/** Upstream: commits arrive and DLRN builds them. */
export interface LabBuilder {
  /**
   * Builds the next commit now and returns its row: of this project, or of the one whose turn it is. Every project has
   * one turn first; then the seed decides.
   */
  build(project?: string): CommitRow;
  /** Lets the next build of a project fail, so that `consistent` stays until a later one succeeds. */
  failNextBuild(project: string): void;
  /** Builds one commit every 30 minutes of the clock, until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** Returns the builder of one DLRN. The same seed gives the same commits in the same order. */
export function createLabBuilder({ dlrn, clock, seed, extended = false }: LabBuilderOptions): LabBuilder {
  const random = createRandom(`${seed}/turns`);
  const built = new Map<string, number>();
  const failing = new Set<string>();

  const nextTurn = (): string => {
    const first = dlrn.projects.find((project) => !built.has(project.name));
    const next = first ?? dlrn.projects[random.integer(dlrn.projects.length)];
    if (next === undefined) throw new RangeError('the lab has no project to build: its list of projects is empty');
    return next.name;
  };
  const build = (wanted?: string): CommitRow => {
    const name = wanted ?? nextTurn();
    const project = dlrn.projects.find((each) => each.name === name);
    if (project === undefined) throw new RangeError(`the lab has no project "${name}"`);
    const number = built.get(name) ?? 0;
    built.set(name, number + 1);
    const extendedHash = `${fakeSha(seed, name, 'source rpm', number)}_${fakeSha(seed, name, 'extended', number)}`;
    return recordBuild(dlrn, {
      project: name,
      commitHash: fakeSha(seed, name, 'source', number),
      // The packaging changes far less often than the source.
      distroHash: fakeSha(seed, name, 'distro', Math.floor(number / 10)),
      extendedHash: extended ? extendedHash : null,
      component: dlrn.mode === 'component' ? project.component : null,
      status: failing.delete(name) ? 'FAILED' : 'SUCCESS',
      version: `1.0.${number}`,
    });
  };
  return {
    build,
    failNextBuild: (project) => {
      failing.add(project);
    },
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await clock.sleep(buildInterval, signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
        build();
      }
    },
  };
}
