import { type CommitBuild, parseCommitBuild } from '@tagflow/model';
import {
  type CommitRow,
  createLabBuilder,
  createVirtualClock,
  type LabDlrn,
  type LabMode,
  recordRowOnly,
  startLabDlrn,
} from '@tagflow/lab';
import type { SuiteDlrn } from './client-suite.ts';

const projects = ['tripleo', 'compute', 'network'].map((component) => ({ name: `lab-${component}-1`, component }));

export interface StartedLab extends SuiteDlrn {
  readonly lab: LabDlrn;
}

/** Starts the lab's DLRN, 0.26.1 or its development head (`H`), with six builds of three packages, as the real one of the peers ring. */
export async function startLab(mode: LabMode, release: 'R' | 'H' = 'R'): Promise<StartedLab> {
  const clock = createVirtualClock('2026-01-01T00:00:00Z');
  const lab = await startLabDlrn({ clock, mode, projects, release });
  const builder = createLabBuilder({ dlrn: lab.state, clock, seed: 'dlrn', extended: mode === 'component' });
  let turn = 0;
  const build = async (): Promise<void> => {
    await clock.advance(3_600_000);
    builder.build(projects[turn % projects.length]?.name);
    turn += 1;
  };
  for (const _ of Array.from({ length: 6 })) await build();
  const special = (project: string, status: CommitRow['status'], purged: boolean): CommitBuild =>
    buildOf(
      recordRowOnly(lab.state, {
        project,
        status,
        purged,
        commitHash: (purged ? 'b' : 'a').repeat(40),
        distroHash: 'c'.repeat(40),
        extendedHash: null,
        component: mode === 'component' ? 'tripleo' : null,
      }),
    );
  const { apiUrl, reposUrl, username, password } = lab;
  const failed = special('failed', 'FAILED', false);
  const purged = special('purged', 'SUCCESS', true);
  const isHead = release === 'H';
  return { lab, apiUrl, reposUrl, username, password, failed, purged, isHead, build, close: () => lab.close() };
}

function buildOf(row: CommitRow): CommitBuild {
  return parseCommitBuild({
    commit_hash: row.commitHash,
    distro_hash: row.distroHash,
    extended_hash: row.extendedHash,
    component: row.component,
  });
}
