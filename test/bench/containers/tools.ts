import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../../../scripts/tools.ts';
import type { RequestCounts } from './access-log.ts';
import { type CommandRun, runMeasured } from '../measured-command.ts';
import type { BenchRegistries } from './registries.ts';
import type { Seed } from './seed.ts';

/** Another tag in the same registry; to an empty registry; the same once more. */
export type BenchCase = 'retag' | 'copy' | 'noop';

/** Where one run reads and writes. The hosts may be those of proxies. */
export interface BenchTask {
  readonly sourceHost: string;
  readonly sourceTag: string;
  /** That of the source for a retag. */
  readonly targetHost: string;
  readonly targetTag: string;
  readonly repositories: readonly string[];
}

export const peers = ['crane', 'oras', 'regctl', 'regsync', 'skopeo'] as const;
export type Peer = (typeof peers)[number];

const jobs = 8;

/** One command a repository, eight at a time, as people script these tools. `{}` is the repository. */
const commands: Readonly<Record<Exclude<Peer, 'regsync'>, (task: BenchTask) => readonly string[]>> = {
  crane: (task) =>
    isRetag(task)
      ? ['tag', `${task.sourceHost}/{}:${task.sourceTag}`, task.targetTag]
      : ['copy', `${task.sourceHost}/{}:${task.sourceTag}`, `${task.targetHost}/{}:${task.targetTag}`],
  oras: (task) => {
    const source = `${task.sourceHost}/{}:${task.sourceTag}`;
    return isRetag(task)
      ? ['tag', '--plain-http', source, task.targetTag]
      : ['cp', '--from-plain-http', '--to-plain-http', source, `${task.targetHost}/{}:${task.targetTag}`];
  },
  regctl: (task) => [
    ...['image', 'copy', `${task.sourceHost}/{}:${task.sourceTag}`, `${task.targetHost}/{}:${task.targetTag}`],
  ],
  skopeo: (task) => [
    ...['--insecure-policy', 'copy', '-q', '--all', '--src-tls-verify=false', '--dest-tls-verify=false'],
    `docker://${task.sourceHost}/{}:${task.sourceTag}`,
    `docker://${task.targetHost}/{}:${task.targetTag}`,
  ],
};

/** Runs a peer once. `root` is a folder for its files. */
export async function runPeer(peer: Peer, task: BenchTask, root: string): Promise<CommandRun> {
  const folder = join(root, 'peers');
  await mkdir(folder, { recursive: true });
  const hosts = [...new Set([task.sourceHost, task.targetHost])];
  const regctl = { hosts: Object.fromEntries(hosts.map((host) => [host, { tls: 'disabled' }])) };
  await writeFile(join(folder, 'regctl.json'), JSON.stringify(regctl));
  const options = { cwd: folder, env: { HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') } };
  if (peer === 'regsync') {
    const file = join(folder, 'regsync.json'); // JSON is YAML
    await writeFile(file, JSON.stringify(regsyncConfig(task, hosts)));
    return runMeasured([tool('regsync'), 'once', '-c', file], options);
  }
  const list = join(folder, 'repositories');
  await writeFile(list, `${task.repositories.join('\n')}\n`);
  return runMeasured(['xargs', '-a', list, '-P', `${jobs}`, '-I{}', tool(peer), ...commands[peer](task)], options);
}

function regsyncConfig(task: BenchTask, hosts: readonly string[]): unknown {
  return {
    version: 1,
    creds: hosts.map((registry) => ({ registry, tls: 'disabled', reqConcurrent: 16 })),
    defaults: { parallel: jobs },
    sync: task.repositories.map((repository) => ({
      source: `${task.sourceHost}/${repository}:${task.sourceTag}`,
      target: `${task.targetHost}/${repository}:${task.targetTag}`,
      type: 'image',
    })),
  };
}

function isRetag({ sourceHost, targetHost }: BenchTask): boolean {
  return sourceHost === targetHost;
}

/** One run of any client, and what the registries say of it. */
export interface BenchRun extends CommandRun {
  readonly source: RequestCounts;
  readonly target: RequestCounts;
  /** Repositories whose tag is absent or another digest than that of the source. */
  readonly wrong: number;
  /** Bytes of blobs that were uploaded to both, each time they were. */
  readonly uploadedBytes: number;
  /** All bytes of answers and of uploaded blobs, both registries. */
  readonly wireBytes: number;
}

/** Does one run of a client between both registries, counts, and looks at every tag afterwards. */
export async function observe(
  registries: BenchRegistries,
  written: { readonly host: string; readonly tag: string },
  run: () => Promise<CommandRun>,
): Promise<BenchRun> {
  await Promise.all([registries.source.counts(), registries.target.counts()]);
  const done = await run();
  const [source, target] = await Promise.all([registries.source.counts(), registries.target.counts()]);
  const wrong = await countWrong(written.host, written.tag, registries.seed);
  await Promise.all([registries.source.counts(), registries.target.counts()]);
  const uploads = [...source.uploaded, ...target.uploaded];
  const uploadedBytes = uploads.reduce((sum, digest) => sum + (registries.seed.blobs[digest]?.size ?? 0), 0);
  return {
    ...done,
    source,
    target,
    wrong,
    uploadedBytes,
    wireBytes: source.bytesOut + target.bytesOut + uploadedBytes,
  };
}

async function countWrong(host: string, tag: string, { repositories }: Seed): Promise<number> {
  const accept = ['manifest.v1+json', 'index.v1+json'].map((end) => `application/vnd.oci.image.${end}`);
  accept.push(...['', '.list'].map((middle) => `application/vnd.docker.distribution.manifest${middle}.v2+json`));
  const left = [...repositories];
  let wrong = 0;
  const check = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      const headers = { accept: accept.join(', ') };
      const said = await fetch(`http://${host}/v2/${one.repository}/manifests/${tag}`, { method: 'HEAD', headers });
      if (said.headers.get('docker-content-digest') !== one.digest) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: jobs }, check));
  return wrong;
}
