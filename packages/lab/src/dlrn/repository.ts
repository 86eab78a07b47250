import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { parseCommitBuild } from '@tagflow/model';
import {
  builtComponents,
  type CommitRow,
  directoryOf,
  type DlrnState,
  labelFolder,
  latestBuilds,
  seconds,
} from './state.ts';
import { makeRepodata, type Repodata, rpmContent } from './repodata.ts';
import { commitYaml, repoFile, versionsCsv } from './repository-files.ts';
import { writeReports } from './status-report.ts';

/** What somebody built, before DLRN gives it a number. */
export interface NewBuild extends Pick<CommitRow, 'project' | 'component' | 'status'> {
  readonly commitHash: string;
  readonly distroHash: string;
  readonly extendedHash: string | null;
  readonly version?: string;
}

/**
 * Records one build as DLRN does when it is over: the row, and for a success the hash directory, `current`, and
 * `consistent` when no project of the tree (or of the component) has a failed or missing newest build.
 */
export function recordBuild(state: DlrnState, build: NewBuild): CommitRow {
  const row = addRow(state, build, false);
  const write = (name: string, content: string): void =>
    state.tree.write(`${directoryOf(row)}/${name}`, content, state.clock.now());
  writeReports(state);
  write('rpmbuild.log', `rpmbuild of ${row.nvr}: ${row.status}\n`);
  write('commit.yaml', commitYaml(row));
  if (row.status !== 'SUCCESS') return row;

  for (const kind of kinds) write(`${row.nvr}.${kind}.rpm`, rpmContent(row, kind));
  writeBuildDirectory(state, row);
  moveLabel(state, row, 'current');
  if (row.component !== null) writeAggregate(state, 'current');
  if (isConsistent(state, row.component)) {
    moveLabel(state, row, 'consistent');
    if (row.component !== null) writeAggregate(state, 'consistent');
    const vote = { job: 'consistent', url: '', success: true, inProgress: false, notes: '', user: null };
    state.votes.push({ ...vote, commit: row, timestamp: row.builtAt });
  }
  return row;
}

/** Adds a row that has no directory: a build that failed, is to be retried, or was purged long ago. */
export function recordRowOnly(state: DlrnState, build: NewBuild & Pick<CommitRow, 'purged'>): CommitRow {
  return addRow(state, build, build.purged);
}

function addRow(state: DlrnState, build: NewBuild, purged: boolean): CommitRow {
  const { project, status, commitHash, distroHash, extendedHash, component } = build;
  const hashes = parseCommitBuild({
    ...{ commit_hash: commitHash, distro_hash: distroHash, extended_hash: extendedHash, component },
  });
  const builtAt = seconds(state);
  const nvr = packageVersion(state, project, build.version ?? '1.0.0', commitHash, builtAt);
  return appendRow(state, { ...hashes, project, status, purged, builtAt, nvr });
}

/**
 * Gives a build its number and adds it to the rows. The number is one more than the last row's, so that a row that is
 * deleted leaves its own to the next.
 */
export function appendRow(state: DlrnState, build: Omit<CommitRow, 'id'>): CommitRow {
  const row = { ...build, id: (state.commits.at(-1)?.id ?? 0) + 1 };
  state.commits.push(row);
  return row;
}

function packageVersion(state: DlrnState, project: string, version: string, commitHash: string, time: number): string {
  const stamp = new Date(time * 1000).toISOString().replaceAll(/[-:T]|\..*$/g, '');
  const release = /^[a-z]+(\d+)/.exec(state.builder)?.[1] ?? '7';
  return `${project}-${version}-0.${stamp}.${commitHash.slice(0, 7)}.el${release}`;
}

const kinds = ['src', 'noarch'] as const;

/** Writes what DLRN makes of a successful build, which has packages, logs and commit.yaml from elsewhere. */
export function writeBuildDirectory(state: DlrnState, row: CommitRow): void {
  const directory = directoryOf(row);
  const now = state.clock.now();
  const packages = latestBuilds(state, row);
  const others = packages.flatMap(({ success }) => (success === undefined || success === row ? [] : [success]));
  state.tree.write(`${directory}/delorean.repo`, repoFile(state, row), now);
  state.tree.write(`${directory}/versions.csv`, versionsCsv(packages, row.component), now);
  for (const kind of kinds) {
    for (const other of others) {
      const name = `${other.nvr}.${kind}.rpm`;
      state.tree.link(`${directory}/${name}`, posix.relative(directory, `${directoryOf(other)}/${name}`));
    }
  }
  const rows = [...others, row];
  let made: Repodata | null = null;
  const repodata = (): Repodata => (made ??= makeRepodata(rows, (each) => `${each.nvr}.noarch.rpm`, row.builtAt));
  state.tree.write(`${directory}/repodata/repomd.xml`, () => repodata().repomd, now);
  // The name carries the checksum, so this one cannot wait until somebody asks for it.
  state.tree.write(`${directory}/repodata/${repodata().primaryName}`, repodata().primary, now);
}

function isConsistent(state: DlrnState, component: string | null): boolean {
  return state.projects
    .filter((project) => component === null || project.component === component)
    .every((project) => state.commits.findLast((row) => row.project === project.name)?.status === 'SUCCESS');
}

/**
 * Lets a label of the tree, or of a component, point to a build: removes the link and makes a new one, in two steps,
 * as DLRN does. Raises the tree's error when there is no place for the link.
 */
function moveLabel(state: DlrnState, row: CommitRow, label: string): void {
  const folder = labelFolder(row.component);
  state.tree.remove(`${folder}${label}`);
  state.tree.link(`${folder}${label}`, directoryOf(row).slice(folder.length));
}

/**
 * Writes the aggregate of what `label` names in each component, and returns its hash: the md5 of the components'
 * delorean.repo files. Components that lack the label are left out.
 */
export function writeAggregate(state: DlrnState, label: string): string {
  const known = new Set(state.projects.map((project) => project.component));
  const components = builtComponents(state).filter((component) => known.has(component));
  const read = (component: string, name: string): readonly string[] => {
    const file = state.tree.find(`${labelFolder(component)}${label}/${name}`);
    return file?.kind === 'file' ? [file.content.toString()] : [];
  };
  const repo = components.flatMap((component) => read(component, 'delorean.repo').map((text) => `${text}\n`)).join('');
  const versions = components.flatMap((component) =>
    read(component, 'versions.csv').map((text) => text.replace(/^.*\n/, '')),
  );
  const hash = createHash('md5').update(repo).digest('hex');
  const now = state.clock.now();
  const shard = `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const files = {
    'delorean.repo': repo,
    'delorean.repo.md5': hash,
    'versions.csv': versionsCsv([], null) + versions.join(''),
  };
  // A label such as ../tripleo/x leads out of the tree: DLRN writes there, and nobody serves it.
  if (posix.normalize(label).startsWith('../')) return hash;
  for (const [name, content] of Object.entries(files)) state.tree.write(`${label}/${shard}/${name}`, content, now);
  for (const name of Object.keys(files)) {
    state.tree.link(`${label}/${name}_`, `${shard}/${name}`);
    state.tree.rename(`${label}/${name}_`, `${label}/${name}`);
  }
  return hash;
}
