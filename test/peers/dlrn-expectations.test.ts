import test from 'ava';
import { dlrnExpectations, type DlrnUnderTest, type SeededCommit } from '../../packages/lab/test/dlrn-expectations.ts';
import { type RealBuild, type RealDlrn, type RealDlrnOptions, startRealDlrn } from './dlrn/real-dlrn.ts';

// What the lab's DLRN is held to is what the real one does: the same suite, so that neither can drift.
const variants: Readonly<Record<string, RealDlrnOptions>> = {
  classic: { mode: 'classic' },
  component: { mode: 'component' },
  'component, extended': { mode: 'component', extended: true },
};

for (const [variant, options] of Object.entries(variants)) {
  let real: RealDlrn;
  test.before(`DLRN starts, ${variant}`, async () => {
    real = await startRealDlrn(options);
  });
  test.after.always(`DLRN ends, ${variant}`, () => real?.close());
  for (const { title, modes, check } of dlrnExpectations) {
    if (!modes.includes(options.mode)) continue;
    // Serial: some requests stand on what earlier ones left.
    test.serial(`the real DLRN, ${variant}: ${title}`, (t) => check(t, underTest(real, options.mode)));
  }
}

function underTest(real: RealDlrn, mode: DlrnUnderTest['mode']): DlrnUnderTest {
  const { apiUrl, reposUrl, username, password, seed, specials } = real;
  return { mode, apiUrl, reposUrl, username, password, commits: [...specials, ...seed].map(asSeeded) };
}

function asSeeded(build: RealBuild): SeededCommit {
  return {
    project_name: build.project,
    commit_hash: build.commitHash,
    distro_hash: build.distroHash,
    extended_hash: build.extendedHash,
    component: build.component,
    status: build.status,
    flags: build.purged ? 2 : 0,
    dir: build.directory,
  };
}
