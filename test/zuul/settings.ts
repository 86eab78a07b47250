import type { Certificates } from './zookeeper.ts';

/** What the components of a Zuul have to know of each other. */
export interface ZuulPlaces {
  /** Where everything of it is; exists. */
  readonly folder: string;
  readonly certificates: Certificates;
  readonly zookeeperPort: number;
  /** An SQLAlchemy URL. */
  readonly databaseUrl: string;
  readonly webPort: number;
  readonly fingerPort: number;
  /** A folder with a folder for each version of Ansible. */
  readonly ansibleRoot: string;
  /** The folder of the git repositories. */
  readonly gitRoot: string;
  /** Variables of every job: a YAML file. */
  readonly siteVariables: string;
  /** Paths that every job sees, besides system folders. */
  readonly readable: readonly string[];
  /** Paths that a playbook of a config project may write, too. */
  readonly trustedWritable: readonly string[];
}

/** Returns zuul.conf, for all components. */
export function zuulConf(places: ZuulPlaces): string {
  const { folder, certificates } = places;
  const readable = places.readable.join(':');
  const component = (name: string): Readonly<Record<string, string>> => ({
    command_socket: `${folder}/${name}.socket`,
    state_dir: `${folder}/state-${name}`,
  });
  return sections({
    zookeeper: {
      hosts: `localhost:${String(places.zookeeperPort)}`,
      ...{ tls_cert: certificates.cert, tls_key: certificates.key, tls_ca: certificates.ca },
    },
    keystore: { password: 'keystore' },
    database: { dburi: places.databaseUrl },
    scheduler: { ...component('scheduler'), tenant_config: `${folder}/tenants.yaml` },
    merger: {
      ...component('merger'),
      ...{ git_dir: `${folder}/merger`, git_user_email: 'zuul@localhost', git_user_name: 'zuul' },
    },
    executor: {
      ...component('executor'),
      ...{ hostname: 'localhost', job_dir: `${folder}/jobs`, git_dir: `${folder}/executor-git` },
      ...{ private_key_file: `${folder}/ssh/id`, variables: places.siteVariables },
      ...{ ansible_root: places.ansibleRoot, manage_ansible: 'false', sigterm_method: 'stop' },
      finger_port: String(places.fingerPort),
      // The sandbox has system folders, an empty /tmp and no home.
      ...{ trusted_ro_paths: readable, untrusted_ro_paths: readable },
      ...(places.trustedWritable.length > 0 ? { trusted_rw_paths: places.trustedWritable.join(':') } : {}),
      // What Zuul waits for on a busy machine of its own is a matter of course on one that runs tests.
      ...{ load_multiplier: '100', max_starting_builds: '8', min_avail_hdd: '1', min_avail_mem: '1' },
      disk_limit_per_job: '1000',
    },
    web: {
      ...component('web'),
      ...{
        listen_address: '127.0.0.1',
        port: String(places.webPort),
        root: `http://127.0.0.1:${String(places.webPort)}/`,
      },
    },
    'connection git': { driver: 'git', baseurl: `file://${places.gitRoot}`, poll_delay: '2' },
  });
}

/** Returns tenants.yaml, of one tenant. */
export function tenantsYaml(tenant: string, configProject: string, projects: readonly string[]): string {
  // The git driver takes `master` for the default: without load-branch nothing is read of `main`, and nobody says so.
  const listed = (names: readonly string[]) => names.map((name) => ({ [name]: { 'load-branch': 'main' } }));
  const git = { 'config-projects': listed([configProject]), 'untrusted-projects': listed(projects) };
  return `${JSON.stringify([{ tenant: { name: tenant, source: { git } } }])}\n`;
}

function sections(all: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(all)
    .map(([name, values]) => [`[${name}]`, ...Object.entries(values).map(([key, value]) => `${key}=${value}`), ''])
    .flat()
    .join('\n');
}
