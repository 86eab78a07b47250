import type { PhaseJob, PhaseStep, Ref } from './phase-shape.ts';
import { fullHash, outputsOf, setsOf, theHash } from './template-values.ts';

const planned = { job: 'plan', output: 'plan', is: 'something' } as const;
const plan = { plan: { plan: 'plan' } };
const ended = (output: string): Ref => ({ firstOf: ['promote', 'plan'].map((job) => ({ job, output })) });

/**
 * The transaction as jobs: one that decides and plans, those that carry the bytes side by side, one that moves the label.
 * `kinds`: what there is to carry.
 */
export function promoteJobs(
  needs: readonly string[],
  {
    sets = [],
    kinds = [],
  }: { readonly sets?: readonly string[]; readonly kinds?: readonly ('containers' | 'images')[] },
): readonly PhaseJob[] {
  const stage: Readonly<Record<'containers' | 'images', PhaseStep>> = {
    containers: { id: 'stage', action: 'tag-and-push-containers', with: plan },
    images: { id: 'stage', action: 'sync-images', with: { mode: 'publish', ...plan } },
  };
  return [
    {
      id: 'plan',
      needs,
      // Whatever the tests say: votes count, from wherever they come, and it decides by itself.
      always: true,
      steps: [
        {
          id: 'plan',
          action: 'promote-symlink',
          with: {
            mode: 'promote',
            'dry-run': 'true',
            // What was interrupted is ended by the job that may move the label.
            'ok-outcomes': 'done, nothing-to-do, planned, half-done',
            ...theHash,
            ...setsOf(sets),
          },
        },
      ],
      outputs: outputsOf('plan', ['outcome', 'plan', 'release', 'label', 'verdict']),
    },
    ...kinds.map((kind) => ({ id: `stage-${kind}`, needs: ['hash', 'plan'], when: planned, steps: [stage[kind]] })),
    {
      id: 'promote',
      needs: ['hash', 'plan', ...kinds.map((kind) => `stage-${kind}`)],
      // It stages what is missing: where a job before it failed, it says what that means for the label.
      when: { job: 'plan', output: 'outcome', is: ['planned', 'half-done'] },
      approval: true,
      steps: [{ id: 'promote', action: 'promote-symlink', with: { mode: 'promote', ...theHash, ...plan } }],
      outputs: outputsOf('promote', ['outcome', 'previous-hash', 'promotion-id', 'verdict', 'statement']),
    },
    {
      id: 'status',
      needs: ['hash', 'plan', 'promote'],
      always: true,
      tells: true,
      steps: [
        {
          id: 'status',
          action: 'publish-status',
          with: {
            ...fullHash,
            outcome: { ci: 'outcome' },
            verdict: ended('verdict'),
            'previous-hash': { job: 'promote', output: 'previous-hash' },
            'promotion-id': { job: 'promote', output: 'promotion-id' },
            environment: { ci: 'environment' },
            'log-page': { ci: 'log-url' },
            'github-token': { ci: 'token' },
            // That nobody could be told changes nothing about the promotion.
            'ok-outcomes': 'done, nothing-to-do, planned, waiting',
          },
        },
      ],
    },
  ];
}
