import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One build as the real DLRN recorded it. */
export interface RealBuild {
  readonly project: string;
  readonly commitHash: string;
  readonly distroHash: string;
  readonly extendedHash: string | null;
  readonly component: string | null;
  readonly status: 'SUCCESS' | 'FAILED' | 'RETRY';
  readonly purged: boolean;
  /** Below the repository's base. */
  readonly directory: string;
  /** Of the package, such as `1.0.3`. */
  readonly version: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
}

export interface RealDlrn {
  /** The part before `/api/…`. */
  readonly apiUrl: string;
  readonly reposUrl: string;
  readonly username: string;
  readonly password: string;
  /** The folder with all that it has, its database `commits.sqlite` among it. */
  readonly root: string;
  /** The repository tree on disk, for faults that nobody can ask a server for. */
  readonly reposDirectory: string;
  /** Successful builds, oldest first. */
  readonly seed: readonly RealBuild[];
  /** A failed, a retried and a purged one; they have no files. */
  readonly specials: readonly RealBuild[];
  /** Records more builds, of the next packages in turn. */
  build(count: number): Promise<readonly RealBuild[]>;
  /** Records that the next package failed to build. */
  fail(): Promise<readonly RealBuild[]>;
  close(): Promise<void>;
}

export interface RealDlrnOptions {
  readonly mode: 'classic' | 'component';
  /** Builds to begin with; the first of every package make `consistent`. Default 6, of 3 packages. */
  readonly commits?: number;
  /** Packages of each of the 3 components. Default 1. */
  readonly packages?: number;
  /** Builds have an extended hash; `two`: two of them joined by `_`, as downstream builders have. */
  readonly extended?: boolean | 'two';
  /** A Python that has DLRN; default that of scripts/install-peers.sh. */
  readonly python?: string;
}

/** Starts the real DLRN 0.26.1, with data of its own in a temporary folder, on free ports of loopback. */
export async function startRealDlrn(options: RealDlrnOptions): Promise<RealDlrn> {
  const root = await mkdtemp(join(tmpdir(), 'tagflow-dlrn-'));
  const script = join(import.meta.dirname, 'real_dlrn.py');
  const flags = ['--root', root, '--mode', options.mode, '--commits', String(options.commits ?? 6)];
  if (options.packages !== undefined) flags.push('--packages', String(options.packages));
  if (options.extended) flags.push('--extended', options.extended === 'two' ? 'two' : 'one');
  const child = spawn(options.python ?? defaultPython(), [script, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString()}`.slice(-4000);
  });
  const ended = Promise.race([
    once(child, 'exit'),
    once(child, 'error').then(([error]) => Promise.reject(error as Error)),
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const nextAnswer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) {
      await ended;
      throw new Error(`the real DLRN ended by itself (have scripts/install-peers.sh install it):\n${errors}`);
    }
    return JSON.parse(value);
  };

  const command = async (line: string): Promise<readonly RealBuild[]> => {
    child.stdin.write(`${line}\n`);
    return (await nextAnswer()) as readonly RealBuild[];
  };

  const facts = (await nextAnswer()) as Omit<RealDlrn, 'build' | 'fail' | 'close'>;
  return {
    ...facts,
    build: (count) => command(`build ${count}`),
    fail: () => command('fail 1'),
    async close() {
      child.stdin.end();
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}

function defaultPython(): string {
  const { TAGFLOW_DLRN_PYTHON: python, TAGFLOW_TOOLS: tools } = process.env;
  return python ?? join(tools ?? join(homedir(), '.cache', 'tagflow'), 'dlrn', 'bin', 'python');
}
