import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../../scripts/workspaces.ts';
import { ansiblePlaybook, zuulPackage } from './zuul-places.ts';

/** A folder as an executor makes one for a build, and an Ansible with the plugins of Zuul. */
export interface Rig {
  readonly folder: string;
  /** Where a job may write: `zuul.executor.work_root`. */
  readonly work: string;
  /** The checkout of the project that has the templates. */
  readonly project: string;
  run(job: RigJob): Promise<RigRun>;
  close(): Promise<void>;
}

export interface RigJob {
  readonly name?: string;
  /** The text of the playbook. Default: the role alone. */
  readonly playbook?: string;
  readonly vars: Readonly<Record<string, unknown>>;
  /** What later ones of the command line win with, as the secrets of a job do; read as text, never as templates. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** Names of the jobs that wait for this one. */
  readonly waiting?: readonly string[];
  /** How the run ended, for a post-run. */
  readonly success?: boolean;
  readonly hosts?: Readonly<Record<string, unknown>>;
  /** Called when the process runs. */
  readonly whileRunning?: (pid: number) => void;
}

export interface RigRun {
  readonly code: number;
  /** Everything that a log of Zuul would show, and more: it is verbose. */
  readonly log: string;
  /** What was returned to Zuul. */
  readonly data: Readonly<Record<string, RoleResult>> & { readonly zuul?: ZuulData };
}

export interface RoleResult {
  readonly outcome: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, { readonly name: string; readonly size: number; readonly zlib?: string }>>;
}

export interface ZuulData {
  readonly artifacts?: readonly { readonly name: string; readonly url: string }[];
  readonly child_jobs?: readonly string[];
}

/** What the rig takes in place of `hosts`, `gather_facts` and `roles`: the playbook of docs/zuul.md. */
const rolePlaybook = JSON.stringify([{ hosts: 'localhost', gather_facts: false, roles: ['promotion-action'] }]);

const tagflowMain = join(root, 'packages/cli/src/main.ts');

/** Makes a rig; `environmentOf` gives what is added to the environment that an executor has. */
export async function makeRig(
  environmentOf: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'tagflow-zuul-role-'));
  const work = join(folder, 'build', 'work');
  const project = join(work, 'src', 'example.org', 'promotions');
  for (const each of [project, join(work, 'logs'), join(folder, 'python', 'zuul')])
    mkdirSync(each, { recursive: true });
  writeFileSync(join(folder, 'python', 'zuul', '__init__.py'), '');
  symlinkSync(join(zuulPackage, 'ansible'), join(folder, 'python', 'zuul', 'ansible'));
  const plugins = join(folder, 'python', 'zuul', 'ansible', '11');
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    PYTHONPATH: join(folder, 'python'),
    ANSIBLE_ACTION_PLUGINS: join(plugins, 'action'),
    ANSIBLE_LIBRARY: join(plugins, 'library'),
    ANSIBLE_ROLES_PATH: join(root, 'roles'),
    ANSIBLE_LOCALHOST_WARNING: 'False',
    ZUUL_JOBDIR: join(folder, 'build'),
    ZUUL_ANSIBLE_SPLIT_STREAMS: 'False',
    ZUUL_OUTPUT_MAX_BYTES: '1000000000',
    ...environmentOf(folder),
  };
  let count = 0;

  async function run(job: RigJob): Promise<RigRun> {
    count += 1;
    const file = (name: string, content: unknown): string => {
      const path = join(folder, `${String(count)}-${name}`);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
      return path;
    };
    const results = join(work, 'results.json');
    writeFileSync(results, '');
    const zuul = {
      job: job.name ?? 'tagflow-test-job',
      ...{ build: `build${String(count)}`, tenant: 'lab', child_jobs: job.waiting ?? [] },
      project: { src_dir: 'src/example.org/promotions' },
      executor: { work_root: work, log_root: join(work, 'logs') },
    };
    const vars = { promotion_node: process.execPath, promotion_tagflow: tagflowMain, ...job.vars };
    const inventory = file('inventory.json', { all: { hosts: job.hosts ?? {}, vars } });
    const words = ['-v', '-i', inventory, '-e', `@${file('zuul.json', { zuul, zuul_user_dir: work })}`];
    if (job.secrets !== undefined) words.push('-e', `@${file('secrets.yaml', unsafe(job.secrets))}`);
    if (job.success !== undefined) words.push('-e', `zuul_success=${job.success ? 'True' : 'False'}`);
    const child = spawn(ansiblePlaybook, [...words, file('playbook.yaml', job.playbook ?? rolePlaybook)], {
      cwd: work,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
    });
    const closed = once(child, 'close');
    if (child.pid !== undefined) job.whileRunning?.(child.pid);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    const returned = readFileSync(results, 'utf8');
    const data = returned === '' ? {} : (JSON.parse(returned) as { readonly data: RigRun['data'] }).data;
    return { code: Number(code), log: `${out}${err}`, data };
  }

  return {
    ...{ folder, work, project, run },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Returns YAML of texts that Ansible does not look into, as Zuul writes secrets. */
function unsafe(value: unknown): string {
  if (typeof value === 'string') return `!unsafe ${JSON.stringify(value)}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${JSON.stringify(key)}: ${unsafe(each)}`)
    .join(', ')}}`;
}

/** Returns the file that the log keeps, relative to `logs`; null where there is none. */
export function kept(rig: Rig, path: string): string | null {
  const full = join(rig.work, 'logs', path);
  return existsSync(full) ? readFileSync(full, 'utf8') : null;
}
