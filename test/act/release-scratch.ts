import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/workspaces.ts';

const exec = promisify(execFile);

/** A copy of this repository with a history, a remote and releases of its own. */
export interface Scratch {
  readonly folder: string;
  /** The bare repository that is its origin. */
  readonly origin: string;
  git(...words: readonly string[]): Promise<string>;
  /** Runs scripts/release.ts of the copy. */
  release(...words: readonly string[]): Promise<Ended>;
  /** The same in another environment, to let it fail. */
  releaseWith(env: Readonly<Record<string, string>>): Promise<Ended>;
  /** Replaces a part of a file, which has to be there. */
  edit(path: string, before: string, after: string): Promise<void>;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Generates, builds and commits. */
  commit(message: string): Promise<string>;
  remove(): Promise<void>;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const identity = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'A' };
const environment = { ...process.env, ...identity, GIT_COMMITTER_EMAIL: 'a@example.org', GIT_CONFIG_NOSYSTEM: '1' };

/** Copies the files that git knows or would know, as nothing of them was released yet, and commits them. */
export async function createScratch(): Promise<Scratch> {
  const top = await mkdtemp(join(tmpdir(), 'tagflow-release-'));
  const folder = join(top, 'checkout');
  const origin = join(top, 'octo/tagflow.git');
  const run = async (command: string, words: readonly string[], more = {}): Promise<Ended> => {
    const env = { ...environment, HOME: top, ...more };
    try {
      return { exitCode: 0, ...(await exec(command, words, { cwd: folder, env, maxBuffer: 1 << 26 })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code?: unknown; stdout: string; stderr: string };
      return { exitCode: typeof code === 'number' ? code : 1, stdout, stderr };
    }
  };
  const must = async (command: string, ...words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(command, words);
    if (exitCode !== 0) throw new Error(`${command} ${words.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  };
  const release = ['scripts/release.ts', '--date', '2026-01-31'];
  const scratch: Scratch = {
    folder,
    origin,
    git: (...words) => must('git', ...words),
    release: (...words) => run(process.execPath, [...release, ...words]),
    releaseWith: (env) => run(process.execPath, release, env),
    read: (path) => readFile(join(folder, path), 'utf8'),
    write: (path, text) => writeFile(join(folder, path), text),
    edit: async (path, before, after) => {
      const text = await scratch.read(path);
      if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
      await scratch.write(
        path,
        text.replace(before, () => after),
      );
    },
    commit: async (message) => {
      await must(process.execPath, 'scripts/generate.ts');
      await must(process.execPath, 'scripts/build.ts');
      await must('git', 'add', '--all');
      await must('git', 'commit', '--quiet', `--message=${message}`);
      return must('git', 'rev-parse', 'HEAD');
    },
    remove: () => rm(top, { recursive: true, force: true, maxRetries: 5 }),
  };
  await mkdir(folder);
  await copySources(folder);
  await linkModules(folder);
  await must('git', 'init', '--quiet', '--initial-branch=main');
  await must('git', 'init', '--quiet', '--bare', origin);
  await must('git', 'remote', 'add', 'origin', origin);
  await scratch.commit('everything');
  return scratch;
}

async function copySources(folder: string): Promise<void> {
  const listed = await exec('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  const isHistory = (path: string): boolean =>
    /(?:^|\/)release\.json$|^dist\//.test(path) || (/^\.changeset\/.*\.md$/.test(path) && !path.endsWith('README.md'));
  for (const path of listed.stdout.split('\0').filter((file) => file !== '' && !isHistory(file))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // git lists what somebody removed and did not commit, too
    await cp(join(root, path), join(folder, path)).catch(() => undefined);
  }
  for (const parent of ['actions', '.github']) {
    for (const name of await readdir(join(folder, parent))) {
      const path = join(folder, parent, name, 'package.json');
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text !== null) await writeFile(path, text.replace(/"version": "[^"]*"/, '"version": "0.0.0"'));
    }
  }
}

// The libraries are those of this checkout, but our own packages those of the copy.
async function linkModules(folder: string): Promise<void> {
  await linkAll(join(root, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'node_modules/@tagflow'));
  for (const parent of ['packages', 'actions']) {
    for (const name of await readdir(join(folder, parent))) {
      await symlink(join('../..', parent, name), join(folder, 'node_modules/@tagflow', name));
      const own = join(parent, name, 'node_modules');
      if (existsSync(join(root, own))) await linkAll(join(root, own), join(folder, own));
    }
  }
}

// A folder of links, and no link to the folder: that one git would not ignore.
async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== '@tagflow' && !name.startsWith('.')) await symlink(join(from, name), join(to, name));
  }
}
