/** A value that a step takes from elsewhere in the run. */
export type Ref =
  /** An output of a job that is done. */
  | { readonly job: string; readonly output: string }
  /** An output of an earlier step of the same job. */
  | { readonly step: string; readonly output: string }
  /** The entry of the job's matrix. */
  | { readonly matrix: true }
  /** An input of the workflow: starts the phase from a given hash. */
  | { readonly input: 'full-hash' }
  /** Where people find the log of this run; the CI system knows, a run on the command line has none. */
  | { readonly ci: 'log-url' }
  /** The files that the outputs named `set` of these jobs name: parts of one set. */
  | { readonly sets: readonly string[] };

export interface PhaseStep {
  readonly id: string;
  readonly action: string;
  /** Inputs besides `config` and `phase`, which every step gets. What tagflow.yaml says is not repeated here. */
  readonly with: Readonly<Record<string, Ref | string>>;
  /** Runs when an earlier step of the job failed, too (not when the run was cancelled). */
  readonly always?: boolean;
}

export interface PhaseJob {
  readonly id: string;
  readonly needs: readonly string[];
  /** `job.output`, a JSON list of names: the job runs once for each, and not at all for an empty list. */
  readonly matrix?: string;
  /**
   * Does not run for a hash that the target label names already (output `is-new` of the job `hash`): nothing would be
   * learned, and the promotion that runs all the same repairs what drifted.
   */
  readonly onlyNew?: boolean;
  /** Runs when jobs that it needs failed or were skipped, as long as there is a hash and nobody cancelled the run. */
  readonly always?: boolean;
  readonly steps: readonly PhaseStep[];
  /** The job's outputs, each an output of one of its steps. */
  readonly outputs?: Readonly<Record<string, { readonly step: string; readonly output: string }>>;
}

export const sectionNames = ['pin', 'fetch', 'build', 'test', 'promote', 'mirror', 'after', 'hand-off'] as const;
export type SectionName = (typeof sectionNames)[number];

export const templateNames = ['upstream', 'component', 'rdo-phase-1', 'rdo-phase-2', 'osp-phase-0'] as const;
export type TemplateName = (typeof templateNames)[number];

export interface PhaseTemplate {
  /** One sentence. */
  readonly description: string;
  /** The sections that a phase of this template may have. A step whose section is absent ends as nothing-to-do. */
  readonly sections: readonly SectionName[];
  /** In an order in which they can run one by one. */
  readonly jobs: readonly PhaseJob[];
}

const hashOutputs = ['full-hash', 'repo-url', 'is-new'] as const;
/** The hash that everything in the run is about, resolved once. */
const fullHash = { 'full-hash': { job: 'hash', output: 'full-hash' } };
const theHash = { ...fullHash, 'repo-url': { job: 'hash', output: 'repo-url' } };

const hash: PhaseJob = {
  id: 'hash',
  needs: [],
  steps: [{ id: 'hash', action: 'get-repo-hash', with: { 'full-hash': { input: 'full-hash' } } }],
  outputs: Object.fromEntries(hashOutputs.map((output) => [output, { step: 'hash', output }])),
};

const pin: PhaseJob = {
  id: 'pin',
  needs: ['hash'],
  steps: [{ id: 'pin', action: 'promote-symlink', with: { mode: 'pin', ...theHash } }],
};

const candidate: PhaseJob = {
  id: 'candidate',
  needs: ['hash', 'containers', 'images'],
  onlyNew: true,
  steps: [
    {
      id: 'follow',
      action: 'promote-symlink',
      with: { mode: 'follow', ...theHash, ...setsOf(['containers', 'images']) },
    },
  ],
};

const fetch: PhaseJob = {
  id: 'fetch',
  needs: ['hash'],
  onlyNew: true,
  steps: [{ id: 'fetch', action: 'sync-images', with: { mode: 'fetch', ...fullHash } }],
  outputs: { set: { step: 'fetch', output: 'set' } },
};

function containersJob(needs: readonly string[]): PhaseJob {
  return {
    id: 'containers',
    needs,
    onlyNew: true,
    steps: [
      { id: 'build', action: 'build-images', with: { kind: 'containers', ...theHash } },
      {
        id: 'push',
        action: 'tag-and-push-containers',
        with: {
          ...fullHash,
          containers: { step: 'build', output: 'containers' },
          source: { step: 'build', output: 'source' },
          'name-pattern': { step: 'build', output: 'name-pattern' },
        },
      },
    ],
    outputs: { set: { step: 'push', output: 'set' } },
  };
}

/** `based`: they are built on an image that an earlier phase published, which is fetched where it is needed. */
function imagesJob(needs: readonly string[], based = false): PhaseJob {
  const base: PhaseStep = { id: 'base', action: 'sync-images', with: { mode: 'fetch', ...fullHash } };
  const from = { set: { step: 'base', output: 'set' }, 'base-folder': { step: 'base', output: 'files' } };
  return {
    id: 'images',
    needs,
    onlyNew: true,
    steps: [
      ...(based ? [base] : []),
      { id: 'build', action: 'build-images', with: { kind: 'images', ...theHash, ...(based ? from : {}) } },
      {
        id: 'publish',
        action: 'sync-images',
        with: {
          mode: 'publish',
          ...fullHash,
          set: { step: 'build', output: 'set' },
          source: { step: 'build', output: 'files' },
        },
      },
    ],
    outputs: { set: { step: 'publish', output: 'set' } },
  };
}

/** `sections`: what has jobs to list; each becomes an output of its name. */
function matrixJob(sections: readonly ('test' | 'after')[]): PhaseJob {
  return {
    id: 'matrix',
    needs: ['hash'],
    onlyNew: true,
    steps: sections.map((section) => ({
      id: section,
      action: 'run-featureset-tests',
      with: { section, 'dry-run': 'true', ...theHash },
    })),
    outputs: Object.fromEntries(
      sections.map((section) => [section === 'test' ? 'matrix' : section, { step: section, output: 'matrix' }]),
    ),
  };
}

function testJob(needs: readonly string[], sets: readonly string[]): PhaseJob {
  return {
    id: 'test',
    needs,
    onlyNew: true,
    matrix: 'matrix.matrix',
    steps: [
      {
        id: 'run',
        action: 'run-featureset-tests',
        with: { section: 'test', job: { matrix: true }, 'log-page': { ci: 'log-url' }, ...theHash, ...setsOf(sets) },
      },
      {
        id: 'report',
        action: 'report-result',
        // A failure is a vote too.
        always: true,
        with: {
          job: { matrix: true },
          ...theHash,
          results: { step: 'run', output: 'results' },
        },
      },
    ],
  };
}

// It runs whatever the tests say: votes count, from wherever they come, and it decides by itself.
function promoteJob(needs: readonly string[], sets: readonly string[]): PhaseJob {
  return {
    id: 'promote',
    needs,
    always: true,
    steps: [{ id: 'promote', action: 'promote-symlink', with: { mode: 'promote', ...theHash, ...setsOf(sets) } }],
  };
}

function setsOf(jobs: readonly string[]): Readonly<Record<string, Ref>> {
  return jobs.length === 0 ? {} : { set: { sets: jobs } };
}

const mirror: PhaseJob = {
  id: 'mirror',
  needs: ['hash', 'promote'],
  steps: [{ id: 'mirror', action: 'sync-images', with: { mode: 'mirror', ...fullHash } }],
};

const after: PhaseJob = {
  id: 'after',
  needs: ['hash', 'matrix', 'promote'],
  onlyNew: true,
  matrix: 'matrix.after',
  steps: [
    {
      id: 'run',
      action: 'run-featureset-tests',
      with: { section: 'after', job: { matrix: true }, voting: 'false', 'log-page': { ci: 'log-url' }, ...theHash },
    },
  ],
};

const handOff: PhaseJob = {
  id: 'hand-off',
  needs: ['hash'],
  steps: [{ id: 'hand-off', action: 'hand-off', with: fullHash }],
};

/** What each kind of phase does: jobs and steps in the shape of a GitHub workflow, so that the two can be compared. */
export const phaseTemplates: Readonly<Record<TemplateName, PhaseTemplate>> = {
  upstream: {
    description: 'Pins a hash, builds its containers and images, tests it, and promotes it.',
    sections: ['pin', 'build', 'test', 'promote', 'mirror'],
    jobs: [
      hash,
      pin,
      containersJob(['hash', 'pin']),
      imagesJob(['hash', 'pin']),
      matrixJob(['test']),
      testJob(['hash', 'containers', 'images', 'matrix'], ['containers', 'images']),
      candidate,
      promoteJob(['hash', 'containers', 'images', 'candidate', 'test'], ['containers', 'images']),
      mirror,
    ],
  },
  component: {
    description: 'Pins a build of one component, tests it, and promotes it.',
    sections: ['pin', 'test', 'promote'],
    jobs: [
      hash,
      pin,
      matrixJob(['test']),
      testJob(['hash', 'pin', 'matrix'], []),
      promoteJob(['hash', 'pin', 'test'], []),
    ],
  },
  'rdo-phase-1': {
    description: 'Tests what upstream promoted in other ways, and promotes it further.',
    sections: ['test', 'promote'],
    jobs: [hash, matrixJob(['test']), testJob(['hash', 'matrix'], []), promoteJob(['hash', 'test'], [])],
  },
  'rdo-phase-2': {
    description: 'Fetches the images of phase 1, builds internal ones, tests both, and promotes the public set.',
    sections: ['fetch', 'build', 'test', 'promote', 'after'],
    jobs: [
      hash,
      fetch,
      imagesJob(['hash', 'fetch'], true),
      matrixJob(['test', 'after']),
      testJob(['hash', 'fetch', 'images', 'matrix'], ['fetch', 'images']),
      promoteJob(['hash', 'fetch', 'images', 'test'], ['fetch', 'images']),
      after,
    ],
  },
  'osp-phase-0': {
    description: 'Hands a promoted set off to the next owner.',
    sections: ['hand-off'],
    jobs: [hash, handOff],
  },
};
