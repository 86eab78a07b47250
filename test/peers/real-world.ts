import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabCi, startLabCi } from '@tagflow/lab';
import { worldConfig } from '../../packages/lab/src/world-config.ts';
import { type RealBuild, type RealDlrn, startRealDlrn } from './dlrn/real-dlrn.ts';
import { runForeign } from './foreign.ts';
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
  const config = worldConfig({
    ...{ mode, apiUrl: dlrn.apiUrl, reposUrl: dlrn.reposUrl, username: dlrn.username, ciUrl: ci.url, root, self },
    ...{ rdoUrl: rdo.url, dockerUrl: docker.url, imagesUrl: nginx.url, imagesWriteUrl: `${sshd.url}${imagesRoot}` },
    ...{ containers: 4, layerBytes: 1 << 14, imageFiles, imageBytes: 1 << 20 },
  });
  await writeFile(configFile, config);
  const authFile = join(await folder('docker-config'), 'config.json');
  await writeFile(authFile, dockerConfig(docker, account));

  if (mode === 'component') await promoteComponents(dlrn, dlrn.seed);
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
  const servers = started.move();
  return {
    ...{ root, mode, dlrn, rdo, docker, sshd, nginx, imagesRoot, ci, configFile, authFile },
    offerNewHash: async () => {
      const builds = await dlrn.build(1);
      if (mode === 'component') await promoteComponents(dlrn, builds);
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

// What the component line does before the integration line begins.
async function promoteComponents(dlrn: RealDlrn, builds: readonly RealBuild[]): Promise<void> {
  const newest = new Map(builds.map((build) => [build.component, build]));
  for (const { commitHash, distroHash } of newest.values()) {
    const hashes = ['--commit-hash', commitHash, '--distro-hash', distroHash];
    const account = ['--username', dlrn.username, '--password', dlrn.password];
    await runForeign('dlrn/dlrnapi', [
      ...['--url', dlrn.apiUrl, ...account],
      ...['repo-promote', '--promote-name', 'promoted-components', ...hashes],
    ]);
  }
}
