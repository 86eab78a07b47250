import { type CommitBuild, parseCommitBuild } from '@tagflow/model';
import { testClient } from '../../packages/dlrn/test/client-suite.ts';
import { type RealBuild, startRealDlrn } from './dlrn/real-dlrn.ts';

for (const mode of ['classic', 'component'] as const) {
  testClient(mode, async () => {
    const real = await startRealDlrn({ mode, extended: mode === 'component' });
    return {
      ...real,
      failed: buildOf(real.specials.find((one) => one.status === 'FAILED')),
      purged: buildOf(real.specials.find((one) => one.purged)),
      build: async () => void (await real.build(1)),
    };
  });
}

function buildOf(row: RealBuild | undefined): CommitBuild {
  return parseCommitBuild({
    commit_hash: row?.commitHash,
    distro_hash: row?.distroHash,
    extended_hash: row?.extendedHash,
    component: row?.component,
  });
}
