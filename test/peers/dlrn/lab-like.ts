import { createHash } from 'node:crypto';
import { type CommitRow, directoryOf, type LabDlrn, recordBuild, recordRowOnly, startLabDlrn } from '@tagflow/lab';
import type { RealBuild, RealDlrn, RealDlrnOptions } from './real-dlrn.ts';

/** A DLRN of the lab that knows the builds of a real one. */
export interface LabLike {
  readonly lab: LabDlrn;
  /** Records what the real one has built since. */
  record(builds: readonly RealBuild[]): void;
  /** Sets the lab's clock, in seconds since 1970; null lets it show what any clock shows. */
  setClock(seconds: number | null): void;
}

/** Starts a DLRN of the lab with the rows that the real one has printed, in the same order and of the same times. */
export async function startLabLike(real: RealDlrn, { mode }: RealDlrnOptions): Promise<LabLike> {
  let seconds: number | null = null;
  const packages = new Map(real.seed.map(({ project, component }) => [project, component ?? 'none']));
  const lab = await startLabDlrn({
    clock: { now: () => (seconds === null ? Date.now() : seconds * 1000) },
    mode,
    builder: 'centos9-master',
    username: real.username,
    password: real.password,
    projects: [...packages].map(([name, component]) => ({ name, component })),
  });
  // The address is in every delorean.repo, and so in every aggregate hash.
  Object.assign(lab.state, { baseUrl: real.reposUrl });
  const record = (builds: readonly RealBuild[]): void => {
    for (const build of builds) {
      seconds = build.builtAt;
      if (real.specials.includes(build)) recordRowOnly(lab.state, build);
      else recordBuild(lab.state, build);
    }
    seconds = null;
  };
  record([...real.specials, ...real.seed]);
  return {
    lab,
    record,
    setClock: (value) => {
      seconds = value;
    },
  };
}

/** Another DLRN that both can import from: it has one build, of their oldest package, newer than all of theirs. */
export interface Remote {
  readonly lab: LabDlrn;
  readonly build: CommitRow;
  /** Its hash directory. */
  readonly url: string;
}

const day = 86_400;

/** Starts a DLRN to import from. */
export async function startRemote(real: RealDlrn, { mode }: RealDlrnOptions): Promise<Remote> {
  const oldest = real.seed[0];
  if (oldest === undefined) throw new Error('the seed is empty');
  const { project, component, extendedHash } = oldest;
  const lab = await startLabDlrn({
    clock: { now: () => ((real.seed.at(-1)?.builtAt ?? 0) + day) * 1000 },
    mode,
    builder: 'centos9-master',
    projects: [{ name: project, component: component ?? 'none' }],
  });
  const sha = (text: string): string => createHash('sha1').update(`${project}/${text}`).digest('hex');
  const hashes = { commitHash: sha('remote'), distroHash: sha('remote distro'), extendedHash };
  const build = recordBuild(lab.state, { project, component, ...hashes, status: 'SUCCESS', version: '2.0.0' });
  return { lab, build, url: `${lab.reposUrl}/${directoryOf(build)}` };
}
