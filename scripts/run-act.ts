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
  /** A file in .github/workflows, such as `promotion.yml`. */
  readonly workflow: string;
  /** Whose tagflow.yaml and secrets are taken where `inputs` and `secrets` name no others. */
  readonly lab?: Lab;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Variables of the repository. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Variables of all steps. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only this job, by its id, and those that it needs. */
  readonly job?: string;
  /** Default `workflow_dispatch`. */
  readonly event?: string;
  /** What GitHub would tell about the event. */
  readonly payload?: object;
  /** Files of the checkout besides those of this repository, or instead of them: path → content. */
  readonly files?: ReadonlyMap<string, string | Uint8Array>;
  /** One job after another, also those that need not wait. */
  readonly oneByOne?: boolean;
  /** Where everything is that the run leaves, instead of a folder that is removed. It is there, and empty. */
  readonly folder?: string;
  readonly onEvent?: (event: ActEvent) => void;
  /** Called with the id of the process of act, as soon as it runs. */
  readonly onStart?: (pid: number) => void;
  readonly signal?: AbortSignal;
}

export interface ActRun {
  readonly exitCode: number;
  readonly events: readonly ActEvent[];
  /**
   * Job → `success` or `failure`, in the order of their ends. A job that was skipped is not in it. To act, all legs of
   * a matrix that end after a failed one are failures; look at the outputs of their steps. Legs of a matrix that call
   * a workflow have the same jobs, and only the last one's are here.
   */
  readonly jobs: ReadonlyMap<string, string>;
  /** `<job> <step id>.<output>` → value, such as `upstream/promote promote.outcome`. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Every text that a person would see. */
  readonly text: string;
}

/**
 * Runs a workflow of this repository with act: on this machine, offline, without Docker, with the built actions of
 * dist/.
 * @throws Error when dist/ is missing, and when act left out jobs
 */
export async function runAct(request: ActRequest): Promise<ActRun> {
  const { lab, workflow, vars = {}, env = {}, job, event = 'workflow_dispatch', onEvent = () => undefined } = request;
  const folder = request.folder ?? (await mkdtemp(join(tmpdir(), 'tagflow-act-')));
  try {
    const inputs = { ...(lab === undefined ? {} : { config: await writeConfig(lab) }), ...request.inputs };
    const checkout = await makeCheckout(join(folder, 'checkout'), request.files ?? new Map());
    const secretFile = join(folder, 'secrets.yml');
    const secrets = request.secrets ?? (lab === undefined ? {} : await labSecrets(lab));
    // JSON is YAML, and keeps the line ends of keys.
    await writeFile(secretFile, JSON.stringify(secrets), { mode: 0o600 });
    const eventFile = join(folder, 'event.json');
    // act reads no --input beside it
    await writeFile(eventFile, JSON.stringify({ inputs, ...request.payload }));
    const home = join(folder, 'home');
    await mkdir(home);
    const child = spawn(
      tool('act'),
      [
        ...[event, '--workflows', join('.github/workflows', workflow), '--json', '--no-cache-server'],
        ...['--secret-file', secretFile, '--env', `TAGFLOW_ARTIFACTS=${join(folder, 'artifacts')}`],
        ...(request.payload === undefined ? [] : ['--eventpath', eventFile]),
        ...(job === undefined ? [] : ['--job', job]),
        ...(request.oneByOne === true ? ['--concurrent-jobs', '1'] : []),
        ...mappings(checkout),
        ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        ...Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
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
    if (child.pid !== undefined) request.onStart?.(child.pid);
    const texts: string[] = [];
    const events: ActEvent[] = [];
    const jobs = new Map<string, string>();
    const outputs = new Map<string, string>();
    const read = async (stream: NodeJS.ReadableStream): Promise<void> => {
      for await (const line of createInterface({ input: stream })) {
        const { event: told, text } = parseLine(line);
        texts.push(text);
        if (told === null) continue;
        events.push(told);
        if (told.jobResult !== null) jobs.set(told.job, told.jobResult);
        if (told.output !== null) outputs.set(`${told.job} ${told.output.name}`, told.output.value);
        onEvent(told);
      }
    };
    const [exitCode] = await Promise.all([closed, read(child.stdout), read(child.stderr)]);
    request.signal?.removeEventListener('abort', stop);
    const leftOut = events.find(({ message }) => message.includes('Skipping unsupported platform'));
    // act itself takes that for a success
    if (leftOut !== undefined) throw new Error(`act left out ${leftOut.job}: ${leftOut.message}`);
    return { exitCode, events, jobs, outputs, text: texts.join('\n') };
  } finally {
    // What is kept is to be looked at, and holds no secrets.
    await rm(join(folder, 'secrets.yml'), { force: true });
    if (request.folder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function writeConfig(lab: Lab): Promise<string> {
  const config = join(lab.root, 'tagflow.yaml');
  await writeFile(config, lab.config());
  return config;
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
async function makeCheckout(checkout: string, others: NonNullable<ActRequest['files']>): Promise<string> {
  if (!existsSync(join(root, 'dist/tagflow.js'))) throw new Error('dist/ is missing: run npm run build');
  const files = ['.github/workflows', 'dist', ...globSync('actions/*/action.yml', { cwd: root })];
  for (const file of files) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await cp(join(root, file), join(checkout, file), { recursive: true });
  }
  for (const [file, content] of others) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    await writeFile(join(checkout, file), content);
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
  // Also those that are the default of an input.
  const labels = [...found(/\b(ubuntu-\d[\w.-]*)/g)].flatMap((label) => ['--platform', `${label}=-self-hosted`]);
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
