import { posix } from 'node:path';
import { messageOf, parseCommitBuild, ParseError } from '@tagflow/model';
import { parse } from 'yaml';
import type { Answer } from '../http-server.ts';
import { DlrnRefusal, jsonAnswer } from './answers.ts';
import { timesOf } from './commit-record.ts';
import { TreeError } from './file-tree.ts';
import { bodyParameters, requireAll } from './parameters.ts';
import { pythonType, type PythonValue } from './python-values.ts';
import { fetchRemote } from './remote-request.ts';
import { ImportFailure } from './remote-url.ts';
import { appendRow, writeAggregate, writeBuildDirectory } from './repository.ts';
import { commitYaml } from './repository-files.ts';
import { type CommitRow, directoryOf, type DlrnState, lastProcessed } from './state.ts';
import { writeReports } from './status-report.ts';

const logNames = ['build.log', 'installed', 'mock.log', 'root.log', 'rpmbuild.log', 'state.log'] as const;

/**
 * Answers POST /api/remote/import: takes over the build whose hash directory is `repo_url` on another DLRN, with a
 * delorean.repo of its own, and moves `current` and its aggregate, never `consistent`. The answer is 201 also when a
 * newer build of the project was there and nothing was done. Where the real one differs: between classic and
 * component mode, builds that are imported can be promoted there.
 */
export async function importRemote(state: DlrnState, body: () => unknown): Promise<Answer> {
  const [sent] = requireAll(bodyParameters(body()), ['repo_url']);
  try {
    const repoUrl = textOf(sent);
    const file = await fetchRemote(`${repoUrl}/commit.yaml`);
    for (const commit of commitsIn(file.toString())) await importCommit(state, repoUrl, commit);
    return jsonAnswer(201, { repo_url: repoUrl });
  } catch (error) {
    if (!(error instanceof ImportFailure || error instanceof ParseError)) throw error;
    throw new DlrnRefusal(500, `Remote import failed with error: ${error.message}`);
  }
}

function textOf(value: PythonValue): string {
  if (typeof value === 'string') return value;
  const type = pythonType(value);
  if (type === 'list') throw new ImportFailure('can only concatenate list (not "str") to list');
  throw new ImportFailure(`unsupported operand type(s) for +: '${type}' and 'str'`);
}

/** The fields of one commit in a commit.yaml: all of them texts. */
type Fields = ReadonlyMap<string, string>;

function commitsIn(text: string): readonly Fields[] {
  const document = parseYaml(text);
  if (Array.isArray(document)) throw new ImportFailure('list indices must be integers or slices, not str');
  // Such as a page of HTML.
  if (typeof document === 'string') throw new ImportFailure("string indices must be integers, not 'str'");
  if (typeof document !== 'object' || document === null) {
    throw new ImportFailure("'NoneType' object is not subscriptable");
  }
  const commits = 'commits' in document ? document.commits : undefined;
  if (!Array.isArray(commits)) throw new ImportFailure("'commits'");
  return commits.map((each: unknown) => new Map(Object.entries(each as Record<string, string>)));
}

function parseYaml(text: string): unknown {
  try {
    // Every plain value is a text here: a hash of digits and one `e` is no number.
    return parse(text, { schema: 'failsafe' });
  } catch (error) {
    throw new ImportFailure(messageOf(error));
  }
}

/** A build of another DLRN, before this one gives it a number. */
type ImportedBuild = Omit<CommitRow, 'id'> & Required<Pick<CommitRow, 'imported'>>;

async function importCommit(state: DlrnState, repoUrl: string, fields: Fields): Promise<void> {
  const build = buildOf(fields);
  const old = lastProcessed(state, build.project);
  if (old !== undefined && !isNewer(build, old)) return;
  const files = new Map<string, Buffer>();
  const names = [...logNames, ...build.imported.artifacts.map((path) => posix.basename(path))];
  for (const name of names) {
    // DLRN does without what it cannot get: the logs of a build that failed early are not all there.
    const file = await fetchRemote(`${repoUrl}/${name}`).catch(() => null);
    if (file !== null) files.set(name, file);
  }
  if (build.status === 'SUCCESS') record(state, build, files);
  else recordFailure(state, build, files);
}

function buildOf(fields: Fields): ImportedBuild {
  const field = (name: string): string => fields.get(name) ?? 'None';
  const time = (name: string): number => {
    const value = Number.parseFloat(field(name));
    if (!Number.isNaN(value)) return Math.trunc(value);
    throw new ImportFailure("int() argument must be a string, a bytes-like object or a real number, not 'NoneType'");
  };
  const artifacts = field('artifacts') === 'None' ? [] : field('artifacts').split(',');
  const status = field('status') === 'SUCCESS' ? 'SUCCESS' : 'FAILED';
  if (status === 'SUCCESS' && artifacts.length === 0) {
    throw new ImportFailure("'NoneType' object has no attribute 'split'");
  }
  const imported = { sourceAt: time('dt_commit'), distroAt: time('dt_distro'), notes: field('notes'), artifacts };
  return {
    ...parseCommitBuild(Object.fromEntries(fields)),
    // DLRN puts only the extended hash right: a build of a classic one gets the component "None".
    component: field('component'),
    project: field('project_name'),
    status,
    purged: (Number(field('flags')) & 2) !== 0,
    builtAt: time('dt_build'),
    nvr: posix.basename(artifacts[0] ?? '').replace(/\.[^.]+\.rpm$/, ''),
    imported,
  };
}

function isNewer(build: ImportedBuild, old: CommitRow): boolean {
  const [now, before] = [timesOf(build), timesOf(old)];
  return now.dt_commit > before.dt_commit || now.dt_distro > before.dt_distro;
}

// While the files were on their way, others may have added rows.
function record(state: DlrnState, build: ImportedBuild, files: ReadonlyMap<string, Buffer>): void {
  const row = appendRow(state, build);
  writeBuildDirectory(state, row);
  writeFiles(state, row, files);
  moveCurrent(state, row);
  if (state.mode === 'component') writeAggregate(state, 'current');
}

function recordFailure(state: DlrnState, build: ImportedBuild, files: ReadonlyMap<string, Buffer>): void {
  const isKnown = state.projects.some((project) => project.name === build.project);
  if (!isKnown) throw new ImportFailure('list index out of range');
  const row = appendRow(state, build);
  const notes = Buffer.from(build.imported.notes);
  writeFiles(state, row, new Map([['rpmbuild.log', notes], ...files, ['notes.log', notes]]));
}

function writeFiles(state: DlrnState, row: CommitRow, files: ReadonlyMap<string, Buffer>): void {
  const now = state.clock.now();
  writeReports(state);
  for (const [name, content] of files) state.tree.write(`${directoryOf(row)}/${name}`, content, now);
  state.tree.write(`${directoryOf(row)}/commit.yaml`, commitYaml(row), now);
}

function moveCurrent(state: DlrnState, row: CommitRow): void {
  const folder = state.mode === 'classic' ? '' : `component/${row.component}`;
  const target = posix.relative(folder, directoryOf(row));
  const place = posix.join(folder, 'current');
  try {
    state.tree.link(`${place}_`, target);
    state.tree.rename(`${place}_`, place);
  } catch (error) {
    if (!(error instanceof TreeError && error.code === 'ENOENT')) throw error;
    throw new ImportFailure(`[Errno 2] No such file or directory: '${target}' -> 'repos/${place}_'`);
  }
}
