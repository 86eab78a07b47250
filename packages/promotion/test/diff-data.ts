import {
  type Criteria,
  type Digest,
  type ImageEntry,
  type Label,
  parseDigest,
  parseFullHash,
  type Waiver,
} from '@tagflow/model';
import type { PackageEntry, PromotionFacts, SetDetails } from '../src/index.ts';

export const hash = (digit: string) => parseFullHash(`${digit.repeat(40)}_${digit.repeat(8)}`);
export const digest = (digit: string): Digest => parseDigest(`sha256:${digit.repeat(64)}`);
export const sha = (digit: string): string => digit.repeat(40);

export const empty: SetDetails = {
  name: 'current-tripleo',
  fullHash: hash('a'),
  release: 'master',
  repoUrl: 'http://127.0.0.1/r/aa/aa/aaaa',
  members: [{ component: null, fullHash: hash('a') }],
  packages: [],
  containers: [],
  images: [],
  promotion: null,
  notes: [],
};

export const heat: PackageEntry = {
  project: 'openstack-heat',
  component: 'tripleo',
  nvr: 'openstack-heat-1.0.1-0.20260101000000.aaaaaaa.el9',
  sourceRepo: 'https://git.example/heat',
  sourceSha: sha('1'),
  distRepo: 'https://git.example/heat-distgit',
  distSha: sha('2'),
  status: 'SUCCESS',
};
export const nova: PackageEntry = { ...heat, project: 'openstack-nova', nvr: 'openstack-nova-2.0-1.el9' };

export const image = (name: string, size: number, digit: string): ImageEntry => ({
  ...{ name, size, sha256: digit.repeat(64), md5: null, visibility: 'public' },
});

export const layer = (digit: string, size: number) => ({ digest: digest(digit), size });

export const waiver: Waiver = {
  ...{ kind: 'waiver', id: 'w1', release: null, owner: 'ci', bug: 'rhbz#1', reason: 'flaky', where: 'waivers.yaml:3' },
  ...{ expires: Date.UTC(2026, 1, 1), job: 'periodic-b', hashes: null, label: null },
};

export function promoted(criteria: Criteria, waivers: readonly Waiver[] = []): PromotionFacts {
  return {
    ...{ id: 'p1', mode: 'promote', label: 'current-tripleo' as Label, fromHash: null, version: 3, actor: 'ci' },
    ...{ reason: null, createdAt: '2026-01-01T00:00:00.000Z', answer: 'yes', criteria, waivers },
  };
}

export const from: SetDetails = {
  ...empty,
  name: 'previous-current-tripleo',
  packages: [heat, nova, { ...nova, project: 'openstack-old' }],
  containers: [{ name: 'heat-api', digest: digest('1'), platforms: [{ platform: null, layers: [layer('1', 2500)] }] }],
  images: [image('overcloud-full.tar', 1_500_000, '1')],
  promotion: promoted({ allOf: ['a'], informing: [] }),
};
export const to: SetDetails = {
  ...empty,
  fullHash: hash('b'),
  repoUrl: null,
  packages: [
    { ...heat, nvr: 'openstack-heat-1.0.2-0.20260102000000.bbbbbbb.el9', sourceSha: sha('3') },
    nova,
    { ...nova, project: 'python-new' },
  ],
  containers: [{ name: 'heat-api', digest: digest('2'), platforms: [{ platform: null, layers: [layer('2', 3500)] }] }],
  images: [image('overcloud-full.tar', 2_000_000, '2')],
  promotion: promoted({ allOf: ['a', 'b'], informing: [] }, [waiver]),
  notes: ['registry docker could not be read: it is down'],
};
