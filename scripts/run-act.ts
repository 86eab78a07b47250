import { execFile, spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Lab } from '@tagflow/lab';
import { type ActEvent, parseLine } from './act-events.ts';
import { tool } from './tools.ts';
import { root } from './workspaces.ts';

const exec = promisify(execFile);

export interface ActRequest {
  readonly lab: Lab;
  /** A file in .github/workflows, such as `promotion.yml`. */
  readonly workflow: string;
  /** Besides `config`, which is that of the lab. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Variables of the repository. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Instead of those of the lab. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: ActEvent) => void;
  readonly signal?: AbortSignal;
}

export interface ActRun {
  readonly exitCode: number;
  readonly events: readonly ActEvent[];
  /**
   * Job → `success` or `failure`, in the order of their ends. A job that was skipped is not in it. To act, all legs of
   * a matrix that end after a failed one are failures; look at the outputs of their steps.
   */
  readonly jobs: ReadonlyMap<string, string>;
  /** `<job> <step id>.<output>` → value, such as `upstream/promote promote.outcome`. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Every text that a person would see. */
  readonly text: string;
}

/**
 * Runs a workflow of this repository with act: on this machine, offline, without Docker, with the built actions of
 * dist/, against a lab.
 * @throws Error when dist/ is missing, and when act left out jobs
 */
export async function runAct(request: ActRequest): Promise<ActRun> {
  const { lab, workflow, inputs = {}, vars = {}, onEvent = () => undefined } = request;
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-act-'));
  try {
    const config = join(lab.root, 'tagflow.yaml');
    await writeFile(config, lab.config());
    const checkout = await makeCheckout(join(folder, 'checkout'));
    const secretFile = join(folder, 'secrets.yml');
    // JSON is YAML, and keeps the line ends of keys.
    await writeFile(secretFile, JSON.stringify(request.secrets ?? (await labSecrets(lab))), { mode: 0o600 });
    const home = join(folder, 'home');
    await mkdir(home);
    const child = spawn(
      tool('act'),
      [
        ...['workflow_dispatch', '--workflows', join('.github/workflows', workflow), '--json', '--no-cache-server'],
        ...['--secret-file', secretFile, '--env', `TAGFLOW_ARTIFACTS=${join(folder, 'artifacts')}`],
        ...mappings(checkout),
        ...Object.entries({ config, ...inputs }).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
        ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
      ],
      { cwd: checkout, env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const stop = (): void => void child.kill('SIGINT');
    request.signal?.addEventListener('abort', stop, { once: true });
    const closed = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    const texts: string[] = [];
    const events: ActEvent[] = [];
    const jobs = new Map<string, string>();
    const outputs = new Map<string, string>();
    const read = async (stream: NodeJS.ReadableStream): Promise<void> => {
      for await (const line of createInterface({ input: stream })) {
        const { event, text } = parseLine(line);
        texts.push(text);
        if (event === null) continue;
        events.push(event);
        if (event.jobResult !== null) jobs.set(event.job, event.jobResult);
        if (event.output !== null) outputs.set(`${event.job} ${event.output.name}`, event.output.value);
        onEvent(event);
      }
    };
    const [exitCode] = await Promise.all([closed, read(child.stdout), read(child.stderr)]);
    request.signal?.removeEventListener('abort', stop);
    const leftOut = events.find(({ message }) => message.includes('Skipping unsupported platform'));
    // act itself takes that for a success
    if (leftOut !== undefined) throw new Error(`act left out ${leftOut.job}: ${leftOut.message}`);
    return { exitCode, events, jobs, outputs, text: texts.join('\n') };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Returns the secrets of the workflows, for a lab. */
export async function labSecrets(lab: Lab): Promise<Readonly<Record<string, string>>> {
  const { DLRN_PASSWORD = '', REGISTRY_AUTH_FILE, TAGFLOW_SSH_KEY_FILE } = lab.env();
  const read = async (file: string | undefined): Promise<string> => (file === undefined ? '' : readFile(file, 'utf8'));
  return {
    DLRN_PASSWORD,
    REGISTRY_AUTH: (await read(REGISTRY_AUTH_FILE)).trim(),
    SSH_KEY: await read(TAGFLOW_SSH_KEY_FILE),
  };
}

// What the workflows need and no more: act copies all of it for every job.
async function makeCheckout(checkout: string): Promise<string> {
  if (!existsSync(join(root, 'dist/tagflow.js'))) throw new Error('dist/ is missing: run npm run build');
  const files = ['.github/workflows', 'dist', ...globSync('actions/*/action.yml', { cwd: root })];
  for (const file of files) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await cp(join(root, file), join(checkout, file), { recursive: true });
  }
  const git = (...args: readonly string[]) =>
    exec('git', ['-c', 'user.name=act', '-c', 'user.email=act@localhost', '-c', 'commit.gpgsign=false', ...args], {
      cwd: checkout,
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message=what act runs');
  // act takes github.repository from it
  await git('remote', 'add', 'origin', 'https://example.invalid/tagflow/tagflow.git');
  return checkout;
}

/** Every label and every action of others that the workflows name has to be mapped to something on this machine. */
function mappings(checkout: string): readonly string[] {
  const texts = globSync('.github/workflows/*.yml', { cwd: checkout }).map((file) =>
    readFileSync(join(checkout, file), 'utf8'),
  );
  const found = (pattern: RegExp): ReadonlySet<string> =>
    new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, match = '']) => match)));
  const labels = [...found(/^ *runs-on: (\S+)$/gm)].flatMap((label) => ['--platform', `${label}=-self-hosted`]);
  const artifacts = [...found(/uses: (actions\/(?:up|down)load-artifact@\S+)/g)].flatMap((action) => {
    const standIn = action.includes('/upload') ? 'upload' : 'download';
    return ['--local-repository', `${action}=${join(root, 'test/act/artifacts', standIn)}`];
  });
  return [...labels, ...artifacts];
}

// A home of its own: no ~/.actrc, no credentials of the person who runs it.
function environment(home: string): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return { PATH: path, HOME: home, XDG_CACHE_HOME: join(home, '.cache'), DOCKER_CONFIG: join(home, '.docker') };
}
