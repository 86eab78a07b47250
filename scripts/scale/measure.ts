import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildContainers, buildImages, containerNames, type LabRegistry, startLabRegistry } from '@tagflow/lab';
import { parseSet } from '@tagflow/model';
import { parse, stringify } from 'yaml';
import {
  buildCommit,
  containerPattern,
  imageFiles,
  type LabWorld,
  namespace,
  runArgs,
  startLabWorld,
  subtree,
} from '../../test/pipelines/lab-world.ts';
import { answerOf } from '../../test/pipelines/tagflow.ts';
import { imageFolder } from '../../test/pipelines/truth.ts';

/** How big a lab is. */
export interface Size {
  readonly containers: number;
  /** Registries that containers go to, besides the one that they are built in. */
  readonly others: number;
  /** Jobs that vote. */
  readonly jobs: number;
  /** Bytes of a layer; a container has half of that new with each hash. */
  readonly layerBytes: number;
  /** Bytes of the bigger image. */
  readonly imageBytes: number;
}

/** How much of each kind was asked for, such as `source: GET manifest`; bytes are kinds of their own. */
export type Counts = Readonly<Record<string, number>>;

/** What runs of the phase upstream ask for. */
export interface Measured {
  /** A run in which the hash is new, and everything of it. */
  readonly changed: Counts;
  /** A run in which the label names the hash already. */
  readonly unchanged: Counts;
  /** Bytes of all images of the set. */
  readonly imageBytes: number;
}

const account = { username: 'scale', password: 'scale-pass' };
const auth = Buffer.from(`${account.username}:${account.password}`).toString('base64');

/**
 * Counts what `tagflow run upstream` asks of a lab's servers, by their own logs: the second promotion of a label, and a
 * run after it in which nothing is new. Builders and test jobs ask for nothing here, since nobody can tell what others'
 * ask for. Other registries want tokens, as docker.io and quay.io do.
 */
export async function measure(size: Size): Promise<Measured> {
  await using started = new AsyncDisposableStack();
  const keep = <Server extends { close(): Promise<void> }>(server: Server): Server => {
    started.defer(() => server.close());
    return server;
  };
  const world = keep(await startLabWorld({ sftp: true, containers: size.containers, imageBytes: size.imageBytes }));
  const others: LabRegistry[] = [];
  while (others.length < size.others) {
    others.push(keep(await startLabRegistry({ auth: { ...account, scheme: 'bearer' } })));
  }
  const auths = Object.fromEntries(others.map(({ host }) => [host, { auth }]));
  await writeFile(join(world.lab.root, 'auth.json'), JSON.stringify({ auths }));
  await writeFile(world.config, stringify(configOf(world, others, size)));
  await build(world, size);
  await run(world, 'done');
  await build(world, size);
  const changed = await counted(world, others, () => run(world, 'done'));
  const unchanged = await counted(world, others, () => run(world, 'nothing-to-do'));
  const set = await readFile(join(world.lab.root, 'images', imageFolder, 'current-tripleo', 'set.json'), 'utf8');
  return {
    changed,
    unchanged,
    imageBytes: parseSet(set, 'set').images.reduce((sum, { size: bytes }) => sum + bytes, 0),
  };
}

/** The lab's own, with builders that hand over what is there, jobs that say yes, and other destinations. */
function configOf(world: LabWorld, others: readonly LabRegistry[], size: Size): unknown {
  const config = subtree(parse(world.lab.config()));
  const upstream = subtree(config, 'phases', 'upstream');
  const registries = subtree(config, 'registries');
  const { names } = subtree(registries, 'rdo');
  const otherNames = others.map((_, index) => `other-${index + 1}`);
  const build = subtree(upstream, 'build');
  const handOver = (folder: string): readonly string[] => [
    'sh',
    '-c',
    `cp ${join(world.lab.root, folder)}/* "$TAGFLOW_OUT_DIR"`,
  ];
  const jobs = Array.from({ length: size.jobs }, (_, index) => `job-${index + 1}`);
  const promote = {
    ...subtree(upstream, 'promote'),
    criteria: { 'all-of': jobs },
    containers: { source: 'rdo', destinations: ['rdo', ...otherNames] },
  };
  return {
    ...config,
    registries: {
      rdo: registries['rdo'],
      ...Object.fromEntries(others.map(({ url }, index) => [otherNames[index], { url: `${url}/${namespace}`, names }])),
    },
    phases: {
      upstream: {
        pin: upstream['pin'],
        build: {
          containers: { ...subtree(build, 'containers'), command: handOver('built-containers') },
          images: { ...subtree(build, 'images'), command: handOver('built-images') },
        },
        test: { command: ['true'], results: 'optional', jobs: jobs.map((job) => ({ job })) },
        promote,
      },
    },
  };
}

/** A new commit, with its containers in the registry and its images in a folder. */
async function build({ lab }: LabWorld, size: Size): Promise<void> {
  const work = { fullHash: await buildCommit(lab), signal: new AbortController().signal, write: () => undefined };
  await buildContainers({
    ...{ ...work, layerBytes: size.layerBytes, outDir: join(lab.root, 'built-containers') },
    ...{ registryUrl: `${lab.rdo.url}/${namespace}`, namePattern: containerPattern },
    names: containerNames(size.containers),
  });
  await buildImages({ ...work, outDir: join(lab.root, 'built-images'), files: imageFiles, sizeBytes: size.imageBytes });
}

async function run(world: LabWorld, outcome: string): Promise<void> {
  const { TAGFLOW_SSH_KEY_FILE: key = '', TAGFLOW_KNOWN_HOSTS: hosts = '' } = world.env;
  const logins = ['--ssh-key-file', key, '--known-hosts', hosts];
  const ended = await world.run([...runArgs(world, 'upstream'), ...logins], {
    REGISTRY_AUTH_FILE: join(world.lab.root, 'auth.json'),
  });
  const answer = answerOf(ended);
  if (answer.outcome !== outcome) throw new Error(`the lab's run ended as ${answer.outcome}:\n${ended.stderr}`);
}

async function counted(world: LabWorld, others: readonly LabRegistry[], work: () => Promise<void>): Promise<Counts> {
  const { dlrn, rdo, images, sftp } = world.lab;
  if (sftp === null) throw new Error('this lab has no SFTP');
  const counts: Record<string, number> = {};
  const add = (kind: string, by: number): void => void (counts[kind] = (counts[kind] ?? 0) + by);
  for (const registry of [rdo, ...others]) registry.resetRequests();
  const before = { dlrn: dlrn.requests.length, images: images.requests().length, sftp: sftp.requests().length };
  const bytes = { out: images.bytesSent() + sftp.traffic().sent, in: sftp.traffic().received };
  await work();
  for (const { area, method } of dlrn.requests.slice(before.dlrn)) add(`DLRN ${area}: ${method}`, 1);
  for (const [name, registry] of [['source', rdo] as const, ...others.map((other) => ['other', other] as const)]) {
    const { counts: asked, bytesIn, bytesOut } = registry.requests();
    for (const [kind, count] of Object.entries(asked)) add(`${name}: ${kind}`, count);
    add(`${name}: bytes out`, bytesOut);
    add(`${name}: bytes in`, bytesIn);
  }
  for (const { method } of images.requests().slice(before.images)) add(`store HTTP: ${method}`, 1);
  for (const { operation } of sftp.requests().slice(before.sftp))
    // A file is written and read in pieces: how many is a matter of its bytes.
    if (!['read', 'write'].includes(operation)) add('store SFTP: operations', 1);
  add('store: bytes out', images.bytesSent() + sftp.traffic().sent - bytes.out);
  add('store: bytes in', sftp.traffic().received - bytes.in);
  return counts;
}
