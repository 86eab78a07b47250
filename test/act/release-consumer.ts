import { spawn } from 'node:child_process';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Lab } from '@tagflow/lab';
import { parseLine } from '../../scripts/act-events.ts';
import { labSecrets } from '../../scripts/run-act.ts';
import { tool } from '../../scripts/tools.ts';
import { root } from '../../scripts/workspaces.ts';
import type { Scratch } from './release-scratch.ts';

const exec = promisify(execFile);

export interface ConsumerRequest {
  /** Whose tags are used, as octo/tagflow. */
  readonly scratch: Scratch;
  readonly lab: Lab;
  /** The tag of get-repo-hash. */
  readonly action: string;
  /** The tag of the pipelines. */
  readonly pipelines: string;
}

export interface ConsumerRun {
  readonly exitCode: number;
  readonly jobs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  readonly text: string;
}

/**
 * Lets act run the workflow of another repository, which has nothing of this one: it uses one action by its tag, and the
 * phase osp-phase-0. What the phases before would have brought, is there already.
 */
export async function runConsumer({ scratch, lab, action, pipelines }: ConsumerRequest): Promise<ConsumerRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-consumer-'));
  const run = (command: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
    exec(command, words, { cwd, env, maxBuffer: 1 << 26 });
  try {
    const checkout = join(folder, 'checkout');
    await mkdir(join(checkout, '.github/workflows'), { recursive: true });
    await writeFile(join(checkout, 'tagflow.yaml'), lab.config());
    await writeFile(join(checkout, '.github/workflows/use.yml'), consumer(action, pipelines));
    await run('git', ['init', '--quiet', '--initial-branch=main'], checkout);
    await run('git', ['remote', 'add', 'origin', 'https://example.invalid/somebody/else.git'], checkout);
    const phases = ['upstream', 'rdo-phase-1', 'rdo-phase-2'];
    const words = ['run', ...phases, '--config', 'tagflow.yaml', '--password-env', 'DLRN_PASSWORD'];
    const env = { ...process.env, ...lab.env() };
    await run(process.execPath, [join(scratch.folder, 'dist/tagflow.js'), ...words], checkout, env);
    await run('git', ['add', '.github', 'tagflow.yaml'], checkout);
    const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
    await run('git', [...who, 'commit', '--quiet', '--message=uses tagflow'], checkout);

    const secretFile = join(folder, 'secrets.yml');
    await writeFile(secretFile, JSON.stringify(await labSecrets(lab)), { mode: 0o600 });
    const home = join(folder, 'home');
    await mkdir(home);
    const flags = ['workflow_dispatch', '--workflows', '.github/workflows/use.yml', '--json', '--no-cache-server'];
    const where = ['--platform', 'ubuntu-24.04=-self-hosted', '--secret-file', secretFile];
    const artifacts = ['--env', `TAGFLOW_ARTIFACTS=${join(folder, 'artifacts')}`];
    const child = spawn(
      tool('act'),
      [...flags, ...where, ...artifacts, ...(await mappings(scratch, folder, checkout))],
      {
        cwd: checkout,
        env: { PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter), HOME: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const closed = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    const [exitCode, out, error] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
    return { exitCode, ...told(`${out}${error}`) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function consumer(action: string, pipelines: string): string {
  return `on: workflow_dispatch
jobs:
  look-up:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - id: hash
        uses: octo/tagflow/actions/get-repo-hash@${action}
        with:
          config: tagflow.yaml
          phase: upstream
          password: \${{ secrets.DLRN_PASSWORD }}
  osp:
    needs: look-up
    uses: octo/tagflow/.github/workflows/phase-osp-phase-0.yml@${pipelines}
    with:
      config: tagflow.yaml
    secrets: inherit
`;
}

/** Every ref that is used, also by what is used, becomes a working tree of its own; as GitHub would fetch it. */
async function mappings(scratch: Scratch, folder: string, checkout: string): Promise<readonly string[]> {
  const flags: string[] = [];
  const seen = new Set<string>();
  const waiting = [join(checkout, '.github/workflows/use.yml')];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const content = await readFile(file, 'utf8');
    for (const [, action = '', way = ''] of content.matchAll(/uses: (actions\/(up|down)load-artifact@\S+)/g)) {
      flags.push('--local-repository', `${action}=${join(root, 'test/act/artifacts', `${way}load`)}`);
    }
    for (const [, path = '', ref = ''] of content.matchAll(/uses: octo\/tagflow\/(\S+)@(\S+)/g)) {
      const tree = join(folder, 'refs', ref);
      if (!seen.has(ref)) {
        await scratch.git('worktree', 'add', '--quiet', '--detach', tree, ref);
        flags.push('--local-repository', `octo/tagflow@${ref}=${tree}`);
        seen.add(ref);
      }
      if (path.startsWith('.github/')) waiting.push(join(tree, path));
    }
  }
  return flags;
}

function told(all: string): Omit<ConsumerRun, 'exitCode'> {
  const lines = all.split('\n').map(parseLine);
  const events = lines.flatMap(({ event }) => (event === null ? [] : [event]));
  return {
    text: lines.map((line) => line.text).join('\n'),
    jobs: new Map(events.flatMap(({ job, jobResult }) => (jobResult === null ? [] : [[job, jobResult] as const]))),
    outputs: new Map(
      events.flatMap(({ job, output }) => (output === null ? [] : [[`${job} ${output.name}`, output.value] as const])),
    ),
  };
}
