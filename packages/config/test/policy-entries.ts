import { type Freeze, type Hold, parseFullHash, parseTargetLabel, type Waiver } from '@tagflow/model';

/** Two builds and an aggregate. */
export const one = `${'1'.repeat(40)}_${'a'.repeat(8)}`;
export const two = `${'2'.repeat(40)}_${'b'.repeat(8)}`;
export const aggregate = 'c'.repeat(32);

const first = parseFullHash(one);
const label = parseTargetLabel('current-tripleo');

export const waiver: Waiver = {
  kind: 'waiver',
  id: 'fs001',
  release: 'master',
  owner: 'tripleo-ci',
  bug: 'LP#12',
  reason: 'the mirror is slow',
  // the end of 2026-12-01
  expires: Date.UTC(2026, 11, 2),
  where: 'waivers.yaml:2',
  job: 'job-a',
  hashes: { from: first, to: first },
  label,
};

export const hold: Hold = {
  kind: 'hold',
  id: 'bad-kernel',
  release: null,
  owner: 'rdo-ci',
  bug: 'https://bugs.example/7',
  reason: 'panics',
  expires: Date.UTC(2026, 11, 1, 12, 30),
  where: 'holds.yaml:2',
  hashes: { from: first, to: null },
  label: null,
};

export const freeze: Freeze = {
  kind: 'freeze',
  id: 'release-week',
  release: null,
  owner: 'release-team',
  bug: 'REL-9',
  reason: 'the release is cut',
  expires: Date.UTC(2026, 11, 5),
  where: 'freezes.yaml:2',
  label,
};
