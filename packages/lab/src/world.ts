import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildInterval, createLabBuilder, type LabBuilder } from './builder.ts';
import { type LabCi, startLabCi } from './ci.ts';
import type { LabJenkins } from './ci-systems/jenkins.ts';
import { startPhase1Jenkins } from './phase1-jenkins.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { promoteComponents } from './dlrn/component-line.ts';
import type { DlrnFault } from './dlrn/faults.ts';
import { type LabDlrn, startLabDlrn } from './dlrn/server.ts';
import type { DlrnRelease, LabMode } from './dlrn/state.ts';
import { type LabImageServer, startLabImageServer } from './image-server.ts';
import { keepFiles } from './keep-files.ts';
import { type LabRegistry, startLabRegistry } from './registry.ts';
import { type LabSftpServer, startLabSftpServer } from './sftp-server.ts';
import { type LabCall, type LabWatch, type ServerWatch, unwatched } from './watch.ts';
import { worldConfig, type ZoneConfigs, zoneConfigs } from './world-config.ts';

export interface LabOptions {
  /** Decides every hash, byte and verdict. Default `tagflow`. */
  readonly seed?: string;
  /** Default `classic`. */
  readonly mode?: LabMode;
  /**
   * `small` (default): 24 containers, two image files of a few MB, 20 builds. `rdo`: 150 containers, three image files
   * of which two have hundreds of MB, 100 builds.
   */
  readonly scale?: 'small' | 'rdo';
  /** Which DLRN it is. Default R, the release 0.26.1. */
  readonly dlrnRelease?: DlrnRelease;
  /** What is broken in DLRN from the beginning, and for which label; {@link LabDlrn} tells what each does. */
  readonly dlrnFaults?: readonly { readonly name: DlrnFault; readonly label: string }[];
  /** How many containers a build has, if not what the scale says. */
  readonly containers?: number;
  /** Bytes of the biggest image, if not what the scale says. */
  readonly imageBytes?: number;
  /** Where files go; kept at the end. Default: a new folder below the temporary one, removed by `close`. */
  readonly root?: string;
  /** How a command line of tagflow begins, for the commands in tagflow.yaml. Default `['tagflow']`. */
  readonly self?: readonly string[];
  /** Writes the public image store over SFTP instead of a folder. Default false. */
  readonly sftp?: boolean;
  /** The virtual time after the seeding, ISO 8601. Default 2018-06-01T00:00:00Z. */
  readonly startAt?: string;
  /** Stands around every call to DLRN, registries and image stores. Default: lets all pass. */
  readonly watch?: LabWatch;
}

/** The whole world of a promotion, on loopback. */
export interface Lab {
  readonly root: string;
  readonly clock: VirtualClock;
  readonly dlrn: LabDlrn;
  readonly builder: LabBuilder;
  /** The RDO registry: no credentials, and where containers are built. */
  readonly rdo: LabRegistry;
  /** Stands for docker.io: basic auth. */
  readonly docker: LabRegistry;
  /** Serves the public image store. */
  readonly images: LabImageServer;
  readonly sftp: LabSftpServer | null;
  readonly ci: LabCi;
  /** Runs the jobs of phase 1, as ci.centos.org did. */
  readonly jenkins: LabJenkins;
  /** Returns a tagflow.yaml of all four phases; the same text each time. */
  config(): string;
  /** Returns the same as two files, for the two sides of the wall that phase 2 stands behind. */
  zones(): ZoneConfigs;
  /** Returns the environment that tagflow needs beside it: passwords, and files that hold them. */
  env(): Readonly<Record<string, string>>;
  /**
   * Returns what puts DLRN, the registries and the files of the image stores and the ledger back to what they are now,
   * as often as it is called, while nobody talks to them.
   */
  snapshot(): () => void;
  /** Ends every server, and removes the folder unless `root` was given. */
  close(): Promise<void>;
}

const scales = {
  small: {
    containers: 24,
    layerBytes: 1 << 16,
    imageBytes: 4 << 20,
    imageFiles: ['overcloud-full.tar', 'ironic-python-agent.tar'],
    builds: 20,
  },
  rdo: {
    ...{ containers: 150, layerBytes: 1 << 19, imageBytes: 320 << 20, builds: 100 },
    imageFiles: ['overcloud-full.tar', 'overcloud-hardened-uefi-full.tar', 'ironic-python-agent.tar'],
  },
} as const;

// What a promotion writes as files.
const keptFiles = ['images', 'rh1', 'internal', 'ledger.db', 'ledger.db-wal', 'ledger.db-shm'];

const dockerAccount = { username: 'tripleo', password: 'docker-pass' };

/** Starts a lab: servers on free ports, a history of builds, and in component mode `promoted-components`. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { seed = 'tagflow', mode = 'classic', self = ['tagflow'], startAt = '2018-06-01T00:00:00Z' } = options;
  const scale = scales[options.scale ?? 'small'];
  await using started = new AsyncDisposableStack();
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'tagflow-lab-')));
  if (options.root === undefined) started.defer(() => rm(root, { recursive: true, force: true }));
  for (const folder of ['images', 'rh1', 'internal', 'cache', 'logs', 'hand-off', 'registries', 'docker', 'ssh']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const history = scale.builds * buildInterval;
  const clock = createVirtualClock(new Date(Date.parse(startAt) - history).toISOString());
  const keep = <Server extends { close(): Promise<void> }>(server: Server): Server => {
    started.defer(() => server.close());
    return server;
  };
  const { watch } = options;
  const watched = (server: LabCall['server']): ServerWatch =>
    watch === undefined ? unwatched : (what, serve) => watch({ server, what }, serve);
  const dlrn = keep(await startLabDlrn({ clock, mode, release: options.dlrnRelease ?? 'R', watch: watched('dlrn') }));
  const rdo = keep(await startLabRegistry({ root: join(root, 'registries', 'rdo'), watch: watched('rdo') }));
  const docker = keep(
    await startLabRegistry({ root: join(root, 'registries', 'docker'), auth: dockerAccount, watch: watched('docker') }),
  );
  const images = keep(await startLabImageServer({ root: join(root, 'images'), watch: watched('images') }));
  const sftp =
    options.sftp === true
      ? keep(await startLabSftpServer({ root: join(root, 'images'), watch: watched('sftp') }))
      : null;
  const ci = keep(await startLabCi({ seed, logFolder: join(root, 'logs') }));
  const builder = createLabBuilder({ dlrn: dlrn.state, clock, seed });
  for (let index = 0; index < scale.builds; index++) {
    builder.build();
    await clock.advance(buildInterval);
  }
  if (mode === 'component') promoteComponents(dlrn.state, 'promoted-components', dlrn.username);
  for (const { name, label } of options.dlrnFaults ?? []) dlrn.break(name, { label });
  const files = await writeSecrets(root, docker.host, sftp);

  const known = {
    ...{ mode, apiUrl: dlrn.apiUrl, reposUrl: dlrn.reposUrl, username: dlrn.username, ciUrl: ci.url, root, self },
    ...{ rdoUrl: rdo.url, dockerUrl: docker.url, imagesUrl: images.url },
    imagesWriteUrl: sftp === null ? pathToFileURL(join(root, 'images')).href : sftp.url,
    containers: options.containers ?? scale.containers,
    layerBytes: scale.layerBytes,
    imageFiles: scale.imageFiles,
    imageBytes: options.imageBytes ?? scale.imageBytes,
  };
  const jenkins = keep(await startPhase1Jenkins(known, process.env));
  const facts = { ...known, jenkinsUrl: jenkins.url };
  const config = worldConfig(facts);
  const servers = started.move();
  return {
    ...{ root, clock, dlrn, builder, rdo, docker, images, sftp, ci, jenkins },
    config: () => config,
    zones: () => zoneConfigs(facts),
    env: () => ({ DLRN_PASSWORD: dlrn.password, ...files }),
    snapshot() {
      const backs = [dlrn.snapshot(), rdo.snapshot(), docker.snapshot(), keepFiles(root, keptFiles)];
      return () => {
        for (const back of backs) back();
      };
    },
    close: () => servers.disposeAsync(),
  };
}

// Returns the variables that name the files.
async function writeSecrets(
  root: string,
  dockerHost: string,
  sftp: LabSftpServer | null,
): Promise<Readonly<Record<string, string>>> {
  const auth = Buffer.from(`${dockerAccount.username}:${dockerAccount.password}`).toString('base64');
  const dockerFile = join(root, 'docker', 'config.json');
  await writeFile(dockerFile, `${JSON.stringify({ auths: { [dockerHost]: { auth } } })}\n`, { mode: 0o600 });
  const docker = { DOCKER_CONFIG: join(root, 'docker'), REGISTRY_AUTH_FILE: dockerFile };
  if (sftp === null) return docker;
  const key = join(root, 'ssh', 'id_ed25519');
  const knownHosts = join(root, 'ssh', 'known_hosts');
  await writeFile(key, sftp.privateKey, { mode: 0o600 });
  await writeFile(knownHosts, `${sftp.hostKey.trimEnd()}\n`);
  return { ...docker, TAGFLOW_SSH_KEY_FILE: key, TAGFLOW_KNOWN_HOSTS: knownHosts };
}
