import { createVirtualClock } from '../src/clock.ts';
import { createLabBuilder } from '../src/builder.ts';
import { recordRowOnly } from '../src/dlrn/repository.ts';
import { type LabDlrn, type LabDlrnOptions, startLabDlrn } from '../src/dlrn/server.ts';
import { directoryOf, type LabMode } from '../src/dlrn/state.ts';
import { fakeSha } from '../src/random.ts';
import type { DlrnUnderTest } from './dlrn-expectations.ts';

const projects = ['tripleo', 'compute', 'network'].map((component) => ({ name: `lab-${component}-1`, component }));

/** Starts a lab DLRN with six builds and the three rows that cannot be promoted. */
export async function startSeeded(
  mode: LabMode,
  options: Partial<LabDlrnOptions> & { readonly extended?: boolean } = {},
): Promise<{ readonly lab: LabDlrn; readonly dlrn: DlrnUnderTest }> {
  const clock = createVirtualClock('2018-06-01T00:00:00Z');
  const { extended = false, ...more } = options;
  const lab = await startLabDlrn({ clock, mode, projects, ...more });
  const builder = createLabBuilder({ dlrn: lab.state, clock, seed: 'test', extended });
  const specials = [
    ['lab-failed', 'FAILED', false],
    ['lab-retry', 'RETRY', false],
    ['lab-purged', 'SUCCESS', true],
  ] as const;
  for (const [project, status, purged] of specials) {
    const [commitHash, distroHash] = [fakeSha(project, 'source'), fakeSha(project, 'distro')];
    const component = mode === 'component' ? 'tripleo' : null;
    recordRowOnly(lab.state, { project, commitHash, distroHash, extendedHash: null, component, status, purged });
  }
  for (let index = 0; index < 6; index++) {
    builder.build(projects[index % projects.length]?.name);
    await clock.advance(3_600_000);
  }
  const commits = lab.state.commits.map((row) => ({
    ...{ project_name: row.project, commit_hash: row.commitHash, distro_hash: row.distroHash },
    ...{ extended_hash: row.extendedHash, component: row.component, status: row.status },
    ...{ flags: row.purged ? 2 : 0, dir: directoryOf(row) },
  }));
  const { apiUrl, reposUrl, username, password } = lab;
  return { lab, dlrn: { mode, apiUrl, reposUrl, username, password, commits } };
}
