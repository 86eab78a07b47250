import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabCi, startLabCi, startPhase1Jenkins, worldConfig } from '@tagflow/lab';
import { parse, stringify } from 'yaml';
import { type RealBuild, type RealDlrn, startRealDlrn } from './dlrn/real-dlrn.ts';
import { type RealNginx, startRealNginx } from './real-nginx.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { type RealSshd, startRealSshd } from './real-sshd.ts';
import { type RunningTagflow, self, startTagflow, type TagflowRun } from './tagflow.ts';

/** The servers of a promotion, all real but the CI whose jobs it waits for. */
export interface RealWorld {
  readonly root: string;
  readonly dlrn: RealDlrn;
  readonly mode: Mode;
  /** Where containers are built, and the one that wants a password. */
  readonly rdo: RealRegistry;
  readonly docker: RealRegistry;
  readonly sshd: RealSshd;
  /** Serves `imagesRoot`. */
  readonly nginx: RealNginx;
  readonly imagesRoot: string;
  readonly ci: LabCi;
  /** A tagflow.yaml of the four phases. */
  readonly configFile: string;
  /** A docker config JSON for both registries. */
  readonly authFile: string;
  /** Lets upstream have one build more, so that the first label of the first phase names a new hash. */
  offerNewHash(): Promise<void>;
  /** Runs `tagflow run` with these phases and the right secrets, or those that are given instead. */
  run(phases: readonly string[], instead?: Partial<RunSecrets>): Promise<TagflowRun>;
  /** Starts any command of tagflow that has inputs for SSH, with the same secrets; DLRN's with `passwordFlags`. */
  tagflow(
    words: readonly string[],
    instead?: Partial<RunSecrets>,
    options?: { readonly configFile?: string },
  ): RunningTagflow;
  close(): Promise<void>;
}

export type Mode = 'classic' | 'component';

export interface RunSecrets {
  readonly password: string;
  readonly sshKey: string;
  /** Files. */
  readonly knownHosts: string;
  readonly authFile: string;
}

export const passwordFlags = ['--password-env', 'DLRN_PASSWORD'] as const;
export const imageFiles = ['overcloud-full.tar', 'ironic-python-agent.tar'] as const;
const account = { username: 'tripleo', password: 'docker-pass' };

/** Starts every peer, and writes the configuration that names them. */
export async function startRealWorld(mode: Mode): Promise<RealWorld> {
  await using started = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'tagflow-peers-'));
  started.defer(() => rm(root, { recursive: true, force: true }));
  const keep = async <Server extends { close(): Promise<void> }>(server: Promise<Server>): Promise<Server> => {
    const running = await server;
    started.defer(() => running.close());
    return running;
  };
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(root, name));
    return join(root, name);
  };
  const imagesRoot = await folder('images');
  for (const name of ['rh1', 'internal', 'cache', 'hand-off']) await folder(name);
  const ci = await keep(startLabCi({ seed: 'peers' }));
  const dlrn = await keep(startRealDlrn({ mode }));
  const rdo = await keep(startRealRegistry({ root: await folder('rdo') }));
  const docker = await keep(startRealRegistry({ root: await folder('docker'), account }));
  const sshd = await keep(startRealSshd(await folder('ssh')));
  const nginx = await keep(startRealNginx({ root: await folder('nginx'), served: imagesRoot }));

  const configFile = join(root, 'tagflow.yaml');
  const known = {
    ...{ mode, apiUrl: dlrn.apiUrl, reposUrl: dlrn.reposUrl, username: dlrn.username, ciUrl: ci.url, root, self },
    ...{ rdoUrl: rdo.url, dockerUrl: docker.url, imagesUrl: nginx.url, imagesWriteUrl: `${sshd.url}${imagesRoot}` },
    ...{ containers: 4, layerBytes: 1 << 14, imageFiles, imageBytes: 1 << 20 },
  };
  const jenkins = await keep(startPhase1Jenkins(known, process.env));
  const config = worldConfig({ ...known, jenkinsUrl: jenkins.url });
  await writeFile(configFile, config);
  const authFile = join(await folder('docker-config'), 'config.json');
  await writeFile(authFile, dockerConfig(docker, account));

  const tagflow: RealWorld['tagflow'] = (words, instead = {}, options = {}) => {
    const { privateKey: sshKey, knownHosts } = sshd;
    const secrets: RunSecrets = { password: dlrn.password, sshKey, knownHosts, authFile, ...instead };
    const flags = ['--ssh-key-env', 'SSH_KEY', '--known-hosts', secrets.knownHosts];
    return startTagflow([...words, '--config', options.configFile ?? configFile, ...flags], {
      cwd: root,
      env: {
        ...{ DLRN_PASSWORD: secrets.password, SSH_KEY: secrets.sshKey },
        ...{ REGISTRY_AUTH_FILE: secrets.authFile, HOME: root, TMPDIR: root },
      },
    });
  };
  const componentLine = (builds: readonly RealBuild[]): Promise<void> =>
    runComponentLine({ builds, config, root, ciUrl: ci.url, tagflow });
  if (mode === 'component') await componentLine(dlrn.seed);
  const servers = started.move();
  return {
    ...{ root, mode, dlrn, rdo, docker, sshd, nginx, imagesRoot, ci, configFile, authFile },
    offerNewHash: async () => {
      const builds = await dlrn.build(1);
      if (mode === 'component') await componentLine(builds);
    },
    run: (phases, instead = {}) => tagflow(['run', ...phases, ...passwordFlags], instead).ended,
    tagflow,
    close: () => servers.disposeAsync(),
  };
}

/** Returns a docker config JSON. */
export function dockerConfig({ host }: RealRegistry, { username, password }: typeof account): string {
  return JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${username}:${password}`).toString('base64') } } });
}

interface ComponentLine {
  readonly builds: readonly RealBuild[];
  /** The text of the tagflow.yaml whose servers it uses. */
  readonly config: string;
  readonly root: string;
  readonly ciUrl: string;
  readonly tagflow: RealWorld['tagflow'];
}

/**
 * Carries what was built in each component to promoted-components, from which the integration line begins. One after
 * the other: DLRN fails when two promotions write one label's aggregate.
 */
async function runComponentLine({ builds, config, root, ciUrl, tagflow }: ComponentLine): Promise<void> {
  for (const component of new Set(builds.map((build) => build.component))) {
    const tree = parse(config) as Record<string, unknown>;
    const job = `periodic-tripleo-ci-centos-9-standalone-${component}-master`;
    tree['phases'] = {
      'component-line': {
        ...{ template: 'component', component, pin: { from: 'consistent', to: 'component-ci-testing' } },
        test: { command: [...self, 'lab', 'job', '--ci-url', ciUrl], jobs: [job] },
        promote: { from: 'component-ci-testing', to: 'promoted-components', criteria: { 'all-of': [job] } },
      },
    };
    const configFile = join(root, `component-${component}.yaml`);
    await writeFile(configFile, stringify(tree));
    const run = await tagflow(['run', 'component-line', ...passwordFlags], {}, { configFile }).ended;
    if (run.outcome !== 'done') throw new Error(`the component line of ${component}: ${run.outcome}\n${run.stderr}`);
  }
}
