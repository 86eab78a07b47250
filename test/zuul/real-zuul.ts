import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { tool } from '../../scripts/tools.ts';
import { startRealPostgres } from '../peers/real-postgres.ts';
import { type Component, freePorts, startComponent, until } from './component.ts';
import { tenantsYaml, zuulConf, type ZuulPlaces } from './settings.ts';
import { type ZuulApi, zuulApi } from './zuul-api.ts';
import { makeCertificates, startZookeeper } from './zookeeper.ts';

const run = promisify(execFile);

export interface ZuulOptions {
  /** The folder of the git repositories, one folder each with the branch `main`. */
  readonly gitRoot: string;
  readonly configProject: string;
  readonly projects: readonly string[];
  /** Variables that every job has. */
  readonly siteVariables?: Readonly<Record<string, string>>;
  /** Paths that every job sees, besides system folders; the repositories are none of them. */
  readonly readable?: readonly string[];
  /** Paths that a playbook of the config project may write, too. */
  readonly trustedWritable?: readonly string[];
}

/** A scheduler, an executor and a web server, with a ZooKeeper and a PostgreSQL of their own. */
export interface RealZuul {
  /** Of the web server. */
  readonly url: string;
  readonly tenant: string;
  readonly api: ZuulApi;
  /** Everything that a component wrote: with `-d`, every playbook's output and every command line. */
  log(component: 'scheduler' | 'executor' | 'web'): Promise<string>;
  /** Waits for what `ask` finds; fails when a component ends, or the time is up. */
  until<Value>(what: string, ask: () => Promise<Value | null>, withinMs?: number): Promise<Value>;
  close(): Promise<void>;
}

const tenant = 'promotions';
const startMs = 120_000;

/** Starts a Zuul on loopback and returns when it knows its tenant. Everything of it is in one folder. */
export async function startZuul(options: ZuulOptions): Promise<RealZuul> {
  await using started = new AsyncDisposableStack();
  // bwrap makes mount points of the same paths, so that no link may be in them.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tagflow-zuul-')));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const made = ['certificates', 'zookeeper', 'postgres', 'ssh', 'home', 'jobs', 'ansible', 'state-executor'];
  for (const name of made) await mkdir(join(folder, name));

  const certificates = await makeCertificates(join(folder, 'certificates'));
  await run(tool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'ssh/id')]);
  const [zookeeper, postgres] = await Promise.all([
    startZookeeper(join(folder, 'zookeeper'), certificates).then((server) => {
      started.defer(() => server.close());
      return server;
    }),
    startRealPostgres(join(folder, 'postgres')).then((server) => {
      started.defer(() => server.stop());
      return server;
    }),
  ]);
  const [webPort = 0, fingerPort = 0] = await freePorts(2);
  const siteVariables = join(folder, 'site-variables.yaml');
  await writeFile(siteVariables, JSON.stringify(options.siteVariables ?? {}));
  const places: ZuulPlaces = {
    ...{ folder, certificates, webPort, fingerPort, siteVariables, gitRoot: options.gitRoot },
    zookeeperPort: zookeeper.port,
    databaseUrl: postgres.url.replace('postgres:', 'postgresql:'),
    ansibleRoot: join(folder, 'ansible'),
    readable: [...(await ansibleIn(join(folder, 'ansible'))), ...(options.readable ?? [])],
    trustedWritable: options.trustedWritable ?? [],
  };
  await writeFile(join(folder, 'zuul.conf'), zuulConf(places), { mode: 0o600 });
  await writeFile(join(folder, 'tenants.yaml'), tenantsYaml(tenant, options.configProject, options.projects));

  const components = startComponents(folder, (component) => started.defer(() => component.close()));
  const url = `http://127.0.0.1:${String(webPort)}`;
  const api = zuulApi(url, tenant);
  const untilFound: RealZuul['until'] = (what, ask, withinMs = startMs) =>
    until(
      what,
      async () => {
        for (const component of components.values()) await component.check();
        return ask();
      },
      { withinMs, explain: () => lastLines(components) },
    );
  await untilFound('tenant', async () => (await fetch(`${url}/api/tenants`).then(tenants, () => [])).at(0) ?? null);
  const servers = started.move();
  return {
    ...{ url, tenant, api, until: untilFound },
    log: async (name) => (await components.get(name)?.log()) ?? '',
    close: () => servers.disposeAsync(),
  };
}

function startComponents(folder: string, keep: (component: Component) => void): ReadonlyMap<string, Component> {
  const python = tool('zuul/python');
  const programs = {
    scheduler: [tool('zuul/zuul-scheduler')],
    executor: [python, join(import.meta.dirname, 'loopback_executor.py')],
    web: [tool('zuul/zuul-web')],
  };
  const env = {
    PATH: [dirname(python), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    ...{ HOME: join(folder, 'home'), LC_ALL: 'C.UTF-8' },
  };
  const components = new Map<string, Component>();
  for (const [name, command] of Object.entries(programs)) {
    const component = startComponent({
      ...{ name, env, cwd: folder, logFile: join(folder, `${name}.log`) },
      command: [...command, '-f', '-d', '-c', join(folder, 'zuul.conf')],
    });
    keep(component);
    components.set(name, component);
  }
  return components;
}

/** Links the one Ansible that is installed as the versions that Zuul looks for, and returns what a job has to see. */
async function ansibleIn(folder: string): Promise<readonly string[]> {
  const installed = await realpath(dirname(dirname(tool('zuul-ansible/ansible-playbook'))));
  // An executor does not start while one is missing. No job here asks for 9.
  for (const version of ['9', '11']) await symlink(installed, join(folder, version));
  const program = join(installed, 'bin/python');
  const { stdout } = await run(program, ['-c', 'import sys; print(sys.base_prefix)']);
  const zuul = await realpath(dirname(dirname(tool('zuul/python'))));
  const base = stdout.trim();
  return [installed, zuul, ...(base === '/usr' ? [] : [base])];
}

async function tenants(response: Response): Promise<readonly unknown[]> {
  if (!response.ok) return [];
  const found: unknown = await response.json();
  return Array.isArray(found) ? found : [];
}

async function lastLines(components: ReadonlyMap<string, Component>): Promise<string> {
  const parts: string[] = [];
  for (const [name, component] of components) parts.push(`--- ${name}\n${(await component.log()).slice(-2000)}`);
  return parts.join('\n');
}
