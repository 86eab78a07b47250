import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface GitOptions {
  /** For its standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs git with these arguments and returns what it printed, without the last line end.
 * @throws Error with what git said
 */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<string>;

/** Returns git in a folder. */
export function createGit(folder: string): Git {
  return async (args, { input = '', env = {} } = {}) => {
    const child = spawn('git', args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' });
    const texts = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.error += text));
    child.stdin.on('error', () => undefined); // it ended without reading all: its exit code says why
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${texts.error.trim() || `exit code ${String(code)}`}`);
    return texts.out.replace(/\n$/, '');
  };
}

/** Returns the commit that something names, or null when nothing here has that name. */
export async function commitOf(git: Git, name: string): Promise<string | null> {
  return git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]).catch(() => null);
}

/** Returns whether one commit is another one, or before it. */
export async function isAncestor(git: Git, before: string, after: string): Promise<boolean> {
  return git(['merge-base', '--is-ancestor', before, after]).then(
    () => true,
    () => false,
  );
}

export interface CommitRequest {
  readonly parent: string;
  /** Path in the repository → text, or null to remove it. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  /** Whose and from when the commit is; default: git's own configuration, and now. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a commit and returns its id. Neither the working tree nor any branch or tag sees it. */
export async function writeCommit(git: Git, { parent, files, message, env = {} }: CommitRequest): Promise<string> {
  // An index of its own: what the user has staged, and an interrupted run, are nothing to it.
  const index = { GIT_INDEX_FILE: join(await git(['rev-parse', '--absolute-git-dir']), 'tagflow-release-index') };
  await git(['read-tree', parent], { env: index });
  const lines: string[] = [];
  for (const [path, text] of files) {
    const blob = text === null ? '0'.repeat(40) : await git(['hash-object', '-w', '--stdin'], { input: text });
    lines.push(`${text === null ? '0' : '100644'} ${blob}\t${path}\n`);
  }
  await git(['update-index', '--index-info'], { env: index, input: lines.join('') });
  const tree = await git(['write-tree'], { env: index });
  return git(['commit-tree', tree, '-p', parent, '-F', '-'], { env, input: message });
}
