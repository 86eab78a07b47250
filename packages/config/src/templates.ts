import type { PhaseJob, PhaseStep, PhaseTemplate, TemplateName } from './phase-shape.ts';
import { promoteJobs } from './promote-jobs.ts';
import { fullHash, hashOutputs, outputsOf, setsOf, theHash } from './template-values.ts';

const hash: PhaseJob = {
  id: 'hash',
  needs: [],
  steps: [{ id: 'hash', action: 'get-repo-hash', with: { 'full-hash': { input: 'full-hash' } } }],
  outputs: outputsOf('hash', hashOutputs),
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
    ],
    outputs: outputsOf('run', ['results']),
  };
}

// The password of votes never is where tested code runs.
const vote: PhaseJob = {
  id: 'vote',
  needs: ['hash', 'matrix', 'test'],
  matrix: 'matrix.matrix',
  legsOf: 'test',
  steps: [
    {
      id: 'vote',
      action: 'report-result',
      with: { job: { matrix: true }, ...theHash, results: { resultsOf: 'test' } },
    },
  ],
};

const mirror: PhaseJob = {
  id: 'mirror',
  needs: ['hash', 'plan', 'promote'],
  steps: [{ id: 'mirror', action: 'sync-images', with: { mode: 'mirror', ...fullHash } }],
};

const after: PhaseJob = {
  id: 'after',
  needs: ['hash', 'matrix', 'plan', 'promote'],
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
  outputs: outputsOf('hand-off', ['outcome', 'manifest']),
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
      vote,
      candidate,
      ...promoteJobs(['hash', 'containers', 'images', 'candidate', 'vote'], {
        sets: ['containers', 'images'],
        kinds: ['containers', 'images'],
      }),
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
      vote,
      ...promoteJobs(['hash', 'pin', 'vote'], {}),
    ],
  },
  'rdo-phase-1': {
    description: 'Tests what upstream promoted in other ways, and promotes it further.',
    sections: ['test', 'promote'],
    jobs: [
      hash,
      matrixJob(['test']),
      testJob(['hash', 'matrix'], []),
      vote,
      ...promoteJobs(['hash', 'vote'], { kinds: ['containers', 'images'] }),
    ],
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
      vote,
      ...promoteJobs(['hash', 'fetch', 'images', 'vote'], {
        sets: ['fetch', 'images'],
        kinds: ['containers', 'images'],
      }),
      after,
    ],
  },
  'osp-phase-0': {
    description: 'Hands a promoted set off to the next owner.',
    sections: ['hand-off'],
    jobs: [hash, handOff],
  },
};
