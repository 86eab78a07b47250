import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '@tagflow/action-kit';
import type { FullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import type { ExecutionContext } from 'ava';
import { parse, stringify } from 'yaml';
import { makeQcow2, smallestQcow2 } from '../packages/lab/src/jobs/qcow2.ts';
import { type Answered, blocks, commandsOf, runHere } from './docs-page.ts';
import { spawnHere, writeScripts } from './docs-scripts.ts';
import type { Node } from './phase-workflow.ts';
import { buildCommit, type LabWorld, startLabWorld } from './pipelines/lab-world.ts';

// A reader of docs/builds.md: with its two tagflow.yaml and its builders in a lab. disk-image-create, virt-customize and
// buildah are played by small scripts that leave real files.

export const page = 'builds.md';
export const commands = commandsOf(page);
const [outsidePart = '', insidePart = ''] = blocks(page, 'yaml');

/** What each command is known by. */
export const marks = {
  images: '--kind images --full-hash "$HASH" --repo-url "$REPO_URL" --out-dir built',
  publish: '--set built/set.json',
  containers: '--kind containers',
  push: 'tag-and-push-containers',
  follow: '--mode follow',
  fetch: '--mode fetch',
  rhel: '--base-folder',
  publishRhel: '--set rhel/set.json',
  runOutside: 'run --config outside.yaml',
  runInside: 'run --config inside.yaml',
  handOff: '--out-dir handed',
  webHook: '--out-dir hooked',
} as const;
export type Mark = keyof typeof marks;

export const hookKey = 'a key that both sides have';

export const digest = (data: string): string => createHash('sha256').update(data).digest('hex');

async function* zeros(size: number): AsyncGenerator<Buffer> {
  yield Buffer.alloc(size);
}

/** Writes a smallest image as buildah pushes one into a layout. */
async function writeLayout(folder: string): Promise<void> {
  const config = '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}';
  const blob = (data: string, mediaType: string): Node => ({
    mediaType,
    digest: `sha256:${digest(data)}`,
    size: data.length,
  });
  const type = 'application/vnd.oci.image';
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, layers: [] },
    config: blob(config, `${type}.config.v1+json`),
  });
  const annotations = { 'org.opencontainers.image.ref.name': 'TAG' };
  const index = { schemaVersion: 2, manifests: [{ ...blob(manifest, `${type}.manifest.v1+json`), annotations }] };
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  for (const data of [config, manifest]) await writeFile(join(folder, 'blobs/sha256', digest(data)), data);
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/** What the page leaves to its reader. */
const played: Readonly<Record<string, string>> = {
  'bin/disk-image-create': `grep -q baseurl "$DIB_YUM_REPO_CONF"
case "$3" in
  overcloud-full) cp smallest.qcow2 "$2.qcow2" ;;
  *) echo initramfs > "$2.initramfs" ;;
esac`,
  'bin/virt-customize': 'test -s "$2"',
  'bin/buildah': `case "$1" in push)
  to=\${3#oci:} tag=\${3##*:} folder=\${to%:*}
  mkdir -p "$folder" && cp -R layout/. "$folder" && sed "s/TAG/$tag/" layout/index.json > "$folder/index.json" ;;
esac`,
};

export interface Reader {
  readonly world: LabWorld;
  readonly hash: FullHash;
  /** Runs a command of the page in this process; `to` stands for the address of the web hook. */
  run(mark: Mark, to?: string): Promise<Answered>;
  /** Runs one as a process of its own: a builder starts in its folder. */
  spawn(mark: Mark): Promise<Answered>;
}

/** Starts a lab with one hash that is pinned, and of which nothing is built. */
export async function startReader(t: ExecutionContext): Promise<Reader> {
  const world = await startLabWorld();
  t.teardown(() => world.close());
  const { lab } = world;
  const folder = lab.root;
  await writeScripts(folder, page, played);
  const qcow2: Buffer[] = [];
  for await (const piece of makeQcow2(smallestQcow2, zeros)) qcow2.push(piece);
  await writeFile(join(folder, 'smallest.qcow2'), Buffer.concat(qcow2));
  await writeLayout(join(folder, 'layout'));
  const here = (text: string): string =>
    text.replace('file:///srv/hand-off', pathToFileURL(join(folder, 'hand-off')).href);
  const { outside, inside } = lab.zones();
  await writeFile(world.zones.outside, stringify(merged(parse(outside), parse(outsidePart))));
  await writeFile(world.zones.inside, stringify(merged(parse(inside), parse(here(insidePart)))));
  await writeFile(join(folder, 'hook-key'), `${hookKey}\n`);
  const hash = await buildCommit(lab);
  await world.act(promoteSymlink, { config: world.zones.outside, phase: 'upstream', mode: 'pin', 'full-hash': hash });
  const repoUrl = `${lab.dlrn.reposUrl}/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  const env = { ...world.env, HASH: hash, REPO_URL: repoUrl, PWD: folder, RUNNER_TEMP: folder };
  const commandOf = (mark: Mark): string => commands.find((line) => line.includes(marks[mark])) ?? '';
  return {
    ...{ world, hash },
    run: (mark, to = '') => {
      const { signal } = new AbortController();
      // What a command reads is looked for in the folder of this process.
      const given = commandOf(mark).replaceAll(/ (built|built-containers|rhel|fetched)\//g, ` ${folder}/$1/`);
      const command = given.replace('https://osp.example.org/incoming', to);
      return runHere(command, { signal, env, clock: systemClock, random: () => 0.5, cwd: folder, actor: 'cli:docs' });
    },
    spawn: (mark) => spawnHere(commandOf(mark), folder, env),
  };
}

/** What the page shows of a section wins; what it does not show is the lab's. */
function merged(own: unknown, shown: unknown): unknown {
  if (!isMapping(own) || !isMapping(shown) || Object.hasOwn(shown, 'command')) return shown;
  const all = { ...own, ...shown };
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      key,
      Object.hasOwn(own, key) && Object.hasOwn(shown, key) ? merged(own[key], shown[key]) : value,
    ]),
  );
}

function isMapping(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
