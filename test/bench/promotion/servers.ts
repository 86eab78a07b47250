import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createDlrnClient } from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { describeImages, publishSet } from '@tagflow/images';
import {
  type ArtifactSet,
  type CommitBuild,
  type Digest,
  type FullHash,
  fullHashOfCommit,
  parseLabel,
} from '@tagflow/model';
import { openStore } from '@tagflow/store';
import { stringify } from 'yaml';
import { type RealDlrn, startRealDlrn } from '../../peers/dlrn/real-dlrn.ts';
import { startRealNginx } from '../../peers/real-nginx.ts';
import { type RealEngine, type RealRegistry, startRealRegistry } from '../../peers/real-registry.ts';
import { type RealSshd, startRealSshd } from '../../peers/real-sshd.ts';
import { type DataFolder, openDataFolder } from '../containers/layout.ts';
import { effects } from './effects.ts';

/** A container as it is tagged: what a PUT of it sends. */
export interface TaggedManifest {
  readonly repository: string;
  readonly digest: string;
  readonly text: string;
}

/** One hash with everything that belongs to it. */
export interface BenchHash {
  readonly fullHash: FullHash;
  readonly build: CommitBuild;
  readonly set: ArtifactSet;
  /** In the order of the set's containers. */
  readonly manifests: readonly TaggedManifest[];
}

/** The servers of one promotion, each a process of its own but DLRN, which is one of Python. */
export interface Servers {
  readonly root: string;
  readonly config: string;
  /** Oldest first; each was the candidate once and has its vote. */
  readonly hashes: readonly [BenchHash, BenchHash, BenchHash];
  /** Where containers are built, and the one that they are promoted to as well. */
  readonly registries: readonly [RealRegistry, RealRegistry];
  readonly sshd: RealSshd;
  /** What the image store serves. */
  readonly imagesRoot: string;
  readonly dlrn: RealDlrn;
  /** Its tree, served by nginx: DLRN's own machines have a web server for that, and Python's is slow to answer. */
  readonly reposUrl: string;
  /** Of the registries, by name. */
  readonly accessLogs: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

const namespace = 'tripleomaster';
export const label = 'current-tripleo';
export const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
/** Links of a label, below the root of the image store; each beside the directories of hashes, or below them. */
export const imageLinks = ['master/rdo_trunk/{label}', 'master/{label}', 'stable/master/{label}'];
const candidateLabel = parseLabel('tripleo-ci-testing');
const job = 'periodic-tripleo-ci-centos-9-standalone-master';

/** Starts every server with three hashes, whose containers are in the first registry and nowhere else. */
export async function startServers(containers: number, engine: RealEngine): Promise<Servers> {
  await using started = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'tagflow-bench-'));
  started.defer(() => rm(root, { recursive: true, force: true }));
  const keep = async <Server extends { close(): Promise<void> }>(server: Promise<Server>): Promise<Server> => {
    const running = await server;
    started.defer(() => running.close());
    return running;
  };
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(root, name), { recursive: true });
    return join(root, name);
  };
  const dlrn = await keep(startRealDlrn({ mode: 'classic' }));
  const imagesRoot = await folder('images');
  const data = openDataFolder(join(await folder('rdo'), 'data'));
  const hashes: BenchHash[] = [];
  for (const { commitHash, distroHash, extendedHash } of dlrn.seed.slice(-3)) {
    const build = { commitHash, distroHash, extendedHash, component: null } as CommitBuild;
    const fullHash = fullHashOfCommit(build);
    const manifests = await buildContainers(data, fullHash, containers);
    const images = await buildImages(await folder(`built/${fullHash}`), imagesRoot, fullHash);
    const set: ArtifactSet = {
      ...{ fullHash, release: 'master', repository: { url: null, builds: [] }, images },
      containers: manifests.map(({ repository, digest }) => ({
        ...{ name: repository.slice(`${namespace}/`.length), digest: digest as Digest },
      })),
    };
    hashes.push({ ...{ fullHash, build, set, manifests } });
  }
  await nominate(dlrn, hashes);
  const accessLogs = new Map(['rdo', 'docker'].map((name) => [name, join(root, `${name}.log`)]));
  const startRegistry = async (name: string): Promise<RealRegistry> =>
    keep(startRealRegistry({ root: await folder(name), engine, accessLog: join(root, `${name}.log`) }));
  const registries = [await startRegistry('rdo'), await startRegistry('docker')] as const;
  const nginx = await keep(startRealNginx({ root: await folder('nginx'), served: join(dlrn.root, 'web') }));
  const reposUrl = `${nginx.url}${new URL(dlrn.reposUrl).pathname}`;
  const sshd = await keep(startRealSshd(await folder('ssh')));
  const config = join(root, 'tagflow.yaml');
  await writeFile(
    config,
    stringify(configOf({ root, dlrn, reposUrl, registries, images: `${sshd.url}${imagesRoot}` })),
  );
  const running = started.move();
  return {
    ...{
      root,
      config,
      registries,
      sshd,
      imagesRoot,
      dlrn,
      reposUrl,
      accessLogs,
      hashes: hashes as [BenchHash, BenchHash, BenchHash],
    },
    close: () => running.disposeAsync(),
  };
}

/** Makes each hash the candidate once, in their order, and gives it its vote. DLRN's rows have whole seconds. */
async function nominate(dlrn: RealDlrn, hashes: readonly BenchHash[]): Promise<void> {
  const { apiUrl, username, password } = dlrn;
  const client = createDlrnClient(createApi(effects), { apiUrl, credentials: { username, password } });
  for (const [index, { build, fullHash }] of hashes.entries()) {
    if (index > 0) await sleep(1100);
    await client.promote(build, candidateLabel);
    await client.reportResult(
      { kind: 'commit', build },
      { job, success: true, url: `https://logs.example/${fullHash}`, timestamp: 1_700_000_000 + index },
    );
  }
}

/** One layer of some bytes, shared by all; a config of its own for each container of each hash. */
async function buildContainers(
  data: DataFolder,
  fullHash: FullHash,
  count: number,
): Promise<readonly TaggedManifest[]> {
  const layer = await data.putBytes(Buffer.from('stands for a layer'));
  const manifests: TaggedManifest[] = [];
  for (let index = 0; index < count; index += 1) {
    const repository = `${namespace}/openstack-service-${index}`;
    const config = await data.putBytes(
      Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', repository, fullHash })),
    );
    for (const { digest } of [layer, config]) await data.linkBlob(repository, digest);
    const text = JSON.stringify({
      ...{ schemaVersion: 2, mediaType },
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }],
    });
    const { digest } = await data.putManifest(repository, fullHash, text);
    manifests.push({ repository, digest, text });
  }
  return manifests;
}

/** Publishes two images of some bytes, and returns them. */
async function buildImages(built: string, imagesRoot: string, fullHash: FullHash): Promise<ArtifactSet['images']> {
  const names = ['ironic-python-agent.tar', 'overcloud-full.tar'];
  for (const name of names) await writeFile(join(built, name), `${name} of ${fullHash}`);
  const images = await describeImages(built, names, 'public');
  const set: ArtifactSet = {
    fullHash,
    release: 'master',
    repository: { url: null, builds: [] },
    containers: [],
    images,
  };
  const [from, to] = [built, imagesRoot].map((path) => openStore(pathToFileURL(path).href, { effects })) as [
    ReturnType<typeof openStore>,
    ReturnType<typeof openStore>,
  ];
  const directory = `master/rdo_trunk/${fullHash}`;
  const { progress, signal } = effects;
  await publishSet(
    { store: to, directory, set, visibility: 'public', sources: [{ store: from, directory: '' }] },
    { clock: effects.clock, log: effects.log, signal, progress },
  );
  return images;
}

interface Places extends Pick<Servers, 'root' | 'dlrn' | 'reposUrl' | 'registries'> {
  readonly images: string;
}

function configOf({ root, dlrn, reposUrl, registries: [rdo, docker], images }: Places): unknown {
  const registry = (url: string): unknown => ({ url: `${url}/${namespace}`, names: '{name}' });
  return {
    ...{ release: 'master', distro: 'centos9' },
    dlrn: { 'api-url': dlrn.apiUrl, 'repos-url': reposUrl, mode: 'classic', username: dlrn.username },
    registries: { rdo: registry(rdo.url), docker: registry(docker.url) },
    'image-stores': {
      public: {
        ...{ url: images, path: 'master/rdo_trunk/{hash}', link: imageLinks, visibility: 'public' },
      },
    },
    ledger: { url: `sqlite:${join(root, 'ledger.db')}`, lock: 'lease' },
    phases: {
      upstream: {
        promote: {
          ...{ from: candidateLabel, to: label, criteria: { 'all-of': [job] } },
          containers: { source: 'rdo', destinations: ['rdo', 'docker'] },
          images: { destinations: ['public'] },
        },
      },
    },
  };
}
